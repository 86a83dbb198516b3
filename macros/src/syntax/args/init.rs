//! Reading `init = ...`.

use super::Args;
use crate::{layer::Init, similar, syntax::Value};

/// The initialisers by their words; the last four are other libraries' names.
const WORDS: &[(&str, Init)] = &[
    ("zeros", Init::Zeros),
    ("ones", Init::Ones),
    ("glorot_uniform", Init::GlorotUniform),
    ("glorot_normal", Init::GlorotNormal),
    ("he_uniform", Init::HeUniform),
    ("he_normal", Init::HeNormal),
    ("lecun_uniform", Init::LecunUniform),
    ("lecun_normal", Init::LecunNormal),
    ("orthogonal", Init::Orthogonal),
    ("xavier_uniform", Init::GlorotUniform),
    ("xavier_normal", Init::GlorotNormal),
    ("kaiming_uniform", Init::HeUniform),
    ("kaiming_normal", Init::HeNormal),
];

const EXPECTED: &str = "`zeros`, `ones`, `constant(0.1)`, `glorot_uniform`, `glorot_normal`, \
                        `he_uniform`, `he_normal`, `lecun_uniform`, `lecun_normal` or `orthogonal`";

impl Args<'_> {
    /// An initialiser; the inner `None` where none is given.
    pub(crate) fn init(&mut self, key: &str) -> Option<Option<Init>> {
        let Some(value) = self.take(key) else { return Some(None) };
        let init = word(&value).or_else(|| constant(&value));
        if init.is_none() && !self.is_reported(&value) {
            self.error(value.span(), format!("`{value}` is not an initialiser"))
                .expected(EXPECTED)
                .help(advice(key, &value));
        }
        Some(init)
    }
}

fn advice(key: &str, value: &Value) -> String {
    match value {
        Value::Int(_) | Value::Float(_) => format!("write `{key} = constant({value})`"),
        Value::Word(word, _) if word == "constant" => format!("write `{key} = constant(0.1)`"),
        Value::Word(word, _) => {
            let (word, words) = (word.to_string(), WORDS.iter().map(|(word, _)| *word));
            let meant = similar::nearest(&word, words.clone());
            let meant = meant.or_else(|| similar::begun(&word, words));
            meant.map_or_else(
                || format!("write `{key} = he_normal`"),
                |meant| format!("did you mean `{meant}`?"),
            )
        }
        _ => format!("write `{key} = he_normal`"),
    }
}

fn word(value: &Value) -> Option<Init> {
    match value {
        Value::Word(word, args) if args.is_empty() => {
            WORDS.iter().find(|(known, _)| word == known).map(|(_, init)| *init)
        }
        _ => None,
    }
}

fn constant(value: &Value) -> Option<Init> {
    let Value::Word(word, args) = value else { return None };
    match args.as_slice() {
        [Value::Float(number)] if word == "constant" && number.value.is_finite() => {
            Some(Init::Constant(number.value))
        }
        #[allow(clippy::cast_precision_loss)]
        [Value::Int(number)] if word == "constant" => Some(Init::Constant(number.value as f64)),
        _ => None,
    }
}

//! The constants of the header.
//!
//! ```text
//! constants = "<" constant ("," constant)* [","] ">"
//! constant  = "const" NAME ":" "usize" ("=" value | "in" "[" value,* "]")
//! value     = number | path "->" number
//! ```

use proc_macro2::{Delimiter, Group, Ident, Span, TokenTree};

use super::{cursor::Parser, values::without_spaces};
use crate::{
    shape::MAX_SCALARS,
    syntax::{
        Spanned,
        constants::{Constant, Elsewhere, Stated},
    },
};

/// The constants that every network has.
const TAKEN: &[&str] = &[
    "ARCHITECTURE",
    "CLASSES",
    "FINGERPRINT",
    "INPUTS",
    "INPUT_SHAPE",
    "LAYERS",
    "MACS",
    "NAME",
    "OUTPUTS",
    "OUTPUT_SHAPE",
    "PARAMETERS",
    "PARAMS",
    "SCRATCH_BYTES",
    "STATE",
    "TRAINED",
];

/// The constants, and whether there is a list of values among them.
pub(in crate::syntax) fn read(mut parser: Parser<'_>) -> (Vec<Constant>, bool) {
    let (mut constants, mut family) = (Vec::new(), false);
    if parser.peek().is_none() {
        let span = parser.here();
        parser.error(span, "there are no constants in these brackets").help("remove `<>`");
    }
    while parser.peek().is_some() {
        constants.extend(parser.constant(&mut family));
        parser.skip_to(&[',']);
        parser.eat(',');
    }
    (constants, family)
}

impl Parser<'_> {
    fn constant(&mut self, family: &mut bool) -> Option<Constant> {
        if self.peek_ident().is_none_or(|word| word != "const") {
            let (span, found) = (self.here(), self.found());
            self.error(span, "a network is generic over sizes only")
                .found(found)
                .expected("a constant, such as `const HIDDEN: usize in [32, 64]`");
            return None;
        }
        self.next();
        let name = self.constant_name()?;
        self.constant_type(&name);
        let values = self.constant_values(&name, family).unwrap_or_else(|| {
            vec![Stated { value: Spanned::new(1, name.span()), elsewhere: None }]
        });
        Some(Constant { name, values })
    }

    fn constant_name(&mut self) -> Option<Ident> {
        let Some(name) = self.eat_ident() else {
            self.missing("the name of the constant is missing", |error| {
                error.help("write `const HIDDEN: usize in [32, 64]`")
            });
            return None;
        };
        let text = name.to_string();
        let is_upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let upper =
            text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(is_upper);
        if !upper {
            self.error(name.span(), format!("the constant `{name}` is not written in capitals"))
                .help(format!("write `{}`", capitals(&text)));
            return None;
        }
        if TAKEN.contains(&text.as_str()) {
            self.error(name.span(), format!("every network has a constant `{name}` already"))
                .help("choose another name, such as `HIDDEN`");
            return None;
        }
        Some(name)
    }

    fn constant_type(&mut self, name: &Ident) {
        let colon = self.eat(':');
        let (span, found) = (self.here(), self.found());
        match self.peek_ident() {
            Some(word) if colon && word == "usize" => {
                self.next();
            }
            word => {
                let is_type = colon && word.is_some_and(|word| *word != "in");
                self.error(span, format!("`{name}` is a size, whose type is `usize`"))
                    .found(found)
                    .help(format!("write `const {name}: usize`"));
                if is_type {
                    self.next();
                }
            }
        }
    }

    fn constant_values(&mut self, name: &Ident, family: &mut bool) -> Option<Vec<Stated>> {
        if self.eat('=') {
            return Some(vec![self.constant_value(name)?]);
        }
        *family = true;
        if self.peek_ident().is_none_or(|word| word != "in") {
            self.error(name.span(), format!("`{name}` has no values"))
                .help(format!(
                    "write `const {name}: usize in [32, 64]` for a family with a network for each, or \
                     `const {name}: usize = 32` for one"
                ))
                .note(
                    "stable Rust has no arrays whose lengths depend on a constant of the type, so every \
                     network has literal sizes",
                );
            return None;
        }
        self.next();
        let Some(group) = self.eat_group(Delimiter::Bracket) else {
            self.missing(format!("the values of `{name}` stand in brackets"), |error| {
                error.help(format!("write `{name}: usize in [32, 64]`"))
            });
            return None;
        };
        self.listed(name, &group)
    }

    fn listed(&mut self, name: &Ident, group: &Group) -> Option<Vec<Stated>> {
        let before = self.diagnostics.len();
        let mut inner = Parser::group(group, self.diagnostics);
        let mut values: Vec<Stated> = Vec::new();
        while inner.peek().is_some() {
            if let Some(stated) = inner.constant_value(name) {
                let Spanned { value, span } = stated.value;
                if values.iter().any(|other| other.value.value == value) {
                    inner
                        .error(span, format!("`{name}` has the value {value} twice"))
                        .help("remove one of the two");
                }
                values.push(stated);
            }
            inner.skip_to(&[',']);
            inner.eat(',');
        }
        if values.is_empty() && self.diagnostics.len() == before {
            self.error(group.span(), format!("`{name}` has no values"))
                .found("[]")
                .help("write at least one, as in `[32, 64]`");
        }
        (!values.is_empty()).then_some(values)
    }

    /// A number, or a constant elsewhere with its number.
    fn constant_value(&mut self, name: &Ident) -> Option<Stated> {
        let Some(path) = self.path() else {
            return Some(Stated { value: self.constant_number(name)?, elsewhere: None });
        };
        let words = without_spaces(&path);
        let span = path.clone().into_iter().last().map_or_else(Span::call_site, |last| last.span());
        if syn::parse2::<syn::Path>(path.clone()).is_err() {
            self.error(span, "this is not the path of a constant")
                .found(&words)
                .expected("a path with a value, such as `crate::STEPS -> 100`");
            return None;
        }
        if !self.eat_both('-', '>') {
            self.error(span, format!("the value of `{words}` is not known to a macro"))
                .help(format!("write `{words} -> 32` with its value, which the compiler checks"));
            return None;
        }
        let value = self.constant_number(name)?;
        let elsewhere = Some(Elsewhere { path, words, span, value: value.value });
        Some(Stated { value, elsewhere })
    }

    fn constant_number(&mut self, name: &Ident) -> Option<Spanned<usize>> {
        let (span, found) = (self.here(), self.found());
        let literal = match self.peek() {
            Some(TokenTree::Literal(literal)) => {
                syn::parse_str::<syn::LitInt>(&literal.to_string()).ok()
            }
            _ => None,
        };
        let value = literal.filter(|literal| literal.suffix().is_empty());
        let value = value.and_then(|literal| literal.base10_parse::<usize>().ok());
        let Some(value) = value.filter(|value| *value <= MAX_SCALARS) else {
            self.error(span, format!("this is no value of `{name}`"))
                .found(found)
                .expected(format!("a whole number from 0 to {MAX_SCALARS}, written out"));
            return None;
        };
        self.next();
        Some(Spanned::new(value, span))
    }
}

/// `hiddenSize` is `HIDDEN_SIZE`.
fn capitals(text: &str) -> String {
    let mut capitals = String::new();
    for (at, char) in text.char_indices() {
        if char.is_ascii_uppercase() && at > 0 && !text[..at].ends_with('_') {
            capitals.push('_');
        }
        capitals.push(char.to_ascii_uppercase());
    }
    if capitals == text { "HIDDEN".to_owned() } else { capitals }
}

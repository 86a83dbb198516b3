//! Typed readers for the arguments of a layer. Each reports what is wrong with what it reads.

use std::{collections::BTreeSet, ops::RangeInclusive};

use proc_macro2::{Ident, Span};

use super::{Call, Spanned, Value, suggest};
use crate::{
    diag::Diagnostics,
    layer::Init,
    shape::{Dim, MAX_SCALARS, Shape},
};

/// How a window meets the border of an image.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Padding {
    /// No padding: windows lie inside the image.
    Valid,
    /// As many windows as `ceil(input / stride)`, the odd pixel below and to the right.
    Same,
    /// So many zeros on either side.
    Number([Spanned<usize>; 2]),
}

/// The arguments of one layer, read by name; the first name may be given by position.
pub(crate) struct Args<'a> {
    call: &'a Call,
    names: &'static [&'static str],
    read: BTreeSet<&'static str>,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Args<'a> {
    /// Reports arguments that the layer does not have, double ones and misplaced ones.
    pub(crate) fn new(
        call: &'a Call,
        names: &'static [&'static str],
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        let mut args = Self { call, names, read: BTreeSet::new(), diagnostics };
        args.check_positions();
        args.check_keys();
        args
    }

    /// The layer's own token.
    pub(crate) fn keyword_span(&self) -> Span {
        self.call.keyword.span()
    }

    /// Whether the argument was written.
    pub(crate) fn given(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// A dimension, at least one.
    pub(crate) fn dim(&mut self, key: &'static str) -> Option<Spanned<Dim>> {
        let count = self.count(key)?;
        Some(Spanned { value: Dim::from(count.value), span: count.span })
    }

    /// A whole number, at least one.
    pub(crate) fn count(&mut self, key: &'static str) -> Option<Spanned<usize>> {
        match self.take(key) {
            Some(value) => self.positive(key, value),
            None => self.missing(key, "a whole number"),
        }
    }

    pub(crate) fn count_or(&mut self, key: &'static str, default: usize) -> Option<Spanned<usize>> {
        match self.take(key) {
            Some(value) => self.positive(key, value),
            None => Some(Spanned { value: default, span: self.keyword_span() }),
        }
    }

    /// `3` or `(3, 5)`, height before width.
    pub(crate) fn pair(&mut self, key: &'static str) -> Option<[Spanned<usize>; 2]> {
        match self.take(key) {
            Some(value) => self.pair_of(key, value, 1),
            None => self.missing(key, "a number or `(height, width)`"),
        }
    }

    pub(crate) fn pair_or(
        &mut self,
        key: &'static str,
        default: [usize; 2],
    ) -> Option<[Spanned<usize>; 2]> {
        let span = self.keyword_span();
        match self.take(key) {
            Some(value) => self.pair_of(key, value, 1),
            None => Some(default.map(|value| Spanned { value, span })),
        }
    }

    /// A number within `range`.
    pub(crate) fn float_or(
        &mut self,
        key: &'static str,
        default: f64,
        range: RangeInclusive<f64>,
    ) -> Option<Spanned<f64>> {
        match self.take(key) {
            Some(value) => self.float_of(key, value, &range),
            None => Some(Spanned { value: default, span: self.keyword_span() }),
        }
    }

    /// A number within `range` that must be given.
    pub(crate) fn float(
        &mut self,
        key: &'static str,
        range: RangeInclusive<f64>,
    ) -> Option<Spanned<f64>> {
        match self.take(key) {
            Some(value) => self.float_of(key, value, &range),
            None => self.missing(key, "a number"),
        }
    }

    pub(crate) fn flag_or(&mut self, key: &'static str, default: bool) -> Option<Spanned<bool>> {
        match self.take(key) {
            Some(Value::Bool(flag)) => Some(*flag),
            Some(value) => self.mismatch(key, value, "`true` or `false`"),
            None => Some(Spanned { value: default, span: self.keyword_span() }),
        }
    }

    /// One of the words `allowed`.
    pub(crate) fn word_or(
        &mut self,
        key: &'static str,
        allowed: &[&'static str],
        default: &'static str,
    ) -> Option<Spanned<&'static str>> {
        let Some(value) = self.take(key) else {
            return Some(Spanned { value: default, span: self.keyword_span() });
        };
        if let Value::Word(word, arguments) = value
            && arguments.is_empty()
            && let Some(found) = allowed.iter().find(|allowed| word == *allowed)
        {
            return Some(Spanned { value: found, span: word.span() });
        }
        self.mismatch(key, value, &list(allowed))
    }

    /// `valid`, `same`, a number or `(height, width)`; `valid` where it is not given.
    pub(crate) fn padding_or(&mut self, key: &'static str) -> Option<Padding> {
        match self.take(key) {
            None => Some(Padding::Valid),
            Some(Value::Word(word, arguments)) if arguments.is_empty() && word == "valid" => {
                Some(Padding::Valid)
            }
            Some(Value::Word(word, arguments)) if arguments.is_empty() && word == "same" => {
                Some(Padding::Same)
            }
            Some(value @ (Value::Int(_) | Value::Tuple(..))) => {
                self.pair_of(key, value, 0).map(Padding::Number)
            }
            Some(value) => {
                self.mismatch(key, value, "`valid`, `same`, a number or `(height, width)`")
            }
        }
    }

    /// A shape such as `[7, 7, 64]`.
    pub(crate) fn shape(&mut self, key: &'static str) -> Option<Spanned<Shape>> {
        let Some(value) = self.take(key) else {
            return self.missing(key, "a shape such as `[7, 7, 64]`");
        };
        let Value::List(elements, span) = value else {
            return self.mismatch(key, value, "a shape such as `[7, 7, 64]`");
        };
        let dims: Vec<_> = elements.iter().map(|element| self.positive(key, element)).collect();
        let dims: Option<Vec<Dim>> = dims.into_iter().map(|d| d.map(|d| Dim::from(d.value))).collect();
        if elements.is_empty() {
            self.diagnostics
                .error(*span, format!("`{key}` is a shape without dimensions"))
                .expected("at least one dimension, such as `[16]`");
            return None;
        }
        Some(Spanned { value: Shape(dims?), span: *span })
    }

    /// An initialiser; `None` inside where it is not given.
    pub(crate) fn init(&mut self, key: &'static str) -> Option<Option<Init>> {
        let Some(value) = self.take(key) else { return Some(None) };
        let init = match value {
            Value::Word(word, arguments) => init_by_name(&word.to_string(), arguments),
            _ => None,
        };
        if init.is_none() {
            let names = INITS.iter().map(|(name, _)| *name).chain(["constant(0.1)"]);
            return self.mismatch(key, value, &list(&names.collect::<Vec<_>>()));
        }
        Some(init)
    }

    fn check_positions(&mut self) {
        let positional = |(_, arg): &(usize, &'a super::Arg)| arg.key.is_none();
        let call = self.call;
        for (index, arg) in call.args.iter().enumerate().filter(positional) {
            if index == 0 && !self.names.is_empty() {
                continue;
            }
            let keyword = &call.keyword;
            let diagnostic = match self.names {
                [] => self
                    .diagnostics
                    .error(arg.value.span(), format!("`{keyword}` takes no arguments"))
                    .help(format!("write `{keyword}` alone")),
                [first, ..] => self
                    .diagnostics
                    .error(
                        arg.value.span(),
                        format!("only the first argument of `{keyword}` goes without a name"),
                    )
                    .help(format!("`{first}` comes first, all others as `name = value`")),
            };
            if self.names.len() > 1 {
                diagnostic.expected(format!("one of {}", list(&self.names[1..])));
            }
        }
    }

    fn check_keys(&mut self) {
        let call = self.call;
        let mut seen: BTreeSet<String> = BTreeSet::new();
        if call.args.first().is_some_and(|arg| arg.key.is_none())
            && let Some(first) = self.names.first()
        {
            seen.insert((*first).to_owned());
        }
        for key in call.args.iter().filter_map(|arg| arg.key.as_ref()) {
            if !self.names.iter().any(|name| key == name) {
                self.unknown_key(key);
            } else if !seen.insert(key.to_string()) {
                self.diagnostics
                    .error(key.span(), format!("`{key}` is given twice"))
                    .help("remove one of them");
            }
        }
    }

    fn unknown_key(&mut self, key: &Ident) {
        let keyword = &self.call.keyword;
        let diagnostic =
            self.diagnostics.error(key.span(), format!("`{keyword}` has no argument `{key}`"));
        if self.names.is_empty() {
            diagnostic.help(format!("`{keyword}` takes no arguments"));
            return;
        }
        diagnostic.expected(format!("one of {}", list(self.names)));
        if let Some(similar) = suggest(&key.to_string(), self.names) {
            diagnostic.help(format!("did you mean `{similar}`?"));
        }
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        let call = self.call;
        let by_key = call.args.iter().find(|arg| arg.key.as_ref().is_some_and(|k| k == key));
        let by_position = || {
            let first = call.args.first().filter(|arg| arg.key.is_none());
            first.filter(|_| self.names.first() == Some(&key))
        };
        by_key.or_else(by_position).map(|arg| &arg.value)
    }

    fn take(&mut self, key: &'static str) -> Option<&'a Value> {
        assert!(self.names.contains(&key), "a layer reads the arguments that its kind lists");
        self.read.insert(key);
        self.value(key)
    }

    fn missing<T>(&mut self, key: &str, expected: &str) -> Option<T> {
        let keyword = &self.call.keyword;
        let example = match (self.names.first(), expected) {
            (Some(first), _) if *first == key => format!("`{keyword}({})`", sample(expected)),
            _ => format!("`{keyword}(.., {key} = {})`", sample(expected)),
        };
        self.diagnostics
            .error(keyword.span(), format!("`{keyword}` needs `{key}`"))
            .expected(expected)
            .help(format!("write {example}"));
        None
    }

    fn mismatch<T>(&mut self, key: &str, value: &Value, expected: &str) -> Option<T> {
        let diagnostic = self
            .diagnostics
            .error(value.span(), format!("`{key}` of `{}` cannot be this", self.call.keyword));
        diagnostic.found(value).expected(expected);
        if let Value::Word(word, _) = value {
            let words: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
            if let Some(similar) = suggest(&word.to_string(), &words) {
                diagnostic.help(format!("did you mean `{similar}`?"));
            }
        }
        None
    }

    fn positive(&mut self, key: &str, value: &Value) -> Option<Spanned<usize>> {
        self.whole(key, value, 1)
    }

    fn whole(&mut self, key: &str, value: &Value, least: usize) -> Option<Spanned<usize>> {
        let Value::Int(number) = value else {
            return self.mismatch(key, value, "a whole number");
        };
        let span = number.span;
        match usize::try_from(number.value) {
            Ok(size) if (least..=MAX_SCALARS).contains(&size) => {
                Some(Spanned { value: size, span })
            }
            _ => {
                let what = if number.value > 0 { "too large" } else { "too small" };
                self.diagnostics
                    .error(span, format!("`{key}` of `{}` is {what}", self.call.keyword))
                    .found(number.value)
                    .expected(format!("a whole number from {least} to {MAX_SCALARS}"));
                None
            }
        }
    }

    fn pair_of(&mut self, key: &str, value: &Value, least: usize) -> Option<[Spanned<usize>; 2]> {
        match value {
            Value::Tuple(elements, _) if elements.len() == 2 => {
                let height = self.whole(key, &elements[0], least);
                let width = self.whole(key, &elements[1], least);
                Some([height?, width?])
            }
            Value::Int(_) => self.whole(key, value, least).map(|size| [size, size]),
            _ => self.mismatch(key, value, "a number or `(height, width)`"),
        }
    }

    fn float_of(
        &mut self,
        key: &str,
        value: &Value,
        range: &RangeInclusive<f64>,
    ) -> Option<Spanned<f64>> {
        let number = match value {
            Value::Float(number) => *number,
            Value::Int(number) => Spanned { value: number.value as f64, span: number.span },
            _ => return self.mismatch(key, value, "a number"),
        };
        if range.contains(&number.value) {
            return Some(number);
        }
        self.diagnostics
            .error(number.span, format!("`{key}` of `{}` is out of range", self.call.keyword))
            .found(number.value)
            .expected(format!("a number from {} to {}", range.start(), range.end()));
        None
    }
}

const INITS: &[(&str, Init)] = &[
    ("zeros", Init::Zeros),
    ("ones", Init::Ones),
    ("glorot_uniform", Init::GlorotUniform),
    ("glorot_normal", Init::GlorotNormal),
    ("he_uniform", Init::HeUniform),
    ("he_normal", Init::HeNormal),
    ("lecun_uniform", Init::LecunUniform),
    ("lecun_normal", Init::LecunNormal),
    ("orthogonal", Init::Orthogonal),
];

/// PyTorch's `xavier_*` and `kaiming_*` are other names for Keras' `glorot_*` and `he_*`.
fn init_by_name(name: &str, arguments: &[Value]) -> Option<Init> {
    match (name, arguments) {
        ("constant", [Value::Int(number)]) => Some(Init::Constant(number.value as f64)),
        ("constant", [Value::Float(number)]) => Some(Init::Constant(number.value)),
        (_, []) => {
            let name = name.replace("xavier", "glorot").replace("kaiming", "he");
            INITS.iter().find(|(known, _)| *known == name).map(|(_, init)| *init)
        }
        _ => None,
    }
}

/// `` `a`, `b` or `c` ``.
pub(crate) fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => format!("`{word}`"),
        [words @ .., last] => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", words.join(", "))
        }
    }
}

fn sample(expected: &str) -> &'static str {
    match expected {
        "a whole number" => "16",
        "a number" => "0.5",
        "a number or `(height, width)`" => "3",
        _ => "[7, 7, 64]",
    }
}

//! The readers: one for each type of argument.

use std::ops::RangeInclusive;

use super::{Args, Padding};
use crate::{
    shape::{Dim, MAX_SCALARS, Shape},
    similar,
    syntax::{Spanned, Value},
};

const COUNT: &str = "a whole number of at least 1";
const PAIR: &str = "a whole number of at least 1, or `(height, width)` of two";
const WHOLE: &str = "a whole number";
const WHOLE_PAIR: &str = "a whole number, or `(height, width)` of two";
const AXES: &str = "a list of axes in brackets, counted from 0";
const PADDING: &str = "`valid`, `same`, a whole number, or `(height, width)` of two";
const PADDING_OVER_TIME: &str = "`valid`, `same`, `causal` or a whole number";
const PADDING_OF_POOL: &str = "`valid`, `same` or a whole number";
const SHAPE: &str = "a list of whole numbers in brackets, each at least 1";

impl Args<'_> {
    /// A dimension of at least 1; the unknown one where it is missing or wrong.
    pub(crate) fn dim(&mut self, key: &str) -> Option<Spanned<Dim>> {
        let unknown = Spanned::new(Dim::Unknown, self.keyword_span());
        Some(self.count(key).map_or(unknown, |count| count.map(Dim::from)))
    }

    /// The same, or `None` where none is given.
    pub(crate) fn optional_dim(&mut self, key: &str) -> Option<Spanned<Dim>> {
        let value = self.take(key)?;
        let unknown = Spanned::new(Dim::Unknown, value.span());
        Some(self.number(key, &value, 1, COUNT).map_or(unknown, |count| count.map(Dim::from)))
    }

    /// A whole number of at least 1.
    pub(crate) fn count(&mut self, key: &str) -> Option<Spanned<usize>> {
        let Some(value) = self.take(key) else {
            self.missing(key, COUNT, "32");
            return None;
        };
        self.number(key, &value, 1, COUNT)
    }

    /// A whole number of at least 1, or `default`.
    pub(crate) fn count_or(&mut self, key: &str, default: usize) -> Option<Spanned<usize>> {
        let fallback = self.fallback(default);
        let Some(value) = self.take(key) else { return Some(fallback) };
        Some(self.number(key, &value, 1, COUNT).unwrap_or(fallback))
    }

    /// A whole number, 0 among them, or `None` where none is given.
    pub(crate) fn whole(&mut self, key: &str) -> Option<Option<Spanned<usize>>> {
        match self.take(key) {
            Some(value) => self.number(key, &value, 0, WHOLE).map(Some),
            None => Some(None),
        }
    }

    /// One whole number for height and width, or two; zeros where none is given.
    pub(crate) fn whole_pair(&mut self, key: &str) -> Option<[Spanned<usize>; 2]> {
        match self.take(key) {
            Some(value) => self.two(key, &value, 0, WHOLE_PAIR),
            None => Some([self.fallback(0); 2]),
        }
    }

    /// A list of whole numbers, such as `[2, 0, 1]`.
    pub(crate) fn axes(&mut self, key: &str) -> Option<Spanned<Vec<usize>>> {
        let Some(value) = self.take(key) else {
            self.missing(key, AXES, "[1, 0]");
            return None;
        };
        match &value {
            Value::List(axes, span) if !axes.is_empty() => {
                let axes: Vec<_> =
                    axes.iter().map(|axis| self.number(key, axis, 0, AXES)).collect();
                let axes: Option<Vec<_>> =
                    axes.into_iter().map(|axis| axis.map(|axis| axis.value)).collect();
                Some(Spanned::new(axes?, *span))
            }
            value => {
                self.wrong(key, value, AXES, "[1, 0]");
                None
            }
        }
    }

    /// One number for height and width, or two, each at least 1.
    pub(crate) fn pair(&mut self, key: &str) -> Option<[Spanned<usize>; 2]> {
        let Some(value) = self.take(key) else {
            self.missing(key, PAIR, "3");
            return None;
        };
        self.two(key, &value, 1, PAIR)
    }

    /// The same, or `default`.
    pub(crate) fn pair_or(
        &mut self,
        key: &str,
        default: [usize; 2],
    ) -> Option<[Spanned<usize>; 2]> {
        let fallback = default.map(|value| self.fallback(value));
        let Some(value) = self.take(key) else { return Some(fallback) };
        Some(self.two(key, &value, 1, PAIR).unwrap_or(fallback))
    }

    /// A finite number in the range.
    pub(crate) fn float(&mut self, key: &str, range: RangeInclusive<f64>) -> Option<Spanned<f64>> {
        let Some(value) = self.take(key) else {
            self.missing(key, &interval(&range), &example(&range));
            return None;
        };
        self.finite(key, &value, &range)
    }

    /// The same, or `default`.
    pub(crate) fn float_or(
        &mut self,
        key: &str,
        default: f64,
        range: RangeInclusive<f64>,
    ) -> Option<Spanned<f64>> {
        let fallback = self.fallback(default);
        let Some(value) = self.take(key) else { return Some(fallback) };
        Some(self.finite(key, &value, &range).unwrap_or(fallback))
    }

    /// Passes over what is read elsewhere.
    pub(crate) fn skip(&mut self, key: &str) {
        self.take(key);
    }

    /// `true` or `false`, or `default`.
    pub(crate) fn flag_or(&mut self, key: &str, default: bool) -> Option<Spanned<bool>> {
        let fallback = self.fallback(default);
        match self.take(key) {
            None => Some(fallback),
            Some(Value::Bool(value)) => Some(value),
            Some(value) => {
                self.wrong(
                    key,
                    &value,
                    "`true` or `false`",
                    if default { "false" } else { "true" },
                );
                Some(fallback)
            }
        }
    }

    /// One of the allowed words, or `default`.
    pub(crate) fn word_or(
        &mut self,
        key: &str,
        allowed: &[&'static str],
        default: &'static str,
    ) -> Option<Spanned<&'static str>> {
        let fallback = self.fallback(default);
        let Some(value) = self.take(key) else { return Some(fallback) };
        Some(self.one_of(key, &value, allowed, default).unwrap_or(fallback))
    }

    /// One of the allowed words.
    pub(crate) fn word(
        &mut self,
        key: &str,
        allowed: &[&'static str],
    ) -> Option<Spanned<&'static str>> {
        let Some(value) = self.take(key) else {
            self.missing(key, &words(allowed), allowed[0]);
            return None;
        };
        self.one_of(key, &value, allowed, allowed[0])
    }

    fn one_of(
        &mut self,
        key: &str,
        value: &Value,
        allowed: &[&'static str],
        default: &'static str,
    ) -> Option<Spanned<&'static str>> {
        let word = match &value {
            Value::Word(word, args) if args.is_empty() => word.to_string(),
            _ => String::new(),
        };
        if let Some(allowed) = allowed.iter().find(|allowed| word == **allowed) {
            return Some(Spanned::new(*allowed, value.span()));
        }
        let meant = similar::nearest(&word, allowed.iter().copied()).unwrap_or(default);
        self.wrong(key, value, &words(allowed), meant);
        None
    }

    /// The padding of an image, `valid` where none is given.
    pub(crate) fn padding_or(&mut self, key: &str) -> Option<Padding> {
        let Some(value) = self.take(key) else { return Some(Padding::Valid) };
        Some(match &value {
            Value::Word(word, args) if word == "valid" && args.is_empty() => Padding::Valid,
            Value::Word(word, args) if word == "same" && args.is_empty() => Padding::Same,
            Value::Word(..) => {
                self.wrong(key, &value, PADDING, "same");
                Padding::Valid
            }
            value => self.two(key, value, 0, PADDING).map_or(Padding::Valid, Padding::Number),
        })
    }

    /// The padding of a sequence, `valid` where none is given; `causal` where that has a meaning.
    pub(crate) fn padding_over_time(&mut self, key: &str, causal: bool) -> Option<Padding> {
        let Some(value) = self.take(key) else { return Some(Padding::Valid) };
        let expected = if causal { PADDING_OVER_TIME } else { PADDING_OF_POOL };
        Some(match &value {
            Value::Word(word, args) if args.is_empty() && word == "valid" => Padding::Valid,
            Value::Word(word, args) if args.is_empty() && word == "same" => Padding::Same,
            Value::Word(word, args) if args.is_empty() && word == "causal" && causal => {
                Padding::Causal
            }
            Value::Word(..) => {
                self.wrong(key, &value, expected, "same");
                Padding::Valid
            }
            value => {
                let zero = self.fallback(0);
                let number = self.number(key, value, 0, expected);
                number.map_or(Padding::Valid, |number| Padding::Number([zero, number]))
            }
        })
    }

    /// A shape, such as `[7, 7, 64]`; sizes that are wrong are unknown.
    pub(crate) fn shape(&mut self, key: &str) -> Option<Spanned<Shape>> {
        let Some(value) = self.take(key) else {
            self.missing(key, SHAPE, "[7, 7, 64]");
            return None;
        };
        match &value {
            Value::List(sizes, span) if !sizes.is_empty() => {
                let sizes = sizes.iter().map(|size| self.number(key, size, 1, SHAPE));
                let dims = sizes.map(|size| size.map_or(Dim::Unknown, |size| size.value.into()));
                Some(Spanned::new(Shape(dims.collect()), *span))
            }
            value => {
                self.wrong(key, value, SHAPE, "[7, 7, 64]");
                None
            }
        }
    }

    fn fallback<T>(&self, default: T) -> Spanned<T> {
        Spanned::new(default, self.keyword_span())
    }

    fn two(
        &mut self,
        key: &str,
        value: &Value,
        least: i128,
        expected: &str,
    ) -> Option<[Spanned<usize>; 2]> {
        match value {
            Value::Tuple(values, _) if values.len() == 2 => {
                let height = self.number(key, &values[0], least, expected);
                let width = self.number(key, &values[1], least, expected);
                Some([height?, width?])
            }
            value => self.number(key, value, least, expected).map(|number| [number; 2]),
        }
    }

    fn number(
        &mut self,
        key: &str,
        value: &Value,
        least: i128,
        expected: &str,
    ) -> Option<Spanned<usize>> {
        let Value::Int(number) = value else {
            self.wrong(key, value, expected, &example_of(expected, value));
            return None;
        };
        let size = usize::try_from(number.value).ok();
        let fits = size.filter(|size| number.value >= least && *size <= MAX_SCALARS);
        if fits.is_none() {
            let most = format!("a whole number from {least} to {MAX_SCALARS}");
            self.out_of_range(key, value, if number.value < least { expected } else { &most });
        }
        fits.map(|size| Spanned::new(size, number.span))
    }

    pub(super) fn finite(
        &mut self,
        key: &str,
        value: &Value,
        range: &RangeInclusive<f64>,
    ) -> Option<Spanned<f64>> {
        #[allow(clippy::cast_precision_loss)]
        let number = match value {
            Value::Float(number) => Some(*number),
            Value::Int(number) => Some(number.map(|number| number as f64)),
            _ => None,
        };
        let fits = number.filter(|n| n.value.is_finite() && range.contains(&n.value));
        match (number, fits) {
            (None, _) => self.wrong(key, value, &interval(range), &example(range)),
            (Some(_), None) => self.out_of_range(key, value, &interval(range)),
            _ => {}
        }
        fits
    }
}

/// What to write for a whole number: a fraction is rounded.
fn example_of(expected: &str, value: &Value) -> String {
    match value {
        _ if expected == SHAPE => "[7, 7, 64]".to_owned(),
        Value::Float(number) if (0.5..1e6).contains(&number.value) => {
            format!("{:.0}", number.value.round())
        }
        _ => "3".to_owned(),
    }
}

/// A range in words: `a number from 0 to 1`.
fn interval(range: &RangeInclusive<f64>) -> String {
    match (range.start().is_finite(), range.end().is_finite()) {
        (true, true) => format!("a number from {} to {}", range.start(), range.end()),
        (true, false) => format!("a number of at least {}", range.start()),
        (false, true) => format!("a number of at most {}", range.end()),
        (false, false) => "a finite number".to_owned(),
    }
}

/// A number of a range.
fn example(range: &RangeInclusive<f64>) -> String {
    let usual = [0.5, 1.0, *range.start(), *range.end()];
    let fits = usual.into_iter().find(|value| value.is_finite() && range.contains(value));
    format!("{:?}", fits.unwrap_or(0.0))
}

fn words(allowed: &[&str]) -> String {
    let quoted: Vec<_> = allowed.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        words => words.concat(),
    }
}

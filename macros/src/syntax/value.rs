//! Values as they print and where they stand.

use std::fmt;

use proc_macro2::Span;

use super::{Operation, Spanned, Value};

impl<T> Spanned<T> {
    pub(crate) fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

impl Value {
    /// The same value, as if it stood there.
    pub(crate) fn at(self, span: Span) -> Self {
        match self {
            Self::Int(value) => Self::Int(Spanned { span, ..value }),
            Self::Float(value) => Self::Float(Spanned { span, ..value }),
            Self::Bool(value) => Self::Bool(Spanned { span, ..value }),
            Self::Word(mut word, inner) => {
                word.set_span(span);
                Self::Word(word, all_at(inner, span))
            }
            Self::Tuple(values, _) => Self::Tuple(all_at(values, span), span),
            Self::List(values, _) => Self::List(all_at(values, span), span),
            Self::Operation(operation) => {
                let Operation { left, sign, right, .. } = *operation;
                let (left, right) = (left.at(span), right.at(span));
                Self::Operation(Box::new(Operation { left, sign, right, span }))
            }
            Self::Wrong(_) => Self::Wrong(span),
        }
    }

    /// The token, or the group of tokens.
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Int(value) => value.span,
            Self::Float(value) => value.span,
            Self::Bool(value) => value.span,
            Self::Word(ident, _) => ident.span(),
            Self::Operation(operation) => operation.span,
            Self::Tuple(_, span) | Self::List(_, span) | Self::Wrong(span) => *span,
        }
    }
}

fn all_at(values: Vec<Value>, span: Span) -> Vec<Value> {
    values.into_iter().map(|value| value.at(span)).collect()
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{}", value.value),
            Self::Float(value) => write!(f, "{:?}", value.value),
            Self::Bool(value) => write!(f, "{}", value.value),
            Self::Word(ident, args) if args.is_empty() => write!(f, "{ident}"),
            Self::Word(ident, args) => {
                write!(f, "{ident}")?;
                group(f, '(', args, ')')
            }
            Self::Tuple(values, _) => group(f, '(', values, ')'),
            Self::List(values, _) => group(f, '[', values, ']'),
            Self::Operation(operation) => write!(f, "{operation}"),
            Self::Wrong(_) => f.write_str("?"),
        }
    }
}

fn group(f: &mut fmt::Formatter<'_>, open: char, values: &[Value], close: char) -> fmt::Result {
    write!(f, "{open}")?;
    for (i, value) in values.iter().enumerate() {
        write!(f, "{}{value}", if i > 0 { ", " } else { "" })?;
    }
    write!(f, "{close}")
}

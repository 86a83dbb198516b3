//! Sums, differences, products and quotients of numbers.

use std::fmt;

use proc_macro2::Span;

use super::{Spanned, Value};
use crate::{diag::Diagnostics, shape::MAX_SCALARS};

/// `left sign right`, the sign one of `+-*/`.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) left: Value,
    pub(crate) sign: char,
    pub(crate) right: Value,
    /// The sign.
    pub(crate) span: Span,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.left, self.sign, self.right)
    }
}

/// Puts numbers in the place of operations; what is no number is reported.
pub(super) fn fold(value: &mut Value, diagnostics: &mut Diagnostics) {
    match value {
        Value::Operation(operation) => *value = operation.result(diagnostics),
        Value::Word(_, inner) | Value::Tuple(inner, _) | Value::List(inner, _) => {
            inner.iter_mut().for_each(|value| fold(value, diagnostics));
        }
        _ => {}
    }
}

impl Operation {
    fn result(&self, diagnostics: &mut Diagnostics) -> Value {
        let (left, right) = (operand(&self.left, diagnostics), operand(&self.right, diagnostics));
        match (left, right) {
            (Some(Value::Int(left)), Some(Value::Int(right))) => {
                self.whole(left.value, right.value, diagnostics)
            }
            (Some(left), Some(right)) => Value::Float(Spanned {
                value: self.fraction(float(&left), float(&right)),
                span: self.place(),
            }),
            _ => Value::Wrong(self.span),
        }
    }

    /// A whole number; a quotient that is none is reported.
    fn whole(&self, left: i128, right: i128, diagnostics: &mut Diagnostics) -> Value {
        let result = match self.sign {
            '+' => left.checked_add(right),
            '-' => left.checked_sub(right),
            '*' => left.checked_mul(right),
            '/' if right == 0 => {
                diagnostics.error(self.span, "nothing is divided by 0").expected("another number");
                return Value::Wrong(self.span);
            }
            _ if left.checked_rem(right) == Some(0) => left.checked_div(right),
            _ => {
                diagnostics
                    .error(self.span, format!("{right} does not divide {left}"))
                    .expected("a whole number")
                    .help(format!(
                        "write the number that is meant, or `{left}.0 / {right}` for a fraction"
                    ));
                return Value::Wrong(self.span);
            }
        };
        let Some(value) = result else {
            diagnostics
                .error(self.span, "this number is too large")
                .expected(format!("at most {MAX_SCALARS}"));
            return Value::Wrong(self.span);
        };
        Value::Int(Spanned { value, span: self.place() })
    }

    fn fraction(&self, left: f64, right: f64) -> f64 {
        match self.sign {
            '+' => left + right,
            '-' => left - right,
            '*' => left * right,
            _ => left / right,
        }
    }

    /// From the first operand to the last, or the sign where that cannot be told.
    fn place(&self) -> Span {
        self.left.span().join(self.right.span()).unwrap_or(self.span)
    }
}

/// The number of an operand, which may stand in parentheses.
fn operand(value: &Value, diagnostics: &mut Diagnostics) -> Option<Value> {
    let mut value = match value {
        Value::Tuple(values, _) if values.len() == 1 => values[0].clone(),
        value => value.clone(),
    };
    fold(&mut value, diagnostics);
    match value {
        Value::Int(_) | Value::Float(_) => Some(value),
        Value::Wrong(_) => None,
        value => {
            diagnostics
                .error(value.span(), format!("`{value}` is no number"))
                .expected("a number, or within a block a parameter that is one");
            None
        }
    }
}

#[allow(clippy::cast_precision_loss)]
fn float(value: &Value) -> f64 {
    match value {
        Value::Int(number) => number.value as f64,
        Value::Float(number) => number.value,
        _ => f64::NAN,
    }
}

//! Dimensions and shapes.
//!
//! A dimension is a literal, a symbol, or a sum or product of them; `Unknown` is poison: it stands
//! for a size that an earlier mistake made unknowable, agrees with everything and is never reported.

use std::{collections::BTreeMap, fmt};

/// The most scalars a tensor or a whole network may have: beyond it sizes are taken for mistakes.
pub(crate) const MAX_SCALARS: usize = 1 << 40;

/// Where sizes saturate: so far beyond [`MAX_SCALARS`] that sums over all that a plan holds are exact.
const SATURATED: usize = 1 << 60;

/// One dimension, in canonical form: sums and products are flat, folded and sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dim {
    Literal(usize),
    /// A constant of the expansion: a size that only another declaration knows.
    Symbol(String),
    Sum(Vec<Dim>),
    Product(Vec<Dim>),
    Unknown,
}

/// What symbols stand for, where a plan is interpreted.
pub(crate) type Bindings = BTreeMap<String, usize>;

impl Dim {
    pub(crate) const ZERO: Self = Self::Literal(0);
    pub(crate) const ONE: Self = Self::Literal(1);

    pub(crate) fn literal(&self) -> Option<usize> {
        match self {
            Self::Literal(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }

    /// Whether the two are the same, as far as can be known.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        self.is_unknown() || other.is_unknown() || self == other
    }

    /// The sum; its literal part saturates far beyond [`MAX_SCALARS`], above which `model` reports it.
    pub(crate) fn sum(dims: impl IntoIterator<Item = Self>) -> Self {
        let mut literal = 0_usize;
        let mut rest = Vec::new();
        for dim in dims {
            match dim {
                Self::Unknown => return Self::Unknown,
                Self::Literal(value) => literal = saturate(literal.saturating_add(value)),
                Self::Sum(terms) => {
                    for term in terms {
                        match term {
                            Self::Literal(v) => literal = saturate(literal.saturating_add(v)),
                            term => rest.push(term),
                        }
                    }
                }
                dim => rest.push(dim),
            }
        }
        if literal > 0 || rest.is_empty() {
            rest.push(Self::Literal(literal));
        }
        Self::folded(rest, Self::Sum)
    }

    /// The product, saturating likewise.
    pub(crate) fn product(dims: impl IntoIterator<Item = Self>) -> Self {
        let mut literal = 1_usize;
        let mut rest = Vec::new();
        for dim in dims {
            match dim {
                Self::Unknown => return Self::Unknown,
                Self::Literal(value) => literal = saturate(literal.saturating_mul(value)),
                Self::Product(factors) => {
                    for factor in factors {
                        match factor {
                            Self::Literal(v) => literal = saturate(literal.saturating_mul(v)),
                            factor => rest.push(factor),
                        }
                    }
                }
                dim => rest.push(dim),
            }
        }
        if literal == 0 {
            return Self::ZERO;
        }
        if literal != 1 || rest.is_empty() {
            rest.push(Self::Literal(literal));
        }
        Self::folded(rest, Self::Product)
    }

    /// As many as that for every turn of nested `repeat`.
    pub(crate) fn over_turns(self, turns: &[usize]) -> Self {
        Self::product(turns.iter().map(|times| Self::from(*times)).chain([self]))
    }

    fn folded(mut parts: Vec<Self>, many: fn(Vec<Self>) -> Self) -> Self {
        parts.sort();
        if parts.len() == 1 { parts.remove(0) } else { many(parts) }
    }

    /// What is left of a sum without a part of it.
    pub(crate) fn less(&self, part: &Self) -> Self {
        let mut rest = self.terms();
        for term in part.terms() {
            if let Some(index) = rest.iter().position(|other| *other == term) {
                rest.remove(index);
            } else if let (Some(less), Some(literal)) =
                (term.literal(), rest.iter_mut().find(|other| other.literal().is_some()))
            {
                *literal = Self::Literal(literal.literal().map_or(0, |value| value - less));
            }
        }
        Self::sum(rest)
    }

    fn terms(&self) -> Vec<Self> {
        match self {
            Self::Sum(terms) => terms.clone(),
            dim => vec![dim.clone()],
        }
    }

    /// The value, with symbols bound.
    pub(crate) fn eval(&self, bindings: &Bindings) -> usize {
        match self {
            Self::Literal(value) => *value,
            Self::Symbol(name) => bindings[name],
            Self::Sum(terms) => terms.iter().map(|term| term.eval(bindings)).sum(),
            Self::Product(factors) => factors.iter().map(|factor| factor.eval(bindings)).product(),
            Self::Unknown => unreachable!("a plan has no unknown sizes"),
        }
    }

    /// The smallest multiple of `unit` that is not below it; symbolic sizes stay as they are.
    pub(crate) fn round_up(&self, unit: usize) -> Self {
        match self {
            Self::Literal(value) => Self::Literal(value.next_multiple_of(unit)),
            dim => dim.clone(),
        }
    }
}

impl Default for Dim {
    fn default() -> Self {
        Self::ZERO
    }
}

fn saturate(value: usize) -> usize {
    value.min(SATURATED)
}

impl From<usize> for Dim {
    fn from(value: usize) -> Self {
        Self::Literal(value)
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(value) => write!(f, "{value}"),
            Self::Symbol(name) => f.write_str(name),
            Self::Sum(terms) => write_joined(f, terms, " + "),
            Self::Product(factors) => write_joined(f, factors, " * "),
            Self::Unknown => f.write_str("?"),
        }
    }
}

fn write_joined(f: &mut fmt::Formatter<'_>, dims: &[Dim], separator: &str) -> fmt::Result {
    for (i, dim) in dims.iter().enumerate() {
        if i > 0 {
            f.write_str(separator)?;
        }
        match dim {
            Dim::Sum(_) => write!(f, "({dim})")?,
            dim => write!(f, "{dim}")?,
        }
    }
    Ok(())
}

/// The shape of one sample, channels last: `[height, width, channels]`, `[time, features]`, `[features]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape(pub(crate) Vec<Dim>);

impl Shape {
    pub(crate) fn flat(len: impl Into<Dim>) -> Self {
        Self(vec![len.into()])
    }

    #[cfg(test)]
    pub(crate) fn literal(dims: &[usize]) -> Self {
        Self(dims.iter().copied().map(Dim::from).collect())
    }

    /// The shape of which nothing is known, not even the rank: poison, as [`Dim::Unknown`] is. Only a
    /// network with mistakes has it.
    pub(crate) fn unknown() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn is_unknown(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn rank(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn dims(&self) -> &[Dim] {
        &self.0
    }

    /// The number of scalars.
    pub(crate) fn len(&self) -> Dim {
        Dim::product(self.0.iter().cloned())
    }

    /// The last dimension: channels or features.
    pub(crate) fn channels(&self) -> Dim {
        self.0.last().cloned().unwrap_or(Dim::ONE)
    }

    pub(crate) fn agrees(&self, other: &Self) -> bool {
        self.is_unknown()
            || other.is_unknown()
            || self.rank() == other.rank() && self.0.iter().zip(&other.0).all(|(a, b)| a.agrees(b))
    }

    pub(crate) fn has_unknown(&self) -> bool {
        self.is_unknown() || self.0.iter().any(Dim::is_unknown)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unknown() {
            return f.write_str("?");
        }
        f.write_str("[")?;
        for (i, dim) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{dim}")?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::Dim;

    #[test]
    fn a_sum_is_less_by_its_parts() {
        let symbol = |name: &str| Dim::Symbol(name.to_owned());
        let part = Dim::sum([Dim::from(48), symbol("A")]);
        let sum = Dim::sum([part.clone(), Dim::from(16), symbol("B")]);
        assert_eq!(sum.less(&part), Dim::sum([Dim::from(16), symbol("B")]));
        assert_eq!(part.less(&part), Dim::ZERO);
        assert_eq!(Dim::from(64).less(&Dim::from(48)), Dim::from(16));
        assert_eq!(symbol("A").less(&symbol("A")), Dim::ZERO);
    }
}

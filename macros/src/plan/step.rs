//! The verbs: a closed set of steps, each with its equation. There are ten kinds; whatever has an arm
//! for every verb has a file for every kind, of the same names as here.
//!
//! `B` is the batch. A verb lists what it reads and what it writes; liveness, dead code and fusion
//! are derived from these lists alone. Names and argument order follow the runtime's table.

mod arrange;
mod attend;
mod convolution;
mod elementwise;
mod nested;
mod normalization;
mod pool;
mod product;
mod random;
mod sequence;

use proc_macro2::Span;

use super::Buf;
pub(crate) use arrange::Arrange;
pub(crate) use attend::Attend;
pub(crate) use convolution::Convolution;
pub(crate) use elementwise::{Elementwise, Fun, GradientFrom};
pub(crate) use nested::Nested;
pub(crate) use normalization::Normalization;
pub(crate) use pool::Pool;
pub(crate) use product::{Dense, Product, is_small};
pub(crate) use random::Random;
pub(crate) use sequence::{Sequence, Taps};

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verb {
    Product(Product),
    Convolution(Convolution),
    Pool(Pool),
    Normalization(Normalization),
    Elementwise(Elementwise),
    Random(Random),
    Sequence(Sequence),
    Attend(Attend),
    Arrange(Arrange),
    Nested(Nested),
}

macro_rules! kinds {
    ($($kind:ident),*) => {
        $(impl From<$kind> for Verb {
            fn from(verb: $kind) -> Self {
                Self::$kind(verb)
            }
        })*
    };
}

kinds!(
    Product,
    Convolution,
    Pool,
    Normalization,
    Elementwise,
    Random,
    Sequence,
    Attend,
    Arrange,
    Nested
);

/// A verb, and the layer it was appended for.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) verb: Verb,
    /// The index of the node in the model; after fusion that of the first.
    pub(crate) node: usize,
    pub(crate) span: Span,
    /// The output, of several, whose head this step differentiates: it passes the gradient on as it
    /// is where that enters at the input of the head.
    pub(crate) head: Option<usize>,
}

impl Verb {
    /// Every buffer the verb names, outputs first, by role.
    pub(crate) fn operands_mut(&mut self) -> Operands<'_> {
        match self {
            Self::Product(verb) => verb.operands_mut(),
            Self::Convolution(verb) => verb.operands_mut(),
            Self::Pool(verb) => verb.operands_mut(),
            Self::Normalization(verb) => verb.operands_mut(),
            Self::Elementwise(verb) => verb.operands_mut(),
            Self::Random(verb) => verb.operands_mut(),
            Self::Sequence(verb) => verb.operands_mut(),
            Self::Attend(verb) => verb.operands_mut(),
            Self::Arrange(verb) => verb.operands_mut(),
            Self::Nested(verb) => verb.operands_mut(),
        }
    }

    /// The buffers written.
    pub(crate) fn writes(&self) -> Vec<Buf> {
        self.clone().operands_mut().writes.into_iter().map(|buf| *buf).collect()
    }

    /// The buffers whose earlier contents matter, those updated in place among them.
    pub(crate) fn reads(&self) -> Vec<Buf> {
        let mut verb = self.clone();
        let reads = verb.operands_mut().reads.into_iter().map(|buf| *buf);
        reads.chain(self.updates()).collect()
    }

    /// What is written whose earlier contents matter.
    fn updates(&self) -> Vec<Buf> {
        match self {
            Self::Product(verb) => verb.updates(),
            Self::Normalization(verb) => verb.updates(),
            Self::Sequence(verb) => verb.updates(),
            Self::Attend(verb) => verb.updates(),
            Self::Nested(verb) => verb.updates(),
            Self::Convolution(_)
            | Self::Pool(_)
            | Self::Elementwise(_)
            | Self::Random(_)
            | Self::Arrange(_) => vec![],
        }
    }
}

/// The buffers of a verb by role.
pub(crate) struct Operands<'a> {
    pub(crate) writes: Vec<&'a mut Buf>,
    pub(crate) reads: Vec<&'a mut Buf>,
}

//! Space and size of the operands of every verb, straight from its equation.

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

use super::{divides, ensure};
use crate::{
    plan::{Buf, Buffer, Plan, Program, Space, Verb},
    shape::Dim,
};

/// What an operand may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A row buffer.
    Row,
    /// A row buffer or the caller's input: only read.
    Value,
    Fixed,
    Index,
    Kept,
    Param,
    Gradient,
}

/// How many scalars an operand has.
enum Size {
    Is(Dim),
    /// As many as another.
    Same(Buf),
    /// A divisor of another's: one for every channel.
    PartOf(Buf),
    /// A whole number of copies of another.
    CopiesOf(Buf),
    /// So many or more.
    AtLeast(Dim),
    /// A multiple of these.
    Multiple(Dim),
    /// The weight of a grouped convolution: this many, shared among the groups.
    Shared(Dim, usize),
    /// As many as another, times this.
    Times(Buf, Dim),
    /// As many rows of the first size as another has of the second.
    Share(Buf, Dim, Dim),
}

use Role::{Fixed, Gradient, Index, Kept, Param, Row, Value};
use Size::{AtLeast, CopiesOf, Is, Multiple, PartOf, Same, Share, Shared, Times};

pub(super) fn verify(plan: &Plan, program: &Program, verb: &Verb) -> Result<(), String> {
    for (buf, role, size) in rules(verb) {
        let buffer = &program.buffers[buf.0];
        space(plan, buffer, role)?;
        let len = |buf: Buf| program.buffers[buf.0].shape.len();
        let own = buffer.shape.len();
        let fits = match &size {
            Is(want) => own == *want,
            Same(other) => own == len(*other),
            PartOf(other) => divides(&own, &len(*other)),
            CopiesOf(other) => divides(&len(*other), &own),
            AtLeast(fewest) => own >= *fewest,
            Multiple(unit) => divides(unit, &own),
            Shared(whole, groups) => Dim::product([own.clone(), Dim::from(*groups)]) == *whole,
            Times(other, factor) => own == times([&len(*other), factor]),
            Share(other, n, of) => times([&own, of]) == times([&len(*other), n]),
        };
        ensure(fits, || format!("{} has {own} scalars, not {}", buffer.name, wanted(&size, len)))?;
    }
    sizes(verb)
}

fn wanted(size: &Size, len: impl Fn(Buf) -> Dim) -> String {
    match size {
        Is(want) => format!("{want}"),
        Same(other) => format!("{}", len(*other)),
        PartOf(other) => format!("a divisor of {}", len(*other)),
        AtLeast(fewest) => format!("{fewest} or more"),
        CopiesOf(other) => format!("a multiple of {}", len(*other)),
        Multiple(unit) => format!("a multiple of {unit}"),
        Shared(whole, groups) => format!("{whole} / {groups}"),
        Times(other, factor) => format!("{}", times([&len(*other), factor])),
        Share(other, n, of) => format!("{} * {n} / {of}", len(*other)),
    }
}

fn space(plan: &Plan, buffer: &Buffer, role: Role) -> Result<(), String> {
    let (fits, word) = match role {
        Row => (buffer.space == Space::Row, "row buffer"),
        Value => (matches!(buffer.space, Space::Row | Space::Input), "row buffer"),
        Fixed => (buffer.space == Space::Fixed, "fixed buffer"),
        Index => (buffer.space == Space::Index, "index buffer"),
        Kept => (buffer.space == Space::Kept, "buffer that is kept"),
        Param => (matches!(buffer.space, Space::Param(_)), "parameter"),
        Gradient => {
            let trained = |param: usize| plan.params[param].trained;
            let fits = matches!(buffer.space, Space::Gradient(param) if trained(param));
            (fits, "gradient of a trained parameter")
        }
    };
    ensure(fits, || format!("{} is no {word}", buffer.name))
}

/// An operand: what it is, and how large.
type Operand = (Buf, Role, Size);

/// The operands of a verb.
fn rules(verb: &Verb) -> Vec<Operand> {
    match verb {
        Verb::Product(verb) => product::operands(verb),
        Verb::Convolution(verb) => convolution::operands(verb),
        Verb::Pool(verb) => pool::operands(verb),
        Verb::Normalization(verb) => normalization::operands(verb),
        Verb::Elementwise(verb) => elementwise::operands(verb),
        Verb::Random(verb) => random::operands(verb),
        Verb::Sequence(verb) => sequence::operands(verb),
        Verb::Attend(verb) => attend::operands(verb),
        Verb::Arrange(verb) => arrange::operands(verb),
        Verb::Nested(verb) => nested::operands(verb),
    }
}

/// What else holds of the sizes of a verb.
fn sizes(verb: &Verb) -> Result<(), String> {
    match verb {
        Verb::Product(verb) => product::sizes(verb),
        Verb::Convolution(verb) => convolution::sizes(verb),
        Verb::Pool(verb) => pool::sizes(verb),
        Verb::Normalization(verb) => normalization::sizes(verb),
        Verb::Sequence(verb) => sequence::sizes(verb),
        Verb::Attend(verb) => attend::sizes(verb),
        Verb::Arrange(verb) => arrange::sizes(verb),
        Verb::Elementwise(_) | Verb::Random(_) | Verb::Nested(_) => Ok(()),
    }
}

fn times<const N: usize>(dims: [&Dim; N]) -> Dim {
    Dim::product(dims.into_iter().cloned())
}

fn image([height, width]: &[Dim; 2], channels: &Dim) -> Dim {
    times([height, width, channels])
}

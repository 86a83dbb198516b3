//! The plan: what a network computes, as two programs over named buffers.

pub(crate) mod conv;
mod display;
pub(crate) mod liveness;
pub(crate) mod lower;
pub(crate) mod optimize;
pub(crate) mod packing;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod sample;
mod sizes;
pub(crate) mod step;
pub(crate) mod verify;

use crate::shape::{Dim, Shape};
pub(crate) use conv::{Conv, FEWEST_TILES, Window};
pub(crate) use sizes::{Attention, Cell, Groups, Recurrence, Strided, Upsample};
pub(crate) use step::{
    Arrange, Attend, Convolution, Dense, Elementwise, Fun, GradientFrom, Nested, Normalization,
    Pool, Product, Random, Sequence, Step, Taps, Verb, is_small,
};

/// The random streams of a turn: a network has fewer layers.
pub(crate) const STREAMS: usize = 1 << 16;

/// A buffer of a program, by index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Buf(pub(crate) usize);

/// Where a buffer lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// The caller's input, one sample after the other.
    Input,
    /// Scalars of every sample, in the `rows` arena.
    Row,
    /// Scalars of the whole batch, in the `fixed` arena.
    Fixed,
    /// Bytes of every sample, in the `index` arena.
    Index,
    /// Scalars that stay from one time step to the next, zero before the first, in the `kept` arena.
    Kept,
    /// A parameter, by its index in [`Plan::params`].
    Param(usize),
    /// The gradient of a parameter.
    Gradient(usize),
}

/// How a buffer's scalars lie in memory. Blocked layouts will be further variants, chosen by a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Row-major, channels last.
    Plain,
}

#[derive(Clone, Debug)]
pub(crate) struct Buffer {
    /// `conv2d1.y`, `conv2d1.dx`: for reading a plan.
    pub(crate) name: String,
    pub(crate) space: Space,
    /// Of one sample, or of the whole buffer where the space is not per sample.
    pub(crate) shape: Shape,
    pub(crate) layout: Layout,
    /// Where it starts in its arena (in one sample's share); set by `share_buffers`, or from the start
    /// for what is kept, which shares with nothing.
    pub(crate) offset: Option<Dim>,
}

/// Steps in order of execution over their buffers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) buffers: Vec<Buffer>,
    pub(crate) steps: Vec<Step>,
    /// The size of one sample's rows, of the fixed part, and of one sample's indices; set by `share_buffers`.
    pub(crate) sizes: Option<[Dim; 3]>,
    /// The size of what is kept from one time step to the next.
    pub(crate) kept: Dim,
}

/// The training program: forward steps, then the head's backward steps, then the others'.
#[derive(Clone, Debug, Default)]
pub(crate) struct Training {
    pub(crate) program: Program,
    /// The number of forward steps.
    pub(crate) forward: usize,
    /// The number of steps up to the end of the head's backward steps.
    pub(crate) head: usize,
    /// The number of last steps that compute gradients of weights which a caller may compute itself.
    pub(crate) deferred: usize,
    pub(crate) output: Buf,
    /// Where a loss writes the gradient of the output.
    pub(crate) d_output: Buf,
    /// Where it writes the gradient of the head's input; `d_output` where there is no head.
    pub(crate) d_head: Buf,
    /// The gradient of the input, where the program is a turn and the turn before waits for it.
    pub(crate) d_input: Option<Buf>,
}

/// The program of one time step of a network that goes over sequences step by step.
#[derive(Clone, Debug)]
pub(crate) struct Stepping {
    pub(crate) program: Program,
    pub(crate) output: Buf,
    /// The shape of one time step of the input, and of what comes out after it.
    pub(crate) sample: Shape,
    pub(crate) result: Shape,
}

/// What every turn of a `repeat` does: a plan from the value of the turn before to its own. Its
/// parameters are those of one turn; the first one's lie at their offsets, each turn's behind it.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    pub(crate) times: usize,
    pub(crate) plan: Plan,
}

impl PartialEq for Turns {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// A parameter of the network.
#[derive(Clone, Debug)]
pub(crate) struct PlanParam {
    /// The index of its layer.
    pub(crate) node: usize,
    /// `weight`, `bias`, `gamma`.
    pub(crate) name: &'static str,
    /// Of the `repeat` around it, from outside in: it is an array over their turns.
    pub(crate) turns: Vec<usize>,
    /// Of one turn.
    pub(crate) shape: Shape,
    /// Whether optimizers see it.
    pub(crate) trained: bool,
    pub(crate) layout: Layout,
    /// Where it starts in the whole arena, trained parameters first.
    pub(crate) offset: Dim,
}

impl PlanParam {
    /// The shape over all turns.
    pub(crate) fn whole(&self) -> Shape {
        let turns = self.turns.iter().map(|times| Dim::from(*times));
        Shape(turns.chain(self.shape.dims().iter().cloned()).collect())
    }

    pub(crate) fn whole_len(&self) -> Dim {
        self.whole().len()
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) params: Vec<PlanParam>,
    /// Scalars of the trained range and of the state range.
    pub(crate) trained: Dim,
    pub(crate) state: Dim,
    pub(crate) inference: Program,
    /// The output of the inference program.
    pub(crate) output: Buf,
    pub(crate) training: Training,
    /// Where it goes over sequences step by step.
    pub(crate) stepping: Option<Stepping>,
}

impl Plan {
    /// The program of one time step, of a network and of turns that have one.
    pub(crate) fn step_program(&self) -> &Stepping {
        self.stepping.as_ref().expect("a part of what goes step by step goes step by step")
    }
}

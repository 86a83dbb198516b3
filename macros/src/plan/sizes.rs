//! The sizes of verbs that have more than a few.

use crate::shape::{Dim, Shape};

/// How normalisation by groups cuts a sample: blocks `[pixels, channels]`, with statistics for each of
/// `groups` shares of the channels of a block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Groups {
    pub(crate) blocks: Dim,
    pub(crate) pixels: Dim,
    pub(crate) channels: Dim,
    pub(crate) groups: Dim,
    /// Whether the mean is subtracted; without it, it counts as zero.
    pub(crate) centred: bool,
    pub(crate) epsilon: f64,
}

impl Groups {
    /// Scalars of a sample.
    pub(crate) fn len(&self) -> Dim {
        Dim::product([&self.blocks, &self.pixels, &self.channels].map(Clone::clone))
    }

    /// The shape of a sample's statistics: means, then `rstd`, one where there is one group, else one
    /// for every channel.
    pub(crate) fn stats(&self) -> Shape {
        let kept = if self.groups == Dim::ONE { Dim::ONE } else { self.channels.clone() };
        Shape(vec![self.blocks.clone(), Dim::from(2), kept])
    }
}

/// A strided view of a sample: element `i…` is the scalar `start + Σ iₖ · strideₖ`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Strided {
    /// Scalars of what is viewed.
    pub(crate) input: Dim,
    pub(crate) start: Dim,
    /// Size and stride of each axis, outermost first.
    pub(crate) axes: [[Dim; 2]; AXES],
}

/// The axes of a strided view.
const AXES: usize = 5;

impl Strided {
    /// The view with axes that are as one joined; at most five may remain.
    pub(crate) fn new(input: Dim, start: Dim, axes: Vec<[Dim; 2]>) -> Self {
        let joined = Self::joined(axes);
        let missing = AXES.checked_sub(joined.len()).expect("a view has at most five axes");
        let mut axes = vec![[Dim::ONE, Dim::ONE]; missing];
        axes.extend(joined);
        Self { input, start, axes: axes.try_into().expect("there are five now") }
    }

    /// Whether so few axes remain.
    pub(crate) fn is_view(axes: Vec<[Dim; 2]>) -> bool {
        Self::joined(axes).len() <= AXES
    }

    /// Axes that are as one joined.
    fn joined(axes: Vec<[Dim; 2]>) -> Vec<[Dim; 2]> {
        let mut joined: Vec<[Dim; 2]> = Vec::new();
        for [size, stride] in axes.into_iter().filter(|[size, _]| *size != Dim::ONE) {
            match joined.last_mut() {
                Some([outer, step]) if *step == Dim::product([size.clone(), stride.clone()]) => {
                    (*outer, *step) = (Dim::product([outer.clone(), size]), stride);
                }
                _ => joined.push([size, stride]),
            }
        }
        joined
    }

    /// Elements of the view.
    pub(crate) fn len(&self) -> Dim {
        Dim::product(self.axes.iter().map(|[size, _]| size.clone()))
    }

    /// The index of the last scalar that is seen.
    pub(crate) fn last(&self) -> Option<usize> {
        let steps = self
            .axes
            .iter()
            .map(|[size, stride]| Some(size.literal()?.checked_sub(1)? * stride.literal()?));
        Some(self.start.literal()? + steps.sum::<Option<usize>>()?)
    }
}

/// The sizes of a bilinear upsampling, `[height, width]` each.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Upsample {
    pub(crate) input: [Dim; 2],
    pub(crate) factor: [usize; 2],
    pub(crate) channels: Dim,
}

impl Upsample {
    /// Scalars of one sample of the input.
    pub(crate) fn input_len(&self) -> Dim {
        Dim::product(self.input.iter().chain([&self.channels]).cloned())
    }

    /// Scalars of one sample of the output.
    pub(crate) fn output_len(&self) -> Dim {
        Dim::product(self.factor.map(Dim::from).into_iter().chain([self.input_len()]))
    }
}

/// The sizes of an attention.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attention {
    /// Queries of a sample.
    pub(crate) time: Dim,
    /// Keys and values of a sample.
    pub(crate) key_time: Dim,
    pub(crate) heads: usize,
    /// Heads of keys and values.
    pub(crate) key_value_heads: usize,
    pub(crate) head_size: Dim,
    /// Whether a query sees no later keys.
    pub(crate) causal: bool,
}

impl Attention {
    /// Features of a query, over all heads.
    pub(crate) fn width(&self) -> Dim {
        Dim::product([self.heads.into(), self.head_size.clone()])
    }

    /// Features of a key, and of a value, over all heads.
    pub(crate) fn key_width(&self) -> Dim {
        Dim::product([self.key_value_heads.into(), self.head_size.clone()])
    }

    /// The shape of the queries of a sample, and of its output.
    pub(crate) fn queries(&self) -> Shape {
        Shape(vec![self.time.clone(), self.width()])
    }

    /// The shape of the keys of a sample, and of its values.
    pub(crate) fn keys(&self) -> Shape {
        Shape(vec![self.key_time.clone(), self.key_width()])
    }

    /// The shape of what is kept for the gradients.
    pub(crate) fn stats(&self) -> Shape {
        Shape(vec![self.heads.into(), self.time.clone()])
    }

    /// Pairs of a query and a key that it sees.
    pub(crate) fn pairs(&self) -> Dim {
        match self.time.literal().filter(|_| self.causal) {
            Some(time) => Dim::from(time.saturating_mul(time.saturating_add(1)) / 2),
            None => Dim::product([self.time.clone(), self.key_time.clone()]),
        }
    }
}

/// What a unit of a recurrent layer computes of its gates; the runtime has one of the same name and
/// meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    RnnTanh,
    RnnRelu,
    Gru,
    Lstm,
}

impl Cell {
    /// Gates of a unit.
    pub(crate) fn gates(self) -> usize {
        match self {
            Self::RnnTanh | Self::RnnRelu => 1,
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }

    /// Whether the gradient needs a value of each step besides its gates and states.
    pub(crate) fn has_cells(self) -> bool {
        matches!(self, Self::Gru | Self::Lstm)
    }
}

/// The sizes of a recurrent layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recurrence {
    pub(crate) cell: Cell,
    pub(crate) steps: Dim,
    pub(crate) units: Dim,
    /// Steps whose states are kept: all of them, or the last two at most.
    pub(crate) slots: Dim,
    /// Whether the last step comes first.
    pub(crate) reverse: bool,
    /// Whether the output has every step, rather than the one that is computed last.
    pub(crate) sequences: bool,
}

/// Scalars of the widest vector.
const LANES: usize = 16;

impl Recurrence {
    /// Gates of all units.
    pub(crate) fn width(&self) -> Dim {
        Dim::product([Dim::from(self.cell.gates()), self.units.clone()])
    }

    /// The shape of a sample's gates.
    pub(crate) fn gates(&self) -> Shape {
        Shape(vec![self.steps.clone(), self.width()])
    }

    /// The shape of a sample's states.
    pub(crate) fn states(&self) -> Shape {
        Shape(vec![self.slots.clone(), self.units.clone()])
    }

    /// The shape of a sample's output.
    pub(crate) fn output(&self) -> Shape {
        let steps = self.sequences.then(|| self.steps.clone());
        Shape(steps.into_iter().chain([self.units.clone()]).collect())
    }

    /// The shape of the recurrent weight.
    pub(crate) fn weight(&self) -> Shape {
        Shape(vec![self.units.clone(), self.width()])
    }

    /// The shape of its workspace, in whole vectors.
    pub(crate) fn packed(&self) -> Shape {
        Shape(vec![self.units.round_up(LANES), self.width()])
    }
}

//! The parameters that layers ask for.

use crate::shape::{Dim, Shape};

/// An initialiser; the runtime has one of the same name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Init {
    Zeros,
    Ones,
    Constant(f64),
    GlorotUniform,
    GlorotNormal,
    HeUniform,
    HeNormal,
    LecunUniform,
    LecunNormal,
    Orthogonal,
    /// Sines and cosines of the row, one wavelength for each pair of columns.
    Sinusoidal,
    /// Ones in the second quarter, zeros elsewhere: the forget gates of an LSTM.
    UnitForget,
}

/// A parameter that a layer asks for.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    /// `weight`, `bias`, `gamma`, `beta`, `mean`, `var`.
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// `None`: what the layer after it asks for, Glorot uniform if nothing does.
    pub(crate) init: Option<Init>,
    pub(crate) fan_in: Dim,
    pub(crate) fan_out: Dim,
    /// `false` for state: running statistics.
    pub(crate) trained: bool,
    /// Whether weight decay applies.
    pub(crate) decays: bool,
}

impl Param {
    /// Whether it is a weight or a table, which `l1`, `l2` and `max_norm` are for.
    pub(crate) fn is_weight(&self) -> bool {
        self.trained && self.shape.rank() > 1
    }

    /// A bias `[n]`, which starts at zero unless `init` says otherwise and does not decay.
    pub(super) fn bias(n: Dim, init: Option<Init>, fan_in: Dim, fan_out: Dim) -> Self {
        let init = Some(init.unwrap_or(Init::Zeros));
        let shape = Shape::flat(n);
        Self { name: "bias", shape, init, fan_in, fan_out, trained: true, decays: false }
    }
}

/// What keeps the weights of a layer small in training.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Regularisation {
    /// Of the penalty `l1 · Σ |w|`.
    pub(crate) l1: f64,
    /// Of the penalty `l2 · Σ w²`.
    pub(crate) l2: f64,
    /// The largest norm of what enters one unit.
    pub(crate) max_norm: Option<f64>,
}

//! What the tables of a network say of its layers and parameters.

use crate::{
    init::Init,
    regularize::{MaxNorm, Regularizer},
};

/// One layer, as [`Network::LAYERS`](super::Network::LAYERS) and `summary` show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerInfo {
    /// The given name, or keyword and ordinal: `dense1`.
    pub name: &'static str,
    /// The keyword: `dense`.
    pub kind: &'static str,
    /// The names of the layers it reads, or `input`.
    pub inputs: &'static [&'static str],
    /// The shape of its output, without the batch.
    pub output: &'static [usize],
    /// The number of its parameters, trained or not.
    pub parameters: usize,
    /// Multiply-accumulates of one forward pass of one sample.
    pub macs: usize,
    /// Whether it is declared with `#[freeze]`.
    pub frozen: bool,
    /// What the summary notes beside it, such as input pixels that a stride drops.
    pub note: &'static str,
}

/// One parameter tensor of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParamInfo {
    /// The name in weight files: `dense1.weight`.
    pub name: &'static str,
    /// The index of its layer in [`Network::LAYERS`](super::Network::LAYERS).
    pub layer: usize,
    /// The shape, as views and files have it.
    pub shape: &'static [usize],
    /// Where it starts in the arena; trained parameters come before state.
    pub offset: usize,
    /// The number of its scalars.
    pub len: usize,
    /// The turns of the `repeat` around it, which it is an array over; 1 without. What belongs to a
    /// network in a `repeat` is no array: each turn's has an entry, and a name, of its own.
    pub copies: usize,
    /// Whether optimizers see it.
    pub trained: bool,
    /// Whether weight decay applies: to weights, not to biases or normalisation.
    pub decays: bool,
    /// How `init` fills it.
    pub init: Init,
    /// Inputs of one unit, for initialisers.
    pub fan_in: usize,
    /// Outputs that one input reaches, for initialisers.
    pub fan_out: usize,
    /// How [`prepare`](super::Network::prepare) stores it.
    pub packing: Packing,
    /// Where it starts in a [`Prepared`](crate::predict::Prepared) network: among the matrices, or among the other parameters.
    pub packed: usize,
    /// The penalty that its layer asks for by `l1` and `l2`.
    pub regularizer: Regularizer,
    /// The constraint that its layer asks for by `max_norm`.
    pub max_norm: Option<MaxNorm>,
}

/// How [`prepare`](super::Network::prepare) stores a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    Plain,
    /// Perhaps in fewer bits: inference reads it as the weight of matrix products alone.
    Matrix,
    /// Transformed, which takes four times the memory: it is the weight of convolutions that run by
    /// minimal filtering.
    Filter,
}

//! The heads a network can have.

use super::Head;

macro_rules! heads {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;
        impl Head for $name {
            const NAME: &'static str = $text;
        }
    )*};
}

heads! {
    /// The network ends in `softmax`: its outputs are probabilities that sum to one.
    Softmax = "softmax";
    /// The network ends in `log_softmax`: its outputs are log-probabilities.
    LogSoftmax = "log_softmax";
    /// The network ends in `sigmoid`: each output is a probability of its own.
    Sigmoid = "sigmoid";
    /// The network ends in any other layer: its outputs are plain values, or logits.
    Plain = "plain";
    /// The network has several outputs, each with a head of its own.
    Several = "several";
    /// A declaration with mistakes: it fits every loss, so that they are the only errors.
    Unknown = "unknown";
}

/// A head `H` that losses do not see: the last layer in the turns of a `repeat`, or one whose value
/// another layer reads too. The outputs are no logits.
#[derive(Clone, Copy, Debug)]
pub struct Hidden<H>(core::marker::PhantomData<H>);

impl<H: Head> Head for Hidden<H> {
    const NAME: &'static str = H::NAME;
}

/// A head that losses see: no [`Hidden`] one.
#[diagnostic::on_unimplemented(
    message = "the last layer of this network stands in a `repeat`, or another layer reads it too: losses do not see it",
    label = "the head of this network is `{Self}`",
    note = "write the last layer behind the `repeat`, and once more for the other layer"
)]
pub trait Seen: Head {}

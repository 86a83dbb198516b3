//! Dropout and noise.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Site, dim, float};
use crate::plan::{Buf, Random};

pub(super) fn call(verb: &Random, at: &Site<'_>) -> TokenStream {
    let of = |buf: &Buf| at.of(*buf);
    let (name, arguments) = match verb {
        Random::Dropout { y, x, rate, layer } => {
            let (out, rate, stream) = (of(y), float(*rate), stream(at, *layer));
            if y == x {
                ("dropout_assign", quote!(#out, #rate, #stream))
            } else {
                let x = of(x);
                ("dropout", quote!(#out, #x, #rate, #stream))
            }
        }
        Random::DropoutChannels { y, x, channels, rate, layer } => {
            let (y, x, channels) = (of(y), of(x), dim(channels));
            let (rate, stream) = (float(*rate), stream(at, *layer));
            ("dropout_channels", quote!(#y, #x, rows, #channels, #rate, #stream))
        }
        Random::AddNoise { y, x, deviation, layer } => {
            let (y, x, stream) = (of(y), of(x), stream(at, *layer));
            let deviation = float(*deviation);
            ("add_noise", quote!(#y, #x, #deviation, #stream))
        }
    };
    at.verb(name, arguments)
}

/// The random numbers of a layer at this step.
fn stream(at: &Site<'_>, layer: usize) -> TokenStream {
    let layer = at.operands.layer(layer);
    quote!(__k::Stream { seed: context.seed, step: context.step, layer: #layer })
}

//! Normalisation, softmax among it.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Site, dim, float};
use crate::plan::{Buf, Groups, Normalization};

pub(super) fn call(verb: &Normalization, at: &Site<'_>) -> TokenStream {
    let of = |buf: &Buf| at.of(*buf);
    let optional = |buf: &Option<Buf>| at.optional(*buf);
    let (name, arguments) = match verb {
        Normalization::Softmax { y, x, n } => {
            let (y, x, n) = (of(y), of(x), dim(n));
            ("softmax", quote!(#y, #x, #n))
        }
        Normalization::SoftmaxGrad { dx, dy, y, n } => {
            let (dx, dy, y, n) = (of(dx), of(dy), of(y), dim(n));
            ("softmax_grad", quote!(#dx, #dy, #y, #n))
        }
        Normalization::LogSoftmax { y, x, n } => {
            let (y, x, n) = (of(y), of(x), dim(n));
            ("log_softmax", quote!(#y, #x, #n))
        }
        Normalization::LogSoftmaxGrad { dx, dy, y, n } => {
            let (dx, dy, y, n) = (of(dx), of(dy), of(y), dim(n));
            ("log_softmax_grad", quote!(#dx, #dy, #y, #n))
        }
        Normalization::BatchNorm {
            y,
            mean,
            rstd,
            running_mean,
            running_var,
            x,
            gamma,
            beta,
            momentum,
            epsilon,
        } => {
            let outputs = [y, mean, rstd, running_mean, running_var].map(of);
            let inputs = [x, gamma, beta].map(of);
            let (momentum, epsilon) = (float(*momentum), float(*epsilon));
            ("batch_norm", quote!(#(#outputs),*, #(#inputs),*, #momentum, #epsilon))
        }
        Normalization::BatchNormGrad { dx, dgamma, dbeta, dy, x, gamma, mean, rstd } => {
            let operands = [dx, dgamma, dbeta, dy, x, gamma, mean, rstd].map(of);
            ("batch_norm_grad", quote!(#(#operands),*))
        }
        Normalization::Normalize { y, x, gamma, beta, mean, var, epsilon } => {
            let operands = [y, x, gamma, beta, mean, var].map(of);
            let epsilon = float(*epsilon);
            ("normalize", quote!(#(#operands),*, #epsilon))
        }
        Normalization::NormalizeGrad { dx, dy, gamma, var, epsilon } => {
            let operands = [dx, dy, gamma, var].map(of);
            let epsilon = float(*epsilon);
            ("normalize_grad", quote!(#(#operands),*, #epsilon))
        }
        Normalization::GroupNorm { y, stats, x, gamma, beta, sizes } => {
            let (operands, beta) = ([y, stats, x, gamma].map(of), optional(beta));
            let sizes = groups(sizes);
            ("group_norm", quote!(#(#operands),*, #beta, #sizes))
        }
        Normalization::GroupNormGradInput { dx, dy, x, stats, gamma, sizes } => {
            let (operands, sizes) = ([dx, dy, x, stats, gamma].map(of), groups(sizes));
            ("group_norm_grad_input", quote!(#(#operands),*, #sizes))
        }
        Normalization::GroupNormGradScale { dgamma, dbeta, dy, x, stats, sizes } => {
            let (dgamma, dbeta, sizes) = (of(dgamma), optional(dbeta), groups(sizes));
            let operands = [dy, x, stats].map(of);
            ("group_norm_grad_scale", quote!(#dgamma, #dbeta, #(#operands),*, #sizes))
        }
    };
    at.verb(name, arguments)
}

fn groups(sizes: &Groups) -> TokenStream {
    let [pixels, channels, groups] = [&sizes.pixels, &sizes.channels, &sizes.groups].map(dim);
    let (centred, epsilon) = (sizes.centred, float(sizes.epsilon));
    quote! {
        __k::Groups {
            pixels: #pixels,
            channels: #channels,
            groups: #groups,
            centred: #centred,
            epsilon: #epsilon,
        }
    }
}

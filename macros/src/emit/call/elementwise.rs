//! Functions of single values.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Site, dim, float};
use crate::plan::{Buf, Elementwise};

pub(super) fn call(verb: &Elementwise, at: &Site<'_>) -> TokenStream {
    let of = |buf: &Buf| at.of(*buf);
    let (name, arguments) = match verb {
        Elementwise::Map { y, x, fun } => {
            let (out, fun) = (of(y), super::fun(*fun));
            if y == x {
                ("map_assign", quote!(#out, #fun))
            } else {
                let x = of(x);
                ("map", quote!(#out, #x, #fun))
            }
        }
        Elementwise::MapGrad { dx, dy, kept, fun } => {
            let (out, kept, fun) = (of(dx), of(kept), super::fun(*fun));
            if dx == dy {
                ("map_grad_assign", quote!(#out, #kept, #fun))
            } else {
                let dy = of(dy);
                ("map_grad", quote!(#out, #dy, #kept, #fun))
            }
        }
        Elementwise::Prelu { y, x, alpha } => {
            let operands = [y, x, alpha].map(of);
            ("prelu", quote!(#(#operands),*))
        }
        Elementwise::PreluGradInput { dx, dy, x, alpha } => {
            let operands = [dx, dy, x, alpha].map(of);
            ("prelu_grad_input", quote!(#(#operands),*))
        }
        Elementwise::PreluGradSlope { dalpha, dy, x } => {
            let operands = [dalpha, dy, x].map(of);
            ("prelu_grad_slope", quote!(#(#operands),*))
        }
        Elementwise::Gate { y, x, n, fun } => {
            let (y, x, n, fun) = (of(y), of(x), dim(n), super::fun(*fun));
            ("gate", quote!(#y, #x, #n, #fun))
        }
        Elementwise::GateGrad { dx, dy, x, n, fun } => {
            let (dx, dy, x, n, fun) = (of(dx), of(dy), of(x), dim(n), super::fun(*fun));
            ("gate_grad", quote!(#dx, #dy, #x, #n, #fun))
        }
        Elementwise::Axpby { y, a, b, alpha, beta } => {
            let (out, b, alpha, beta) = (of(y), of(b), float(*alpha), float(*beta));
            if y == a {
                ("axpby_assign", quote!(#out, #b, #alpha, #beta))
            } else {
                let a = of(a);
                ("axpby", quote!(#out, #a, #b, #alpha, #beta))
            }
        }
        Elementwise::Scale { y, x, alpha } => {
            let (out, alpha) = (of(y), float(*alpha));
            if y == x {
                ("scale_assign", quote!(#out, #alpha))
            } else {
                let x = of(x);
                ("scale", quote!(#out, #x, #alpha))
            }
        }
        Elementwise::Multiply { y, a, b } => {
            let (out, b) = (of(y), of(b));
            if y == a {
                ("multiply_assign", quote!(#out, #b))
            } else {
                let a = of(a);
                ("multiply", quote!(#out, #a, #b))
            }
        }
        Elementwise::Maximum { y, a, b } => {
            let (out, b) = (of(y), of(b));
            if y == a {
                ("maximum_assign", quote!(#out, #b))
            } else {
                let a = of(a);
                ("maximum", quote!(#out, #a, #b))
            }
        }
        Elementwise::MaximumGrad { da, dy, a, b } => {
            let operands = [da, dy, a, b].map(of);
            ("maximum_grad", quote!(#(#operands),*))
        }
    };
    at.verb(name, arguments)
}

//! Products of matrices, and the sums beside them.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Site, chain, dim, optional_fun};
use crate::{
    plan::{Buf, Product},
    shape::Dim,
};

pub(super) fn call(verb: &Product, at: &Site<'_>) -> TokenStream {
    let of = |buf: &Buf| at.of(*buf);
    let optional = |buf: &Option<Buf>| at.optional(*buf);
    let (name, arguments) = match verb {
        Product::Gemm { y, x, w, bias, fun, m, k, n } => {
            let (y, x, w, bias, fun) = (of(y), of(x), of(w), optional(bias), optional_fun(*fun));
            let (rows, k, n) = (rows(m), dim(k), dim(n));
            return at.stored("gemm", quote!(#y, #x, #w, #bias, #fun, #rows, #k, #n));
        }
        Product::DenseChain { y, x, layers } => {
            return chain::dense(*y, *x, layers, at);
        }
        Product::GemmGradInput { dx, dy, w, m, k, n } => {
            let (dx, dy, w, rows, k, n) = (of(dx), of(dy), of(w), rows(m), dim(k), dim(n));
            ("gemm_grad_input", quote!(#dx, #dy, #w, #rows, #k, #n))
        }
        Product::GemmGradWeight { dw, x, dy, m, k, n } => {
            let (dw, x, dy, rows, k, n) = (of(dw), of(x), of(dy), rows(m), dim(k), dim(n));
            ("gemm_grad_weight", quote!(#dw, #x, #dy, #rows, #k, #n))
        }
        Product::AddBias { y, bias } => {
            let (y, bias) = (of(y), of(bias));
            ("add_bias", quote!(#y, #bias))
        }
        Product::SumRows { db, dy } => {
            let (db, dy) = (of(db), of(dy));
            ("sum_rows", quote!(#db, #dy))
        }
    };
    at.verb(name, arguments)
}

/// The rows of a matrix with `m` of them a sample.
fn rows(m: &Dim) -> TokenStream {
    let factor = dim(m);
    if *m == Dim::ONE { quote!(rows) } else { quote!(rows * #factor) }
}

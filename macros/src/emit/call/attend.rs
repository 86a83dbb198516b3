//! Attention.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Site, dim, usize_literal};
use crate::plan::{Attend, Attention, Buf};

pub(super) fn call(verb: &Attend, at: &Site<'_>) -> TokenStream {
    let of = |buf: &Buf| at.of(*buf);
    let (name, arguments) = match verb {
        Attend::Attention { y, stats, q, k, v, sizes } => {
            let (operands, sizes) = ([y, stats, q, k, v].map(of), attention(sizes));
            ("attention", quote!(#(#operands),*, rows, #sizes))
        }
        Attend::AttentionGrad { dq, dk, dv, dy, y, stats, q, k, v, sizes } => {
            let operands = [dq, dk, dv, dy, y, stats, q, k, v].map(of);
            let sizes = attention(sizes);
            ("attention_grad", quote!(#(#operands),*, rows, #sizes))
        }
        Attend::Rotate { y, table, heads, d, back } => {
            let (y, table, heads, d) = (of(y), of(table), usize_literal(*heads), dim(d));
            ("rotate", quote!(#y, #table, #heads, #d, #back))
        }
        Attend::RotateAt { y, table, d } => {
            let (y, table, d) = (of(y), of(table), dim(d));
            ("rotate_at", quote!(#y, #table, #d, time))
        }
        Attend::AttentionStep { y, q, k, v, keys, values, sizes } => {
            let [y, q, k, v] = [y, q, k, v].map(of);
            let ([keys, values], sizes) = ([keys, values].map(of), attention(sizes));
            let step = quote! {
                __k::AttentionStep {
                    y: #y,
                    q: #q,
                    k: #k,
                    v: #v,
                    keys: #keys,
                    values: #values,
                    sizes: #sizes,
                }
            };
            ("attention_step", quote!(&mut #step, time))
        }
    };
    at.verb(name, arguments)
}

fn attention(sizes: &Attention) -> TokenStream {
    let [time, key_time, head_size] = [&sizes.time, &sizes.key_time, &sizes.head_size].map(dim);
    let [heads, key_value_heads] = [sizes.heads, sizes.key_value_heads].map(usize_literal);
    let causal = sizes.causal;
    quote! {
        __k::Attention {
            time: #time,
            key_time: #key_time,
            heads: #heads,
            key_value_heads: #key_value_heads,
            head_size: #head_size,
            causal: #causal,
        }
    }
}

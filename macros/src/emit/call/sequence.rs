//! Recurrent layers, and what is done at one time step.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Site, chain, dim};
use crate::plan::{Buf, Cell, Recurrence, Sequence};

pub(super) fn call(verb: &Sequence, at: &Site<'_>) -> TokenStream {
    let of = |buf: &Buf| at.of(*buf);
    let optional = |buf: &Option<Buf>| at.optional(*buf);
    let (name, arguments) = match verb {
        Sequence::CausalChain { y, x, layers } => {
            return chain::causal(*y, *x, layers, at);
        }
        Sequence::AddRow { y, x, table } => {
            let operands = [y, x, table].map(of);
            ("add_row", quote!(#(#operands),*, time))
        }
        Sequence::RunningMean { y, mean, x } => {
            let operands = [y, mean, x].map(of);
            ("running_mean", quote!(#(#operands),*, time))
        }
        Sequence::Recur { y, gates, before, cells, packed, u, bias, sizes } => {
            let [y, gates, before, packed, u] = [y, gates, before, packed, u].map(of);
            let (cells, bias, sizes) = (optional(cells), optional(bias), recurrence(sizes));
            ("recur", quote!(#y, #gates, #before, #cells, #packed, #u, #bias, rows, #sizes))
        }
        Sequence::RecurStep {
            y,
            x,
            state,
            cells,
            products,
            w,
            u,
            bias,
            recurrent_bias,
            cell,
            k,
            units,
        } => {
            let [y, x, state, products, w, u] = [y, x, state, products, w, u].map(of);
            let [cells, bias, recurrent_bias] = [cells, bias, recurrent_bias].map(optional);
            let (cell, k, units) = (cell_name(*cell), dim(k), dim(units));
            let layer = quote! {
                __k::RecurStep {
                    cell: __k::Cell::#cell,
                    y: #y,
                    x: #x,
                    state: #state,
                    cells: #cells,
                    products: #products,
                    w: #w,
                    u: #u,
                    bias: #bias,
                    recurrent_bias: #recurrent_bias,
                    k: #k,
                    units: #units,
                }
            };
            ("recur_step", quote!(&mut #layer))
        }
        Sequence::RecurGrad { gates, recurrent, carry, packed, dy, u, before, cells, sizes } => {
            let [recurrent, carry, cells] = [recurrent, carry, cells].map(optional);
            let (gates, sizes) = (of(gates), recurrence(sizes));
            let inputs = [packed, dy, u, before].map(of);
            let arguments = quote!(#gates, #recurrent, #carry, #(#inputs),*, #cells, rows, #sizes);
            ("recur_grad", arguments)
        }
    };
    at.verb(name, arguments)
}

fn cell_name(cell: Cell) -> TokenStream {
    match cell {
        Cell::RnnTanh => quote!(RnnTanh),
        Cell::RnnRelu => quote!(RnnRelu),
        Cell::Gru => quote!(Gru),
        Cell::Lstm => quote!(Lstm),
    }
}

fn recurrence(sizes: &Recurrence) -> TokenStream {
    let cell = cell_name(sizes.cell);
    let [steps, units, slots] = [&sizes.steps, &sizes.units, &sizes.slots].map(dim);
    let (reverse, sequences) = (sizes.reverse, sizes.sequences);
    quote! {
        __k::Recurrence {
            cell: __k::Cell::#cell,
            steps: #steps,
            units: #units,
            slots: #slots,
            reverse: #reverse,
            sequences: #sequences,
        }
    }
}

//! Gradients of large weights, which a trainer may compute itself.

use proc_macro2::TokenStream;
use quote::quote;

use super::{dim, emitter::Emitter, operands::Operands, usize_literal};
use crate::plan::{Product, Step, Verb};

impl Emitter<'_> {
    /// Where the weights lie, and what their gradients are products of; both are provided for none.
    pub(super) fn deferred(&self, steps: &[Step], split: &TokenStream) -> Option<TokenStream> {
        let (ranges, calls): (Vec<_>, Vec<_>) = steps
            .iter()
            .enumerate()
            .filter_map(|(number, step)| self.product(number, step))
            .unzip();
        (!calls.is_empty()).then(|| {
            quote! {
                const DEFERRED: &'static [::core::ops::Range<usize>] = &[#(#ranges),*];

                fn deferred<const __B: usize>(
                    inputs: &[Self::Input],
                    tape: &mut Self::Tape<{ __B }>,
                    see: &mut impl ::core::ops::FnMut(usize, __k::WeightGradient<'_, Self::Scalar>),
                ) {
                    let rows = __k::rows::<{ __B }>(inputs.len());
                    let input = <Self::Input as __k::Array>::flat(inputs);
                    #split
                    let (row, fixed, index) = tape.split();
                    #(#calls)*
                }
            }
        })
    }

    fn product(&self, number: usize, step: &Step) -> Option<(TokenStream, TokenStream)> {
        let Verb::Product(Product::GemmGradWeight { dw, x, dy, k, n, .. }) = &step.verb else {
            return None;
        };
        let operands = Operands::new(self, &[], &[*x, *dy], &[]);
        let (x, dy, range) = (operands.of(*x), operands.of(*dy), self.span(*dw));
        let (number, k, n) = (usize_literal(number), dim(k), dim(n));
        let gradient =
            quote!(__k::WeightGradient { x: #x, dy: #dy, rows, inputs: #k, outputs: #n });
        Some((range, quote!(see(#number, #gradient);)))
    }
}

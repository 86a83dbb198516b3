//! What stands for a network that has mistakes: the type with all its methods, so that one mistake
//! stays one error and nothing that uses the type fails besides.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Items, array, assemble, networks, ports, scalar, step, views};
use crate::{model::Model, plan::lower, syntax::Spec};

/// The items of a network with mistakes; its programs are empty.
pub(crate) fn stubs(spec: &Spec, model: &Model) -> TokenStream {
    let scalar = scalar(spec);
    let input = array(&scalar, &spec.input.value);
    let output = array(&scalar, &spec.output.value);
    let head = if spec.outputs.len() > 1 { quote!(Several) } else { quote!(Unknown) };
    let sizes = networks::sizes(model);
    let part = spec.part.then(|| networks::part(model, &spec.name, None));
    let items = Items {
        types: quote! {
            type Input = #input;
            type Scratch<const __B: usize> = __k::Buffers<#scalar, 1, 0, 0, { __B }>;
            type Tape<const __B: usize> = __k::Buffers<#scalar, 1, 0, 0, { __B }>;
        },
        consts: quote! {
            const INPUT_SHAPE: &'static [usize] = &[];
            const OUTPUT_SHAPE: &'static [usize] = &[];
            const PARAMETERS: usize = 0;
            const MACS: usize = 0;
            const LAYERS: &'static [__k::LayerInfo] = &[];
            const PARAMS: &'static [__k::ParamInfo] = &[];
            const ARCHITECTURE: &'static str = "";
            const FINGERPRINT: &'static str = "";
            const TRAINED: usize = 0;
            const STATE: usize = 0;
        },
        methods: methods(),
        views: views::views(spec, model, &lower::place_params(model).0),
        causal: step::stub(spec),
        ends: quote! {
            type Scalar = #scalar;
            type Output = #output;
            type Head = __k::head::#head;
            const CLASSES: usize = 1;
        },
        ports: ports::impls(spec, model, false),
        networks: quote!(#sizes #part),
    };
    assemble(spec, &[], &items)
}

fn methods() -> TokenStream {
    let broken = quote!(::core::panic!("this network has errors"));
    quote! {
        fn infer_from<'s, const __B: usize>(
            weights: impl __k::Source<Self::Scalar>,
            cpu: __k::Cpu,
            inputs: &[Self::Input],
            scratch: &'s mut Self::Scratch<{ __B }>,
        ) -> &'s [Self::Output] {
            #broken
        }

        fn forward_with<const __B: usize>(
            weights: (&[Self::Scalar], &mut [Self::Scalar]),
            context: __k::Context,
            inputs: &[Self::Input],
            tape: &mut Self::Tape<{ __B }>,
            watch: &mut impl ::core::ops::FnMut(usize, &[Self::Scalar]),
        ) {
            #broken
        }

        fn seam<const __B: usize>(
            tape: &mut Self::Tape<{ __B }>,
            rows: usize,
            entry: __k::Entry,
        ) -> (&[Self::Output], &mut [Self::Output]) {
            #broken
        }

        fn backward_until_deferred<const __B: usize>(
            weights: (&[Self::Scalar], &[Self::Scalar]),
            context: __k::Context,
            entry: __k::Entry,
            inputs: &[Self::Input],
            tape: &mut Self::Tape<{ __B }>,
            gradients: &mut [Self::Scalar],
        ) {
            #broken
        }
    }
}

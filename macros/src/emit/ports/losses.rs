//! What compares several outputs: losses, metrics and evaluation.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{losses_name, marker_name, output_name, parameters, ranges, types};
use crate::{
    emit::{array, lints, scalar, usize_literal},
    layer::Head,
    model::Model,
    syntax::Spec,
};

/// The struct of losses is cloned where all losses are: a trainer takes one, an evaluator another.
pub(super) fn clone(spec: &Spec) -> TokenStream {
    let (lints, name, losses) = (lints(), losses_name(spec), types(spec));
    let names = spec.outputs.iter().map(|port| &port.name);
    quote! {
        #[automatically_derived]
        #lints
        impl<#(#losses: ::core::clone::Clone),*> ::core::clone::Clone for #name<#(#losses),*> {
            fn clone(&self) -> Self {
                Self { #(#names: ::core::clone::Clone::clone(&self.#names)),* }
            }
        }
    }
}

/// The struct of losses is a loss.
pub(super) fn losses(spec: &Spec) -> TokenStream {
    let (lints, network, name) = (lints(), &spec.name, losses_name(spec));
    let (scalar, output) = (scalar(spec), output_name(spec));
    let flat = array(&scalar, &spec.output.value);
    let losses = types(spec);
    let targets = parameters(spec, "Target");
    let markers: Vec<_> = spec.outputs.iter().map(|port| marker_name(spec, port)).collect();
    let names: Vec<_> = spec.outputs.iter().map(|port| &port.name).collect();
    let texts = names.iter().map(ToString::to_string);
    // No other name of the function begins like these.
    let gradients: Vec<_> = names.iter().map(|name| format_ident!("d_{name}")).collect();
    let arrays = spec.outputs.iter().map(|port| array(&scalar, &port.shape.value));
    let indices: Vec<_> = (0..names.len()).map(usize_literal).collect();
    let ranges = ranges(&spec.outputs);
    let one = quote!(::core::slice::from_ref);
    quote! {
        #[automatically_derived]
        #lints
        impl<#(#losses,)* #(#targets),*> __k::Loss<#network, (#(#targets,)*)> for #name<#(#losses),*>
        where
            #(#losses: __k::Loss<#markers, #targets>),*
        {
            const ENTRY: __k::Entry =
                __k::Entry::each(&[#(<#losses as __k::Loss<#markers, #targets>>::ENTRY),*]);
            const SEPARABLE: bool = true;

            fn check(&self, target: &(#(#targets,)*)) -> ::core::result::Result<(), __k::TargetError> {
                #(__k::Loss::<#markers, #targets>::check(&self.#names, &target.#indices)
                    .map_err(|error| error.of(#texts))?;)*
                ::core::result::Result::Ok(())
            }

            fn value(&self, outputs: &[#flat], targets: &[(#(#targets,)*)]) -> f64 {
                let mut sum = 0.0;
                for (output, target) in outputs.iter().zip(targets) {
                    let output = #output::from(output);
                    #(sum += __k::Loss::<#markers, #targets>::value(
                        &self.#names,
                        #one(output.#names),
                        #one(&target.#indices),
                    );)*
                }
                sum / outputs.len().max(1) as f64
            }

            fn gradient(
                &self,
                outputs: &[#flat],
                targets: &[(#(#targets,)*)],
                d: &mut [#flat],
            ) -> f64 {
                let (mut sum, rows) = (0.0, outputs.len().max(1) as f64);
                for ((output, target), d) in outputs.iter().zip(targets).zip(&mut *d) {
                    let output = #output::from(output);
                    let [#(#gradients),*] = __k::parts(d, [#(#ranges),*]);
                    #(sum += __k::Loss::<#markers, #targets>::gradient(
                        &self.#names,
                        #one(output.#names),
                        #one(&target.#indices),
                        <#arrays as __k::Array>::rows_mut(#gradients),
                    );)*
                }
                let share = <#scalar as __k::Scalar>::from_f64(1.0 / rows);
                d.as_flattened_mut().iter_mut().for_each(|d| *d *= share);
                sum / rows
            }
        }
    }
}

/// The metrics of every output: `NetOutput::policy(Accuracy)`.
pub(super) fn metrics(spec: &Spec) -> TokenStream {
    let (lints, network, name) = (lints(), &spec.name, output_name(spec));
    let targets = parameters(spec, "Target");
    let metric = format_ident!("{network}Metric");
    let each = spec.outputs.iter().zip(&targets).enumerate().map(|(index, (port, target))| {
        let (marker, field, index) = (marker_name(spec, port), &port.name, usize_literal(index));
        let text = field.to_string();
        let doc = format!("A metric of the output `{text}`.");
        quote! {
            #[automatically_derived]
            #lints
            impl<#(#targets),*> __k::PartOf<#network, (#(#targets,)*)> for #marker {
                type Target = #target;

                fn output(outputs: &<#network as __k::Outputs>::Output) -> &Self::Output {
                    #name::from(outputs).#field
                }

                fn target(targets: &(#(#targets,)*)) -> &#target {
                    &targets.#index
                }
            }

            #[automatically_derived]
            #lints
            impl #name<'_> {
                #[doc = #doc]
                pub fn #field<#metric>(metric: #metric) -> __k::OfOutput<#marker, #metric> {
                    __k::OfOutput::new(#text, metric)
                }
            }
        }
    });
    quote!(#(#each)*)
}

/// How `evaluate` compares the outputs: by the loss and the metric that suit the head of each.
pub(super) fn evaluation(spec: &Spec, model: &Model) -> TokenStream {
    let (lints, network) = (lints(), &spec.name);
    let (losses, output) = (losses_name(spec), output_name(spec));
    let names: Vec<_> = spec.outputs.iter().map(|port| &port.name).collect();
    let given = parameters(spec, "Target");
    let (mut bounds, mut targets, mut chosen) = (Vec::new(), Vec::new(), Vec::new());
    let mut metrics = Vec::new();
    for ((port, end), ty) in spec.outputs.iter().zip(&model.ends).zip(&given) {
        let (loss, metric, of_classes) = match end.head.0 {
            Head::Softmax => ("CrossEntropy", "Accuracy", true),
            Head::LogSoftmax => ("NegativeLogLikelihood", "Accuracy", true),
            Head::Sigmoid => ("BinaryCrossEntropy", "BinaryAccuracy", false),
            Head::Plain | Head::Hidden(_) => ("MeanSquaredError", "MeanAbsolute", false),
        };
        chosen.push(format_ident!("{loss}"));
        metrics.push(format_ident!("{metric}"));
        bounds.push(of_classes.then(|| quote!(: __k::ClassTarget)));
        targets.push(if of_classes {
            quote!(#ty)
        } else {
            array(&scalar(spec), &port.shape.value)
        });
    }
    let target = quote!((#(#targets,)*));
    let source = format_ident!("{network}Source");
    quote! {
        #[automatically_derived]
        #lints
        impl<#(#given #bounds),*> __k::DefaultEvaluation<#network, (#(#given,)*)>
            for __k::head::Several
        {
            type Target = #target;

            fn evaluator<#source: __k::Predict<Network = #network>>(
                net: &#source,
            ) -> __k::Evaluator<'_, #source, #target> {
                __k::Evaluator::new(net, #losses { #(#names: __k::#chosen),* })
                    #(.metric(#output::#names(__k::#metrics)))*
            }
        }
    }
}

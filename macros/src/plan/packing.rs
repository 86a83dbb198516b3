//! Where parameters lie in prepared weights: those that inference reads as the weight of matrix
//! products alone in one arena, which may hold them in fewer bits, all others in a second.

use super::{Plan, PlanParam, Program, Space, Verb};
use crate::shape::Dim;

/// Parameters start at multiples of this: a cache line of the narrowest scalar, of two bytes.
const ALIGN: usize = 32;

/// The place of one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    /// In which of the two arenas.
    pub(crate) matrix: bool,
    pub(crate) offset: Dim,
}

/// The places of [`Plan::params`].
pub(crate) fn pack(plan: &Plan) -> Vec<Packed> {
    let mut ends = [Dim::ZERO, Dim::ZERO];
    let matrices = matrices(&plan.inference, plan.params.len());
    let place = |(param, matrix): (&PlanParam, bool)| {
        let end = &mut ends[usize::from(matrix)];
        let offset = end.clone();
        *end = Dim::sum([offset.clone(), param.shape.len().round_up(ALIGN)]);
        Packed { matrix, offset }
    };
    plan.params.iter().zip(matrices).map(place).collect()
}

/// Whether each parameter is read, and as nothing but the weight of products.
fn matrices(program: &Program, params: usize) -> impl Iterator<Item = bool> {
    let mut matrices = vec![None; params];
    for step in &program.steps {
        for buf in step.verb.reads() {
            if let Space::Param(param) = program.buffers[buf.0].space {
                let weight = matches!(&step.verb, Verb::Gemm { w, .. } if *w == buf);
                matrices[param] = Some(weight && matrices[param] != Some(false));
            }
        }
    }
    matrices.into_iter().map(|matrix| matrix == Some(true))
}

#[cfg(test)]
mod tests {
    use super::{Packed, PlanParam, pack};
    use crate::plan::{optimize, sample};

    fn packed(network: &str) -> Vec<String> {
        let plan = optimize::optimize(sample::plan(network));
        let places = pack(&plan);
        let describe = |(param, place): (&PlanParam, &Packed)| {
            let arena = if place.matrix { "matrices" } else { "values" };
            format!("{} of {}: {arena} {}", param.name, param.node, place.offset)
        };
        plan.params.iter().zip(&places).map(describe).collect()
    }

    #[test]
    fn weights_of_products_are_matrices() {
        assert_eq!(
            packed("[6] -> [2] { dense(7), batch_norm, dense(40), tanh, dense(2) }"),
            [
                "weight of 0: matrices 0",
                "bias of 0: values 0",
                "gamma of 1: values 32",
                "beta of 1: values 64",
                "weight of 2: matrices 64",
                "bias of 2: values 96",
                "weight of 4: matrices 352",
                "bias of 4: values 160",
                "mean of 1: values 192",
                "var of 1: values 224",
            ]
        );
    }

    #[test]
    fn weights_of_chains_are_not() {
        let places = packed("[6] -> [2] { dense(7), tanh, dense(2) }");
        assert_eq!(places[2], "weight of 2: values 96");
    }

    #[test]
    fn weights_of_convolutions_are_not() {
        let places = packed("[6, 6, 1] -> [2] { conv2d(4, kernel = 3), flatten, dense(2) }");
        assert_eq!(places[0], "weight of 0: values 0");
        assert_eq!(places[2], "weight of 2: matrices 0");
    }

    #[test]
    fn frozen_weights_are_matrices_too() {
        let places = packed("[6] -> [2] { #[freeze] dense(40), tanh, dense(2) }");
        assert_eq!(places[2], "weight of 0: matrices 96");
    }
}

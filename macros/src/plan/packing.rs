//! Where parameters lie in prepared weights: those that inference reads as the weight of matrix
//! products alone in one arena, which may hold them in fewer bits, all others in a second, there those
//! of minimal filtering transformed.

use std::collections::BTreeMap;

use super::{Buf, Convolution, Nested, Plan, PlanParam, Product, Program, Space, Step, Verb};
use crate::{layer::network::Inner, shape::Dim};

/// Parameters start at multiples of this: a cache line of the narrowest scalar, of two bytes.
const ALIGN: usize = 32;

/// The place of one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) packing: Packing,
    pub(crate) offset: Dim,
}

/// How a parameter is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As it is.
    Plain,
    /// In the arena of matrices.
    Matrix,
    /// Transformed, in so many scalars.
    Filter(Dim),
}

/// The places of [`Plan::params`]. The trained range of a network that is a layer stands for its
/// matrices, its state for all its other parameters.
pub(crate) fn pack(plan: &Plan) -> Vec<Packed> {
    let mut ends = [Dim::ZERO, Dim::ZERO];
    let mut reads = Reads::new();
    note_reads(plan, &mut reads);
    let networks = networks(plan);
    let place = |param: &PlanParam| {
        let inner = networks.get(&param.node);
        let packing = match (inner, reads.get(&key(param))) {
            (Some(_), _) if param.name == "trained" => Packing::Matrix,
            (None, Some(Packing::Filter(_))) if !param.turns.is_empty() => Packing::Plain,
            (None, Some(packing)) => packing.clone(),
            _ => Packing::Plain,
        };
        let room = match (inner, &packing) {
            (Some(inner), Packing::Matrix) => inner.symbol("MATRICES").over_turns(&param.turns),
            (Some(inner), _) => inner.symbol("VALUES").over_turns(&param.turns),
            (None, Packing::Filter(len)) => len.round_up(ALIGN),
            (None, _) => param.whole_len().round_up(ALIGN),
        };
        let end = &mut ends[usize::from(packing == Packing::Matrix)];
        let offset = end.clone();
        *end = Dim::sum([offset.clone(), room]);
        Packed { packing, offset }
    };
    plan.params.iter().map(place).collect()
}

/// The places of those among `params` that a `repeat` has within.
pub(crate) fn within(params: &[PlanParam], places: &[Packed], of: &[PlanParam]) -> Vec<Packed> {
    let places: BTreeMap<_, _> = params.iter().map(key).zip(places).collect();
    of.iter().map(|param| places[&key(param)].clone()).collect()
}

/// The networks that are layers, by their index.
fn networks(plan: &Plan) -> BTreeMap<usize, &Inner> {
    plan.inference.steps.iter().flat_map(networks_of).collect()
}

fn networks_of(step: &Step) -> BTreeMap<usize, &Inner> {
    match &step.verb {
        Verb::Nested(Nested::Network { inner, .. }) => BTreeMap::from([(step.node, &**inner)]),
        Verb::Nested(Nested::Repeat { turns, .. }) => networks(&turns.plan),
        _ => BTreeMap::new(),
    }
}

/// Names a parameter in the plan of a network and in those of its turns.
type Key = (usize, &'static str);

fn key(param: &PlanParam) -> Key {
    (param.node, param.name)
}

/// The parameters that are read, and how they may be stored for all their readers.
type Reads = BTreeMap<Key, Packing>;

fn note_reads(plan: &Plan, reads: &mut Reads) {
    note_reads_of(plan, &plan.inference, reads);
    if let Some(stepping) = &plan.stepping {
        note_reads_of(plan, &stepping.program, reads);
    }
}

fn note_reads_of(plan: &Plan, program: &Program, reads: &mut Reads) {
    for step in &program.steps {
        if let Verb::Nested(Nested::Repeat { turns, .. }) = &step.verb {
            note_reads(&turns.plan, reads);
            continue;
        }
        for buf in step.verb.reads() {
            if let Space::Param(param) = program.buffers[buf.0].space {
                let wanted = wanted(&step.verb, buf);
                let packing = reads.entry(key(&plan.params[param])).or_insert(wanted.clone());
                if *packing != wanted {
                    *packing = Packing::Plain;
                }
            }
        }
    }
}

/// How a step would have one of its operands stored.
fn wanted(verb: &Verb, buf: Buf) -> Packing {
    match verb {
        Verb::Product(Product::Gemm { w, .. }) if *w == buf => Packing::Matrix,
        Verb::Convolution(Convolution::Conv2d { room: Some(_), w, conv, .. })
            if *w == buf && !conv.is_little() =>
        {
            conv.filter().map_or(Packing::Plain, Packing::Filter)
        }
        _ => Packing::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::{Packed, Packing, PlanParam, pack};
    use crate::plan::{optimize, sample};

    fn packed(network: &str) -> Vec<String> {
        let plan = optimize::optimize(sample::plan(network));
        let places = pack(&plan);
        let describe = |(param, place): (&PlanParam, &Packed)| {
            let arena = match &place.packing {
                Packing::Plain => "values".to_owned(),
                Packing::Matrix => "matrices".to_owned(),
                Packing::Filter(len) => format!("values, {len} scalars,"),
            };
            format!("{} of {}: {arena} {}", param.name, param.node, place.offset)
        };
        plan.params.iter().zip(&places).map(describe).collect()
    }

    #[test]
    fn weights_of_products_are_matrices() {
        assert_eq!(
            packed("[40] -> [2] { dense(48), batch_norm, dense(40), tanh, dense(2) }"),
            [
                "weight of 0: matrices 0",
                "bias of 0: values 0",
                "gamma of 1: values 64",
                "beta of 1: values 128",
                "weight of 2: matrices 1920",
                "bias of 2: values 192",
                "weight of 4: matrices 3840",
                "bias of 4: values 256",
                "mean of 1: values 288",
                "var of 1: values 352",
            ]
        );
    }

    #[test]
    fn weights_of_convolutions_and_of_chains_are_not() {
        let network =
            "[6, 6, 1] -> [2] { conv2d(4, kernel = 3), flatten, dense(8), dense(8), dense(2) }";
        let places = packed(network);
        assert_eq!(places[0], "weight of 0: values 0");
        assert_eq!(places[2], "weight of 2: matrices 0");
        assert!(places[4].starts_with("weight of 3: values"), "{places:?}");
        assert!(places[6].starts_with("weight of 4: values"), "{places:?}");
    }

    #[test]
    fn weights_of_turns_lie_one_behind_the_other() {
        let places = packed(
            "[40] -> [2] { repeat(3) { dense(40), tanh, repeat(2) { #[freeze] dense(40) }, batch_norm },
                repeat(2) { dense(2, bias = false), dense(40, bias = false) }, dense(2) }",
        );
        assert_eq!(
            places,
            [
                "weight of 0: matrices 0",
                "bias of 0: values 0",
                "gamma of 4: values 128",
                "beta of 4: values 256",
                "weight of 6: matrices 4800",
                "weight of 7: matrices 4960",
                "weight of 9: matrices 5120",
                "bias of 9: values 384",
                "weight of 2: matrices 5216",
                "bias of 2: values 416",
                "mean of 4: values 672",
                "var of 4: values 800",
            ]
        );
    }

    #[test]
    fn weights_of_minimal_filtering_are_transformed() {
        let places = packed(
            "[8, 8, 16] -> [4, 4, 32] { conv2d(32, kernel = 3),
                repeat(2) { conv2d(32, kernel = 3, padding = 1) }, conv2d(32, kernel = 3) }",
        );
        let [filter, turn, last] = [0, 2, 4].map(|at| &places[at][..]);
        assert_eq!(filter, "weight of 0: values, 19008 scalars, 0");
        assert_eq!(turn, "weight of 1: values 19040");
        assert_eq!(last, "weight of 3: values 37536", "one tile is too little");
    }

    #[test]
    fn weights_of_chains_in_turns_are_values() {
        let places = packed("[4] -> [4] { repeat(3) { dense(4), tanh, dense(4) } }");
        assert_eq!(places[0], "weight of 0: values 0");
        assert_eq!(places[2], "weight of 2: values 96");
    }

    #[test]
    fn networks_come_last_and_have_both_kinds() {
        assert_eq!(
            packed("[40] -> [2] { body: Backbone -> [48], batch_norm, dense(2) }"),
            [
                "gamma of 1: values 0",
                "beta of 1: values 64",
                "weight of 2: matrices 0",
                "bias of 2: values 128",
                "trained of 0: matrices 96",
                "mean of 1: values 160",
                "var of 1: values 224",
                "state of 0: values 288",
            ]
        );
    }

    #[test]
    fn networks_in_turns_have_room_for_each() {
        let places = packed(
            "[40] -> [2] { repeat(3) { repeat(2) { body: Backbone -> [40] }, dense(40) }, dense(2) }",
        );
        assert_eq!(places[4..], ["trained of 0: matrices 4896", "state of 0: values 160",]);
        let places = packed("[40] -> [40] { repeat(3) { a: A -> [40], b: B -> [40] } }");
        assert_eq!(places[1], "trained of 1: matrices 3 * A_MATRICES");
        assert_eq!(places[3], "state of 1: values 3 * A_VALUES");
    }

    #[test]
    fn frozen_weights_are_matrices_too() {
        let places = packed("[40] -> [2] { #[freeze] dense(48), tanh, dense(2) }");
        assert_eq!(places[2], "weight of 0: matrices 96");
    }
}

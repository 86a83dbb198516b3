//! A batch in parts: threads train on parts of it at the same time, and a part is small enough for its
//! values to stay in the caches on their way forward and back.
//!
//! Gradients are sums over the samples. The parts of a lane are added one after the other, then the
//! lanes in order; how a batch is divided depends on the network and on its size alone, never on the
//! threads, and so do the bits.

use std::ops::Range;

use super::{AnyLoss, epoch::Batch};
use crate::{
    array::Array,
    buffer::Block,
    kernel::Verbs,
    network::{Context, Network, Packing},
    parallel::each,
    simd::{Cpu, Scalar},
};

/// Multiply-accumulates of a lane, at least: below, threads would wait longer than they work.
const WORK: usize = 4_000_000;

/// Bytes that stay in the second cache of a core.
const CACHE: usize = 2 << 20;

/// How batches are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Division {
    /// Lanes with gradients of their own.
    pub(super) lanes: usize,
    /// Parts of each lane.
    parts: usize,
}

impl Division {
    /// All samples at once.
    pub(super) const WHOLE: Self = Self { lanes: 1, parts: 1 };

    /// The division of batches of `rows` samples of the network `N`: two lanes, whose threads share the
    /// work of single layers where there are more than two.
    pub(super) const fn of<N: Network>(rows: usize) -> Self {
        let bytes = size_of::<N::Tape<2>>() - size_of::<N::Tape<1>>();
        Self::by(rows, multiplications::<N>(), bytes, N::TRAINED)
    }

    /// The same for samples of so many multiply-accumulates and bytes of values, and so many trained
    /// parameters.
    ///
    /// Every part reads all parameters and writes all gradients. Where these do not stay in the cache
    /// themselves, a part has enough samples for that to take little time beside the arithmetic.
    const fn by(rows: usize, macs: usize, bytes: usize, parameters: usize) -> Self {
        let is_light = parameters <= CACHE / 8;
        let enough = if is_light || macs == 0 { 1 } else { 256 * parameters / macs + 1 };
        let lanes = if rows * macs >= 2 * WORK && rows >= 2 * enough { 2 } else { 1 };
        let lane = rows / lanes;
        let fitting = (lane * bytes).div_ceil(CACHE);
        let most = if lane >= enough { lane / enough } else { 1 };
        let parts = if fitting < most { fitting } else { most };
        Self { lanes, parts: if parts == 0 { 1 } else { parts } }
    }

    /// The number of parts.
    pub(super) const fn parts(self) -> usize {
        self.lanes * self.parts
    }

    /// The samples of a part, of `rows`.
    fn rows(self, part: usize, rows: usize) -> Range<usize> {
        part * rows / self.parts()..(part + 1) * rows / self.parts()
    }

    /// The samples of the parts of some lanes, each with the context that it draws random numbers in.
    pub(super) fn of_lanes(
        self,
        lanes: Range<usize>,
        context: Context,
        rows: usize,
    ) -> impl Iterator<Item = (Context, Range<usize>)> {
        (lanes.start * self.parts..lanes.end * self.parts)
            .map(move |part| (self.context(context, part), self.rows(part, rows)))
    }

    /// No two parts of a run draw the same numbers.
    const fn context(self, context: Context, part: usize) -> Context {
        if self.lanes * self.parts == 1 {
            return context;
        }
        Context { step: (context.step + 1) << 20 | part as u64, ..context }
    }
}

/// Multiplications of a sample: minimal filtering does a quarter of those of the sums it stands for.
const fn multiplications<N: Network>() -> usize {
    let (mut left, mut at) = (N::MACS, 0);
    while at < N::PARAMS.len() {
        if matches!(N::PARAMS[at].packing, Packing::Filter) {
            left = left.saturating_sub(N::LAYERS[N::PARAMS[at].layer].macs / 4 * 3);
        }
        at += 1;
    }
    left
}

/// What goes through some parts of a batch, one after the other.
pub(super) struct Lane<N: Network, const B: usize> {
    pub(super) tape: Box<N::Tape<B>>,
    /// What no optimizer sees, and no batch moves.
    state: Block<N::Scalar>,
    /// Gradients of all parts so far, and of one of them.
    pub(super) sum: Block<N::Scalar>,
    part: Block<N::Scalar>,
    outputs: Vec<N::Output>,
    loss: f64,
}

impl<N: Network, const B: usize> Lane<N, B> {
    pub(super) fn new(state: &[N::Scalar]) -> Self {
        let mut own = Block::zeroed(state.len());
        own.copy_from_slice(state);
        let outputs = Vec::with_capacity(B);
        let (sum, part) = (N::gradients(), N::gradients());
        Self { tape: N::tape::<B>(), state: own, sum, part, outputs, loss: 0.0 }
    }

    /// Goes through the parts of a lane with a state of its own.
    fn run<Y>(&mut self, pass: &Pass<'_, N, Y>, division: Division, lane: usize) {
        let mut state = std::mem::replace(&mut self.state, Block::zeroed(0));
        self.run_with(pass, division, lane, &mut state);
        self.state = state;
    }

    /// Goes through the parts of a lane: the loss and the gradients are its share of the batch's.
    pub(super) fn run_with<Y>(
        &mut self,
        pass: &Pass<'_, N, Y>,
        division: Division,
        lane: usize,
        state: &mut [N::Scalar],
    ) {
        self.outputs.clear();
        self.loss = 0.0;
        let rows = pass.batch.targets.len();
        for (part, (context, rows)) in
            division.of_lanes(lane..lane + 1, pass.context, rows).enumerate()
        {
            self.loss += self.forward(pass, context, state, rows.clone());
            if self.loss.is_finite() {
                self.backward(pass, context, state, rows, part == 0);
            }
        }
    }

    /// The loss of a part as a share of the batch's, with its gradient at the seam.
    fn forward<Y>(
        &mut self,
        pass: &Pass<'_, N, Y>,
        context: Context,
        state: &mut [N::Scalar],
        rows: Range<usize>,
    ) -> f64 {
        let Pass { trained, batch, loss, .. } = *pass;
        let inputs = &batch.inputs()[rows.clone()];
        N::forward_with::<B>((trained, state), context, inputs, &mut self.tape, &mut |_, _| {});
        let (outputs, d) = N::seam::<B>(&mut self.tape, rows.len(), loss.entry());
        let share = rows.len() as f64 / batch.targets.len() as f64;
        let value = share * loss.gradient(outputs, &batch.targets[rows.clone()], d);
        if rows.len() < batch.targets.len() {
            let share = N::Scalar::from_f64(share);
            N::Output::flat_mut(d).iter_mut().for_each(|d| *d *= share);
        }
        self.outputs.extend_from_slice(outputs);
        value
    }

    fn backward<Y>(
        &mut self,
        pass: &Pass<'_, N, Y>,
        context: Context,
        state: &[N::Scalar],
        rows: Range<usize>,
        is_first: bool,
    ) {
        let into = if is_first { &mut self.sum } else { &mut self.part };
        let (entry, inputs) = (pass.loss.entry(), &pass.batch.inputs()[rows]);
        let weights = (pass.trained, state);
        N::backward_with::<B>(weights, context, entry, inputs, &mut self.tape, into);
        if !is_first {
            N::Scalar::axpby_assign(context.cpu, &mut self.sum, &self.part, 1.0, 1.0);
        }
    }
}

/// Goes through a batch, lane by lane at the same time, and adds up their gradients in the first.
pub(super) fn run<N: Network, Y: Sync, const B: usize>(
    cpu: Cpu,
    lanes: &mut [Lane<N, B>],
    pass: &Pass<'_, N, Y>,
    division: Division,
) {
    each(cpu, &mut lanes[..division.lanes], &|lane, it| it.run(pass, division, lane));
    let (first, others) = lanes.split_at_mut(1);
    for lane in &others[..division.lanes - 1] {
        N::Scalar::axpby_assign(cpu, &mut first[0].sum, &lane.sum, 1.0, 1.0);
    }
}

/// The loss of the batch, and the outputs of its samples, lane by lane.
pub(super) fn outcome<N: Network, const B: usize>(
    lanes: &[Lane<N, B>],
    division: Division,
    mut see: impl FnMut(&[N::Output], Range<usize>),
) -> f64 {
    let lanes = &lanes[..division.lanes];
    let mut first = 0;
    for lane in lanes {
        see(&lane.outputs, first..first + lane.outputs.len());
        first += lane.outputs.len();
    }
    lanes.iter().map(|lane| lane.loss).sum()
}

/// What the lanes of a batch share.
pub(super) struct Pass<'p, N: Network, Y> {
    pub(super) trained: &'p [N::Scalar],
    pub(super) context: Context,
    pub(super) batch: &'p Batch<N, Y>,
    pub(super) loss: &'p dyn AnyLoss<N, Y>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn context(step: u64) -> Context {
        Context { cpu: Cpu::detect(), seed: 1, step }
    }

    proptest! {
        #[test]
        fn every_sample_is_in_one_part(
            rows in 1_usize..300,
            macs in 0_usize..200_000_000,
            bytes in 0_usize..8_000_000,
            parameters in 0_usize..4_000_000,
        ) {
            let division = Division::by(rows, macs, bytes, parameters);
            prop_assert!([1, 2].contains(&division.lanes));
            let mut next = 0;
            for lane in 0..division.lanes {
                for (_, part) in division.of_lanes(lane..lane + 1, context(3), rows) {
                    prop_assert_eq!(part.start, next);
                    prop_assert!(!part.is_empty(), "{:?} of {} rows", division, rows);
                    next = part.end;
                }
            }
            prop_assert_eq!(next, rows);
        }
    }

    #[test]
    fn large_parameters_and_little_work_keep_a_batch_together() {
        let whole = |rows, macs, bytes, parameters| {
            Division::by(rows, macs, bytes, parameters) == Division::WHOLE
        };
        assert!(whole(128, 888_000, 58_000, 693_000), "most of its time is its one large layer");
        assert!(whole(128, 400, 300, 400), "a step takes microseconds");
        assert_eq!(Division::by(128, 109_000, 1_500, 109_000), Division { lanes: 2, parts: 1 });
        assert_eq!(
            Division::by(32, 110_000_000, 4_700_000, 825_000),
            Division { lanes: 2, parts: 8 }
        );
    }

    #[test]
    fn parts_draw_numbers_of_their_own() {
        let division = Division { lanes: 2, parts: 3 };
        let steps = (0..4).flat_map(|step| division.of_lanes(0..2, context(step), 60));
        let mut steps: Vec<u64> = steps.map(|(context, _)| context.step).collect();
        steps.dedup();
        assert_eq!(steps.len(), 24);
        assert!(steps.is_sorted());
    }
}

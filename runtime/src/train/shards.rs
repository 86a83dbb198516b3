//! A batch in shards, on which threads train at the same time, and shards in micro-batches, whose values
//! stay in the caches on their way forward and back.
//!
//! Gradients are sums over the samples: those of the micro-batches of a shard are added one after the
//! other, then those of the shards in order. How a batch is divided depends on the network, the loss and
//! its size alone, never on the threads, and so do the bits.

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

/// Multiplications of a shard, at least: below, threads would wait longer than they work.
const WORK: u64 = 4_000_000;

/// Bytes that stay in the second cache of a core.
const CACHE: u64 = 2 << 20;

/// How batches are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Division {
    /// Shards, with gradients of their own.
    pub(super) shards: usize,
    /// Micro-batches of each shard.
    micro_batches: usize,
}

impl Division {
    /// All samples at once.
    pub(super) const WHOLE: Self = Self { shards: 1, micro_batches: 1 };

    /// The division of batches of `rows` samples of the network `N`: two shards at most, in which more
    /// threads share the work of single layers.
    pub(super) const fn of<N: Network>(rows: usize) -> Self {
        let bytes = size_of::<N::Tape<2>>() - size_of::<N::Tape<1>>();
        let sample = [multiplications::<N>() as u64, bytes as u64];
        Self::by(rows as u64, sample, N::TRAINED as u64)
    }

    /// The same for samples of so many multiplications and bytes of values, and so many trained
    /// parameters.
    ///
    /// Every micro-batch reads all parameters and writes all gradients. Where these do not stay in the
    /// cache themselves, it has enough samples for that to take little time beside the arithmetic.
    const fn by(rows: u64, [work, bytes]: [u64; 2], parameters: u64) -> Self {
        let enough = match work {
            _ if parameters <= CACHE / 8 => 1,
            0 => u64::MAX,
            work => 256 * parameters / work + 1,
        };
        let shards = if rows * work >= 2 * WORK && rows / 2 >= enough { 2 } else { 1 };
        let shard = rows / shards;
        let fitting = (shard * bytes).div_ceil(CACHE);
        let most = if shard >= enough { shard / enough } else { 1 };
        let micro_batches = if fitting < most { fitting } else { most };
        Self {
            shards: shards as usize,
            micro_batches: if micro_batches == 0 { 1 } else { micro_batches as usize },
        }
    }

    /// The number of micro-batches.
    pub(super) const fn count(self) -> usize {
        self.shards * self.micro_batches
    }

    /// The samples of a micro-batch, of `rows`.
    fn rows(self, micro_batch: usize, rows: usize) -> Range<usize> {
        micro_batch * rows / self.count()..(micro_batch + 1) * rows / self.count()
    }

    /// The samples of the micro-batches of some shards, each with the context of its random numbers.
    pub(super) fn of_shards(
        self,
        shards: Range<usize>,
        context: Context,
        rows: usize,
    ) -> impl Iterator<Item = (Context, Range<usize>)> {
        (shards.start * self.micro_batches..shards.end * self.micro_batches).map(
            move |micro_batch| (self.context(context, micro_batch), self.rows(micro_batch, rows)),
        )
    }

    /// No two micro-batches of a run draw the same numbers.
    const fn context(self, context: Context, micro_batch: usize) -> Context {
        if self.shards * self.micro_batches == 1 {
            return context;
        }
        Context { step: 1 << 63 | context.step << 20 | micro_batch as u64, ..context }
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

/// What goes through a part of a batch, one micro-batch after the other.
pub(super) struct Shard<N: Network, const B: usize> {
    pub(super) tape: Box<N::Tape<B>>,
    /// What no optimizer sees, and no batch moves.
    state: Block<N::Scalar>,
    /// Gradients of all micro-batches so far, and of the last, where there are several.
    pub(super) sum: Block<N::Scalar>,
    last: Block<N::Scalar>,
    outputs: Vec<N::Output>,
    loss: f64,
}

impl<N: Network, const B: usize> Shard<N, B> {
    pub(super) fn new(state: &[N::Scalar]) -> Self {
        let mut own = Block::zeroed(state.len());
        own.copy_from_slice(state);
        let outputs = Vec::with_capacity(B);
        let (sum, last) = (N::gradients(), Block::zeroed(0));
        Self { tape: N::tape::<B>(), state: own, sum, last, outputs, loss: 0.0 }
    }

    /// Goes through the micro-batches of a shard with a state of its own.
    fn run<Y>(&mut self, pass: &Pass<'_, N, Y>, division: Division, shard: usize) {
        let mut state = std::mem::replace(&mut self.state, Block::zeroed(0));
        self.run_with(pass, division, shard, &mut state);
        self.state = state;
    }

    /// Goes through the micro-batches of a shard: the loss and the gradients are its share of the batch's.
    pub(super) fn run_with<Y>(
        &mut self,
        pass: &Pass<'_, N, Y>,
        division: Division,
        shard: usize,
        state: &mut [N::Scalar],
    ) {
        self.outputs.clear();
        self.loss = 0.0;
        let rows = pass.batch.targets.len();
        for (micro_batch, (context, rows)) in
            division.of_shards(shard..shard + 1, pass.context, rows).enumerate()
        {
            self.loss += self.forward(pass, context, state, rows.clone());
            if self.loss.is_finite() {
                self.backward(pass, context, state, rows, micro_batch == 0);
            }
        }
    }

    /// The loss of a micro-batch as a share of the batch's, with its gradient at the seam.
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
        if pass.keeps_outputs {
            self.outputs.extend_from_slice(outputs);
        }
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
        if !is_first && self.last.is_empty() {
            self.last = N::gradients();
        }
        let into = if is_first { &mut self.sum } else { &mut self.last };
        let (entry, inputs) = (pass.loss.entry(), &pass.batch.inputs()[rows]);
        let weights = (pass.trained, state);
        let tape = &mut self.tape;
        if pass.defers {
            N::backward_until_deferred::<B>(weights, context, entry, inputs, tape, into);
        } else {
            N::backward_with::<B>(weights, context, entry, inputs, tape, into);
        }
        if !is_first {
            N::Scalar::axpby_assign(context.cpu, &mut self.sum, &self.last, 1.0, 1.0);
        }
    }
}

/// Goes through a batch, shard by shard at the same time, and adds up their gradients in the first.
pub(super) fn run<N: Network, Y: Sync, const B: usize>(
    cpu: Cpu,
    shards: &mut [Shard<N, B>],
    pass: &Pass<'_, N, Y>,
    division: Division,
) {
    each(cpu, &mut shards[..division.shards], &|shard, it| it.run(pass, division, shard));
    let (first, others) = shards.split_at_mut(1);
    for shard in &others[..division.shards - 1] {
        N::Scalar::axpby_assign(cpu, &mut first[0].sum, &shard.sum, 1.0, 1.0);
    }
}

/// The loss of the batch, and the outputs of its samples where they are kept, shard by shard.
pub(super) fn outcome<N: Network, const B: usize>(
    shards: &[Shard<N, B>],
    division: Division,
    mut see: impl FnMut(&[N::Output], Range<usize>),
) -> f64 {
    let shards = &shards[..division.shards];
    let mut first = 0;
    for shard in shards.iter().filter(|shard| !shard.outputs.is_empty()) {
        see(&shard.outputs, first..first + shard.outputs.len());
        first += shard.outputs.len();
    }
    shards.iter().map(|shard| shard.loss).sum()
}

/// What the shards of a batch share.
pub(super) struct Pass<'p, N: Network, Y> {
    pub(super) trained: &'p [N::Scalar],
    pub(super) context: Context,
    pub(super) batch: &'p Batch<N, Y>,
    pub(super) loss: &'p dyn AnyLoss<N, Y>,
    /// Whether metrics see the outputs.
    pub(super) keeps_outputs: bool,
    /// Whether the gradients of [`Network::DEFERRED`] are left out; not of more than one micro-batch.
    pub(super) defers: bool,
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
            sample in [0_u64..200_000_000, 0_u64..8_000_000],
            parameters in 0_u64..4_000_000,
        ) {
            let division = Division::by(rows as u64, sample, parameters);
            let larger = Division::by(rows as u64 + 1, sample, parameters);
            prop_assert!([1, 2].contains(&division.shards) && division.shards <= larger.shards);
            let mut next = 0;
            for shard in 0..division.shards {
                for (_, micro_batch) in division.of_shards(shard..shard + 1, context(3), rows) {
                    prop_assert_eq!(micro_batch.start, next);
                    prop_assert!(!micro_batch.is_empty(), "{:?} of {} rows", division, rows);
                    next = micro_batch.end;
                }
            }
            prop_assert_eq!(next, rows);
        }
    }

    #[test]
    fn large_parameters_and_little_work_keep_a_batch_together() {
        let by = Division::by;
        assert_eq!(by(128, [888_000, 58_000], 693_000), Division::WHOLE, "one large layer");
        assert_eq!(by(128, [400, 300], 400), Division::WHOLE, "a step takes microseconds");
        assert_eq!(by(512, [0, 4_000], 500_000), Division::WHOLE, "an embedding");
        assert_eq!(by(128, [109_000, 1_500], 109_000), Division { shards: 2, micro_batches: 1 });
        assert_eq!(
            by(32, [110_000_000, 4_700_000], 825_000),
            Division { shards: 2, micro_batches: 8 }
        );
    }

    #[test]
    fn parts_draw_numbers_of_their_own() {
        let division = Division { shards: 2, micro_batches: 3 };
        let whole = (0..1 << 22).step_by(1 << 20);
        let steps =
            |division: Division, step| division.of_shards(0..division.shards, context(step), 60);
        let drawn = (0..4).flat_map(|step| steps(division, step));
        let drawn = drawn.chain(whole.flat_map(|step| steps(Division::WHOLE, step)));
        let mut drawn: Vec<u64> = drawn.map(|(context, _)| context.step).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 24 + 4);
    }
}

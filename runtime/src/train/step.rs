//! One step: forward, loss, backward, and what the optimizer makes of the gradients.

use std::ops::Range;

use super::{
    AnyLoss, Place, Settings,
    epoch::Batch,
    segments::Segments,
    shards::{self, Division, Pass, Shard},
};
use crate::{
    array::Array,
    buffer::Block,
    kernel::Verbs,
    metric::Metric,
    network::{Context, Network},
    optim::Segment,
    pass::Pass as _,
    regularize,
    simd::{Cpu, Scalar},
};

/// The buffers of the steps of a run, made once.
pub(super) struct Stepper<N: Network, const B: usize> {
    cpu: Cpu,
    /// Whether batches may be divided.
    divides: bool,
    /// The first has the gradients of the batch.
    shards: Vec<Shard<N, B>>,
    /// The sum of gradients over batches that are averaged before a step.
    accumulated: Option<Block<N::Scalar>>,
    statistics: Statistics<N::Scalar>,
    /// With the rate as a factor of the schedule's.
    segments: Segments,
    /// Whether nothing sees all gradients of a batch before the optimizer does.
    may_defer: bool,
    /// Whether the gradients of [`Network::DEFERRED`] are not computed yet.
    defers: bool,
    /// Batches so far.
    pub(super) step: u64,
}

impl<N: Network, const B: usize> Stepper<N, B> {
    /// `is_separable`: as [`Loss::SEPARABLE`](crate::loss::Loss::SEPARABLE) says.
    pub(super) fn new(
        cpu: Cpu,
        settings: &mut Settings<'_, N>,
        is_separable: bool,
        segments: Segments,
    ) -> Self {
        let statistics = Statistics::of::<N>();
        let divides = is_separable && statistics.ranges.is_empty();
        let shards = if divides { Division::of::<N>(B).shards } else { 1 };
        let state = if divides { settings.net.parameters().split().1 } else { &[] };
        Self {
            cpu,
            divides,
            shards: (0..shards).map(|_| Shard::new(state)).collect(),
            accumulated: None,
            statistics,
            segments,
            may_defer: may_defer(settings),
            defers: false,
            step: 0,
        }
    }

    fn division(&self, rows: usize) -> Division {
        if self.divides { Division::of::<N>(rows) } else { Division::WHOLE }
    }

    fn context(&self, settings: &Settings<'_, N>, division: Division) -> Context {
        let threads = self.cpu.threads().div_ceil(division.shards);
        Context { cpu: self.cpu.with_threads(threads), seed: settings.seed, step: self.step }
    }

    /// The mean loss of a batch, whose gradients are left in the first shard.
    pub(super) fn forward_backward<Y: Sync>(
        &mut self,
        settings: &mut Settings<'_, N>,
        batch: &Batch<N, Y>,
        loss: &dyn AnyLoss<N, Y>,
        metrics: &mut [Box<dyn Metric<N, Y> + '_>],
    ) -> f64 {
        let division = self.division(batch.targets.len());
        let context = self.context(settings, division);
        self.defers = self.may_defer && division.count() == 1;
        self.statistics.keep(settings.net.parameters().all());
        let (trained, state) = settings.net.parameters_mut().split_mut();
        let keeps_outputs = !metrics.is_empty();
        let pass = Pass { trained, context, batch, loss, keeps_outputs, defers: self.defers };
        if self.divides {
            shards::run(self.cpu, &mut self.shards, &pass, division);
        } else {
            self.shards[0].run_with(&pass, division, 0, state);
        }
        let value = shards::outcome(&self.shards, division, |outputs, rows| {
            let targets = &batch.targets[rows];
            metrics.iter_mut().for_each(|metric| metric.update(outputs, targets));
        });
        value + regularize::penalty(&*settings.net)
    }

    /// Clips and steps, or adds up gradients until enough batches are seen.
    /// Every epoch starts with an empty sum, so its last one may be of fewer batches.
    pub(super) fn apply(
        &mut self,
        settings: &mut Settings<'_, N>,
        inputs: &[N::Input],
        rate: f64,
        batch: usize,
        last: bool,
    ) {
        self.step += 1;
        let every = settings.accumulate;
        let position = batch % every;
        let gradients = &mut self.shards[0].sum;
        if every > 1 {
            let sum = self.accumulated.get_or_insert_with(N::gradients);
            if position == 0 {
                sum.copy_from_slice(gradients);
            } else {
                N::Scalar::axpby_assign(self.cpu, sum, gradients, 1.0, 1.0);
            }
            if position + 1 < every && !last {
                return;
            }
            N::Scalar::scale_assign(self.cpu, sum, 1.0 / (position + 1) as f64);
            gradients.copy_from_slice(sum);
        }
        regularize::add_gradients(&*settings.net, self.cpu, gradients);
        clip(self.cpu, gradients, settings.clip_value, settings.clip_norm);
        settings.optimizer.begin();
        let segments = if self.defers { &self.segments.others } else { &self.segments.all };
        let (trained, _) = settings.net.parameters_mut().split_mut();
        for segment in moved(segments, rate) {
            settings.optimizer.update(self.cpu, &segment, trained, gradients);
        }
        if self.defers {
            self.apply_deferred(settings, inputs, rate);
        }
        let segments = &self.segments.all;
        regularize::constrain_where(settings.net, |param| is_moved(segments, param.offset));
    }

    /// The steps of [`Network::DEFERRED`], of which parts are moved while their gradients are in the
    /// cache: they go through memory neither there nor back.
    fn apply_deferred(&mut self, settings: &mut Settings<'_, N>, inputs: &[N::Input], rate: f64) {
        let Shard { tape, sum, .. } = &mut self.shards[0];
        let (trained, _) = settings.net.parameters_mut().split_mut();
        N::deferred::<B>(inputs, tape, &mut |number, gradient| {
            let segment = &self.segments.deferred[number..number + 1];
            for segment in moved(segment, rate) {
                if let Some(update) = settings.optimizer.pass(&segment, trained) {
                    let room = &mut sum[segment.range.clone()];
                    N::Scalar::pass_by(self.cpu, update, room, gradient);
                }
            }
        });
    }

    /// The first place where a batch is not finite any more. What it moved of the network is put back.
    pub(super) fn first_not_finite<Y>(
        &mut self,
        settings: &mut Settings<'_, N>,
        batch: &Batch<N, Y>,
    ) -> Place {
        self.statistics.put_back(settings.net.parameters_mut().all_mut());
        let place = self.find_not_finite(settings, batch);
        self.statistics.put_back(settings.net.parameters_mut().all_mut());
        place
    }

    fn find_not_finite<Y>(&mut self, settings: &mut Settings<'_, N>, batch: &Batch<N, Y>) -> Place {
        let finite = |values: &[N::Scalar]| values.iter().all(|value| value.is_finite());
        let inputs = batch.inputs();
        let broken = |input: &N::Input| !finite(N::Input::flat(core::slice::from_ref(input)));
        if let Some(row) = inputs.iter().position(broken) {
            return Place::Input { row };
        }
        let parameters = settings.net.parameters().all();
        let broken = N::PARAMS.iter().find(|p| !finite(&parameters[p.offset..p.offset + p.len]));
        if let Some(param) = broken {
            return Place::Parameter { name: param.name };
        }
        let mut first: Option<usize> = None;
        let division = self.division(inputs.len());
        let context = self.context(settings, division);
        for (context, rows) in division.of_shards(0..division.shards, context, inputs.len()) {
            let (inputs, tape, mut of_micro_batch) =
                (&inputs[rows], &mut self.shards[0].tape, None);
            settings.net.forward_watched::<B>(context, inputs, tape, &mut |layer, values| {
                if of_micro_batch.is_none() && !finite(values) {
                    of_micro_batch = Some(layer);
                }
            });
            first = first.into_iter().chain(of_micro_batch).min();
        }
        first.map_or(Place::Loss, |layer| Place::Layer { name: N::LAYERS[layer].name })
    }
}

/// The running statistics as they were before a batch: a forward pass moves them.
struct Statistics<T> {
    ranges: Vec<Range<usize>>,
    values: Vec<T>,
}

impl<T: Scalar> Statistics<T> {
    fn of<N: Network<Scalar = T>>() -> Self {
        let moving = N::PARAMS.iter().filter(|p| !p.trained && !N::LAYERS[p.layer].frozen);
        let ranges: Vec<_> = moving.map(|p| p.offset..p.offset + p.len).collect();
        let values = vec![T::ZERO; ranges.iter().map(Range::len).sum()];
        Self { ranges, values }
    }

    fn keep(&mut self, parameters: &[T]) {
        let mut values = &mut self.values[..];
        for range in &self.ranges {
            let (part, rest) = values.split_at_mut(range.len());
            part.copy_from_slice(&parameters[range.clone()]);
            values = rest;
        }
    }

    fn put_back(&self, parameters: &mut [T]) {
        let mut values = &self.values[..];
        for range in &self.ranges {
            let (part, rest) = values.split_at(range.len());
            parameters[range.clone()].copy_from_slice(part);
            values = rest;
        }
    }
}

/// The segments that have a rate, at that rate.
fn moved(segments: &[Segment], rate: f64) -> impl Iterator<Item = Segment> {
    let moved = segments.iter().filter(|segment| segment.rate != 0.0);
    moved.map(move |segment| Segment { rate: segment.rate * rate, ..segment.clone() })
}

/// Whether nothing sees more than a part of the gradients at once: they are not clipped, added up or
/// changed, and the optimizer goes through them value by value.
fn may_defer<N: Network>(settings: &mut Settings<'_, N>) -> bool {
    let none = Segment { range: 0..0, rate: 0.0, decay: 0.0 };
    let by_value = settings.optimizer.pass(&none, &mut []).is_some();
    let is_plain = settings.clip_value.is_none() && settings.clip_norm.is_none();
    let has_penalty = N::PARAMS.iter().any(|param| !param.regularizer.is_none());
    by_value && is_plain && !has_penalty && settings.accumulate == 1
}

/// Whether the parameter at `offset` has a rate.
fn is_moved(segments: &[Segment], offset: usize) -> bool {
    segments.iter().any(|segment| segment.rate != 0.0 && segment.range.contains(&offset))
}

fn clip<T: Scalar>(cpu: Cpu, gradients: &mut [T], value: Option<f64>, norm: Option<f64>) {
    if let Some(limit) = value {
        let (low, high) = (T::from_f64(-limit), T::from_f64(limit));
        for gradient in gradients.iter_mut() {
            *gradient = if *gradient > high {
                high
            } else if *gradient < low {
                low
            } else {
                *gradient
            };
        }
    }
    if let Some(limit) = norm {
        let norm = T::squares(gradients).sqrt();
        if norm > limit {
            T::scale_assign(cpu, gradients, limit / norm);
        }
    }
}

//! One epoch: shuffle, then gather, forward, loss, backward and step, batch by batch.

use std::time::Instant;

use super::{AnyLoss, Epoch, Measure, Place, Report, Settings, TrainError, progress::Progress};
use crate::{
    array::Array,
    buffer::Block,
    data::Dataset,
    metric::Metric,
    network::{Context, Network},
    optim::{Segment, schedule},
    rng::Rng,
    simd::{Cpu, Scalar},
};

/// The buffers of a run, made once.
pub(super) struct Loop<N: Network, Y, const B: usize> {
    cpu: Cpu,
    order: Vec<usize>,
    inputs: Box<[N::Input]>,
    targets: Vec<Y>,
    tape: Box<N::Tape<B>>,
    gradients: Block<N::Scalar>,
    /// The sum of gradients over batches that are averaged before a step.
    accumulated: Option<Block<N::Scalar>>,
    /// With the rate as a factor of the schedule's.
    segments: Vec<Segment>,
    /// Batches so far.
    step: u64,
}

impl<N: Network, Y: Clone, const B: usize> Loop<N, Y, B> {
    pub(super) fn new(cpu: Cpu, samples: usize, segments: Vec<Segment>) -> Self {
        Self {
            cpu,
            order: (0..samples).collect(),
            inputs: bytemuck::zeroed_slice_box(B),
            targets: Vec::with_capacity(B),
            tape: N::tape::<B>(),
            gradients: N::gradients(),
            accumulated: None,
            segments,
            step: 0,
        }
    }

    pub(super) fn epoch<D>(
        &mut self,
        settings: &mut Settings<'_, N>,
        loss: &dyn AnyLoss<N, Y>,
        metrics: &mut [Box<dyn Metric<N, Y> + '_>],
        data: &D,
        number: usize,
        progress: &mut Progress,
    ) -> Result<Epoch, TrainError>
    where
        D: Dataset<N::Input, Target = Y> + ?Sized,
    {
        let start = Instant::now();
        // Sorted first, the order of an epoch depends on nothing but seed and number.
        self.order.sort_unstable();
        Rng::with_stream(settings.seed, number as u64).shuffle(&mut self.order);
        metrics.iter_mut().for_each(|metric| metric.reset());
        let batches = self.order.len().div_ceil(B);
        let mut sum = 0.0;
        let mut rate = settings.optimizer.rate();
        for batch in 0..batches {
            self.gather(data, batch);
            let value = self.forward_backward(settings, loss, metrics);
            if !value.is_finite() {
                let place = self.first_not_finite(settings);
                return Err(TrainError::NotFinite {
                    epoch: number,
                    batch: batch + 1,
                    loss: value,
                    place,
                });
            }
            let step = self.step;
            let at = schedule::Progress {
                epoch: number - 1,
                step,
                steps_per_epoch: batches as u64,
                steps: (batches * settings.epochs) as u64,
            };
            rate = settings.schedule.rate(settings.optimizer.rate(), &at);
            self.apply(settings, rate, batch, batch + 1 == batches);
            self.step += 1;
            sum += value * self.targets.len() as f64;
            let seen = (batch * B + self.targets.len()) as f64;
            progress.batch_done(number, sum / seen, metrics);
        }
        let train = Report { loss: sum / self.order.len() as f64, metrics: measures(metrics) };
        let seconds = start.elapsed().as_secs_f64();
        Ok(Epoch { number, train, validation: None, rate, seconds })
    }

    fn gather<D>(&mut self, data: &D, batch: usize)
    where
        D: Dataset<N::Input, Target = Y> + ?Sized,
    {
        let end = ((batch + 1) * B).min(self.order.len());
        self.targets.clear();
        for (into, index) in self.inputs.iter_mut().zip(&self.order[batch * B..end]) {
            data.input(*index, into);
            self.targets.push(data.target(*index));
        }
    }

    fn context(&self, settings: &Settings<'_, N>) -> Context {
        Context { cpu: self.cpu, seed: settings.seed, step: self.step }
    }

    /// The mean loss of the gathered batch, whose gradients are left in `gradients`.
    fn forward_backward(
        &mut self,
        settings: &mut Settings<'_, N>,
        loss: &dyn AnyLoss<N, Y>,
        metrics: &mut [Box<dyn Metric<N, Y> + '_>],
    ) -> f64 {
        let context = self.context(settings);
        let inputs = &self.inputs[..self.targets.len()];
        settings.net.forward::<B>(context, inputs, &mut self.tape);
        let (outputs, d) = N::seam::<B>(&mut self.tape, inputs.len(), loss.entry());
        let value = loss.gradient(outputs, &self.targets, d);
        metrics.iter_mut().for_each(|metric| metric.update(outputs, &self.targets));
        if value.is_finite() {
            settings.net.backward::<B>(
                context,
                loss.entry(),
                inputs,
                &mut self.tape,
                &mut self.gradients,
            );
        }
        value
    }

    /// Clips and steps, or adds up gradients until enough batches are seen.
    /// Every epoch starts with an empty sum, so its last one may be of fewer batches.
    fn apply(&mut self, settings: &mut Settings<'_, N>, rate: f64, batch: usize, last: bool) {
        let every = settings.accumulate;
        let position = batch % every;
        if every > 1 {
            let sum = self.accumulated.get_or_insert_with(N::gradients);
            add(sum, &self.gradients, position == 0);
            if position + 1 < every && !last {
                return;
            }
            scale(sum, 1.0 / (position + 1) as f64);
            self.gradients.copy_from_slice(sum);
        }
        clip(&mut self.gradients, settings.clip_value, settings.clip_norm);
        settings.optimizer.begin();
        let (trained, _) = settings.net.parameters_mut().split_mut();
        for segment in self.segments.iter().filter(|segment| segment.rate != 0.0) {
            let segment = Segment { rate: segment.rate * rate, ..segment.clone() };
            settings.optimizer.update(self.cpu, &segment, trained, &self.gradients);
        }
    }

    /// The first place where the gathered batch is not finite any more.
    fn first_not_finite(&mut self, settings: &mut Settings<'_, N>) -> Place {
        let finite = |values: &[N::Scalar]| values.iter().all(|value| value.is_finite());
        let inputs = &self.inputs[..self.targets.len()];
        let broken = |input: &N::Input| !finite(N::Input::flat(core::slice::from_ref(input)));
        if let Some(row) = inputs.iter().position(broken) {
            return Place::Input { row };
        }
        let parameters = settings.net.parameters().all();
        let broken = N::PARAMS.iter().find(|p| !finite(&parameters[p.offset..p.offset + p.len]));
        if let Some(param) = broken {
            return Place::Parameter { name: param.name };
        }
        let mut first = None;
        let context = self.context(settings);
        settings.net.forward_watched::<B>(context, inputs, &mut self.tape, &mut |layer, values| {
            if first.is_none() && !finite(values) {
                first = Some(layer);
            }
        });
        first.map_or(Place::Loss, |layer| Place::Layer { name: N::LAYERS[layer].name })
    }
}

pub(super) fn measures<N: Network, Y>(metrics: &[Box<dyn Metric<N, Y> + '_>]) -> Vec<Measure> {
    metrics.iter().map(|metric| Measure { name: metric.name(), value: metric.value() }).collect()
}

fn add<T: Scalar>(sum: &mut [T], gradients: &[T], first: bool) {
    if first {
        return sum.copy_from_slice(gradients);
    }
    sum.iter_mut().zip(gradients).for_each(|(sum, gradient)| *sum += *gradient);
}

fn scale<T: Scalar>(values: &mut [T], factor: f64) {
    let factor = T::from_f64(factor);
    values.iter_mut().for_each(|value| *value *= factor);
}

fn clip<T: Scalar>(gradients: &mut [T], value: Option<f64>, norm: Option<f64>) {
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
            scale(gradients, limit / norm);
        }
    }
}

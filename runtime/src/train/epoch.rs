//! One epoch: shuffle, then batch by batch: gather, forward, loss, backward and step.
//!
//! The next batch is gathered while the network is busy with the one before.

use std::{ops::Range, time::Instant};

use super::{
    AnyLoss, Epoch, Measure, Report, Settings, TrainError, progress::Progress, step::Stepper,
};
use crate::{
    data::Dataset, metric::Metric, network::Network, optim::schedule, parallel::beside, rng::Rng,
    simd::Cpu,
};

/// Samples that are seen together.
pub(super) struct Batch<N: Network, Y> {
    inputs: Box<[N::Input]>,
    pub(super) targets: Vec<Y>,
}

impl<N: Network, Y> Batch<N, Y> {
    fn new(capacity: usize) -> Self {
        let inputs = bytemuck::zeroed_slice_box(capacity);
        Self { inputs, targets: Vec::with_capacity(capacity) }
    }

    fn gather<D>(&mut self, data: &D, rows: &[usize])
    where
        D: Dataset<N::Input, Target = Y> + ?Sized,
    {
        self.targets.clear();
        for (into, index) in self.inputs.iter_mut().zip(rows) {
            data.input(*index, into);
            self.targets.push(data.target(*index));
        }
    }

    pub(super) fn inputs(&self) -> &[N::Input] {
        &self.inputs[..self.targets.len()]
    }
}

/// What lasts from epoch to epoch.
pub(super) struct Loop<N: Network, Y, const B: usize> {
    cpu: Cpu,
    order: Vec<usize>,
    batch: Batch<N, Y>,
    next: Batch<N, Y>,
    stepper: Stepper<N, B>,
}

impl<N: Network, Y: Clone + Send + Sync, const B: usize> Loop<N, Y, B> {
    pub(super) fn new(cpu: Cpu, samples: usize, stepper: Stepper<N, B>) -> Self {
        Self {
            cpu,
            order: (0..samples).collect(),
            batch: Batch::new(B),
            next: Batch::new(B),
            stepper,
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
        D: Dataset<N::Input, Target = Y> + Sync + ?Sized,
    {
        let start = Instant::now();
        // Sorted first, the order of an epoch depends on nothing but seed and number.
        self.order.sort_unstable();
        Rng::with_stream(settings.seed, number as u64).shuffle(&mut self.order);
        metrics.iter_mut().for_each(|metric| metric.reset());
        let batches = self.order.len().div_ceil(B);
        let mut sum = 0.0;
        let mut rate = settings.optimizer.rate();
        self.next.gather(data, &self.order[self.rows(0)]);
        for batch in 0..batches {
            std::mem::swap(&mut self.batch, &mut self.next);
            let value = self.forward_backward(settings, loss, metrics, data, batch);
            if !value.is_finite() {
                let place = self.stepper.first_not_finite(settings, &self.batch);
                let place = place.of_data(|row| self.order[batch * B + row]);
                let batch = batch + 1;
                return Err(TrainError::NotFinite { epoch: number, batch, loss: value, place });
            }
            let at = schedule::Progress {
                epoch: number - 1,
                step: self.stepper.step,
                steps_per_epoch: batches as u64,
                steps: (batches * settings.epochs) as u64,
            };
            rate = settings.schedule.rate(settings.optimizer.rate(), &at);
            let inputs = self.batch.inputs();
            self.stepper.apply(settings, inputs, rate, batch, batch + 1 == batches);
            let targets = self.batch.targets.len();
            sum += value * targets as f64;
            let seen = (batch * B + targets) as f64;
            progress.batch_done(number, sum / seen, metrics);
        }
        let train = Report { loss: sum / self.order.len() as f64, metrics: measures(metrics) };
        let seconds = start.elapsed().as_secs_f64();
        Ok(Epoch { number, train, validation: None, rate, seconds })
    }

    /// The places in `order` of a batch; none after the last.
    fn rows(&self, batch: usize) -> Range<usize> {
        let [start, end] = [batch * B, (batch + 1) * B].map(|at| at.min(self.order.len()));
        start..end
    }

    /// The mean loss of the batch; the one after it is gathered meanwhile.
    fn forward_backward<D>(
        &mut self,
        settings: &mut Settings<'_, N>,
        loss: &dyn AnyLoss<N, Y>,
        metrics: &mut [Box<dyn Metric<N, Y> + '_>],
        data: &D,
        batch: usize,
    ) -> f64
    where
        D: Dataset<N::Input, Target = Y> + Sync + ?Sized,
    {
        let rows = self.rows(batch + 1);
        let Self { cpu, order, batch, next, stepper } = self;
        beside(
            *cpu,
            || stepper.forward_backward(settings, batch, loss, metrics),
            || next.gather(data, &order[rows]),
        )
    }
}

pub(super) fn measures<N: Network, Y>(metrics: &[Box<dyn Metric<N, Y> + '_>]) -> Vec<Measure> {
    let measures =
        metrics.iter().map(|m| Measure { name: m.name(), output: m.output(), value: m.value() });
    measures.collect()
}

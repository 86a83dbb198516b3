//! Schedules: the learning rate as a function of the step.

use core::f64::consts::PI;

/// Where training stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The epoch, from zero.
    pub epoch: usize,
    /// The step, from zero, over all epochs.
    pub step: u64,
    /// Steps of one epoch.
    pub steps_per_epoch: u64,
    /// All steps of the run.
    pub steps: u64,
}

impl Progress {
    /// The part of the run that is over, from 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        (self.step as f64 / self.steps.saturating_sub(1).max(1) as f64).min(1.0)
    }
}

/// A learning rate that changes while a network is trained.
pub trait Schedule: Send {
    /// The rate of a step, given the optimizer's own.
    fn rate(&self, base: f64, progress: &Progress) -> f64;

    /// Learns the loss of an epoch: on validation data where there is any.
    fn observe(&mut self, _loss: f64) {}
}

/// The optimizer's rate, unchanged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Constant;

impl Schedule for Constant {
    fn rate(&self, base: f64, _: &Progress) -> f64 {
        base
    }
}

/// Multiplies the rate by `factor` after every `epochs`.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Epochs between two changes.
    pub epochs: usize,
    /// What the rate is multiplied by.
    pub factor: f64,
}

impl Schedule for Step {
    fn rate(&self, base: f64, progress: &Progress) -> f64 {
        base * libm::pow(self.factor, (progress.epoch / self.epochs.max(1)) as f64)
    }
}

/// Multiplies the rate by `factor` after every epoch.
#[derive(Clone, Copy, Debug)]
pub struct Exponential {
    /// What the rate is multiplied by.
    pub factor: f64,
}

impl Schedule for Exponential {
    fn rate(&self, base: f64, progress: &Progress) -> f64 {
        base * libm::pow(self.factor, progress.epoch as f64)
    }
}

/// Half a cosine from the rate down to `end` times it (Loshchilov 2017).
#[derive(Clone, Copy, Debug, Default)]
pub struct Cosine {
    /// What is left of the rate at the end.
    pub end: f64,
}

impl Schedule for Cosine {
    fn rate(&self, base: f64, progress: &Progress) -> f64 {
        let falling = 0.5 * (1.0 + libm::cos(PI * progress.fraction()));
        base * (self.end + (1.0 - self.end) * falling)
    }
}

/// Rises evenly to the rate over the first `steps`, then follows another schedule.
#[derive(Clone, Copy, Debug)]
pub struct Warmup<S = Constant> {
    steps: u64,
    then: S,
}

impl Warmup {
    /// A warm-up over `steps` steps, then the constant rate.
    #[must_use]
    pub fn new(steps: u64) -> Self {
        Self { steps, then: Constant }
    }
}

impl<S> Warmup<S> {
    /// Follows `schedule` after the warm-up.
    #[must_use]
    pub fn then<U: Schedule>(self, schedule: U) -> Warmup<U> {
        Warmup { steps: self.steps, then: schedule }
    }
}

impl<S: Schedule> Schedule for Warmup<S> {
    fn rate(&self, base: f64, progress: &Progress) -> f64 {
        if progress.step < self.steps {
            return base * (progress.step + 1) as f64 / self.steps as f64;
        }
        let steps = progress.steps.saturating_sub(self.steps);
        let rest = Progress { step: progress.step - self.steps, steps, ..*progress };
        self.then.rate(base, &rest)
    }
    fn observe(&mut self, loss: f64) {
        self.then.observe(loss);
    }
}

/// One cycle (Smith 2018): half a cosine up from `base / 25` over the first `rise` of the run, then one
/// down to `base / 10,000`. The optimizer's rate is the peak.
#[derive(Clone, Copy, Debug)]
pub struct OneCycle {
    /// The part of the run in which the rate rises.
    pub rise: f64,
}

impl Default for OneCycle {
    fn default() -> Self {
        Self { rise: 0.3 }
    }
}

impl Schedule for OneCycle {
    fn rate(&self, base: f64, progress: &Progress) -> f64 {
        let blend = |from: f64, to: f64, t: f64| to + (from - to) * 0.5 * (1.0 + libm::cos(PI * t));
        let (at, rise) = (progress.fraction(), self.rise.clamp(0.0, 1.0));
        if at < rise {
            blend(base / 25.0, base, at / rise)
        } else {
            blend(base, base / 1e4, (at - rise) / (1.0 - rise).max(f64::MIN_POSITIVE))
        }
    }
}

/// Multiplies the rate by `factor` when the loss has not improved for `patience` epochs.
#[derive(Clone, Copy, Debug)]
pub struct ReduceOnPlateau {
    factor: f64,
    patience: usize,
    scale: f64,
    best: f64,
    waited: usize,
}

impl ReduceOnPlateau {
    /// A schedule that waits `patience` epochs for an improvement.
    #[must_use]
    pub fn new(factor: f64, patience: usize) -> Self {
        Self { factor, patience, scale: 1.0, best: f64::INFINITY, waited: 0 }
    }
}

impl Schedule for ReduceOnPlateau {
    fn rate(&self, base: f64, _: &Progress) -> f64 {
        base * self.scale
    }
    fn observe(&mut self, loss: f64) {
        if loss < self.best {
            (self.best, self.waited) = (loss, 0);
            return;
        }
        self.waited += 1;
        if self.waited > self.patience {
            self.scale *= self.factor;
            self.waited = 0;
        }
    }
}

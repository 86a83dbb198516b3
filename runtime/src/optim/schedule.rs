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

/// One cycle (Smith 2018), as in PyTorch: half a cosine up from `base / 25` over the first `rise` of the
/// run, then one down to `base / 250,000`. The optimizer's rate is the peak.
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
        let (step, steps) = (progress.step as f64, progress.steps as f64);
        let (start, last) = (base / 25.0, (steps - 1.0).max(1.0));
        let peak = (self.rise * steps - 1.0).clamp(0.0, last);
        if step < peak {
            return blend(start, base, step / peak);
        }
        let fall = (step - peak) / (last - peak).max(f64::MIN_POSITIVE);
        blend(base, start / 1e4, fall.min(1.0))
    }
}

/// Multiplies the rate by `factor` when the loss has not improved for more than `patience` epochs, as PyTorch
/// counts; Keras does so one epoch sooner for the same number. Every improvement counts, however small.
#[derive(Clone, Copy, Debug)]
pub struct ReduceOnPlateau {
    factor: f64,
    patience: usize,
    scale: f64,
    best: f64,
    waited: usize,
}

impl ReduceOnPlateau {
    /// A schedule that bears `patience` epochs without an improvement.
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// The rates of `steps` steps in epochs of two, from 0.1.
    fn rates(schedule: &impl Schedule, steps: u64) -> Vec<f64> {
        let at = |step| Progress { epoch: step as usize / 2, step, steps_per_epoch: 2, steps };
        (0..steps).map(|step| schedule.rate(0.1, &at(step))).collect()
    }

    fn assert_rates(schedule: &impl Schedule, expected: &[f64]) {
        let rates = rates(schedule, expected.len() as u64);
        let close = rates.iter().zip(expected).all(|(rate, e)| (rate - e).abs() < 1e-9);
        assert!(close, "{rates:?}, expected {expected:?}");
    }

    #[test]
    fn epochs_lower_the_rate() {
        assert_rates(&Constant, &[0.1; 3]);
        let step = Step { epochs: 2, factor: 0.5 };
        assert_rates(&step, &[0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025]);
        assert_rates(&Exponential { factor: 0.9 }, &[0.1, 0.1, 0.09, 0.09, 0.081]);
    }

    /// The numbers are those of `CosineAnnealingLR(T_max=9, eta_min=0.01)` of PyTorch.
    #[test]
    fn cosine_falls_as_in_pytorch() {
        let expected = [
            0.1,
            0.09728616793536589,
            0.08947199994035401,
            0.0775,
            0.06281416799501188,
            0.047185832004988146,
            0.0325,
            0.020528000059645994,
            0.012713832064634126,
            0.01,
        ];
        assert_rates(&Cosine { end: 0.1 }, &expected);
    }

    /// The numbers are those of `OneCycleLR(max_lr=0.1, total_steps=11)` of PyTorch.
    #[test]
    fn one_cycle_rises_and_falls_as_in_pytorch() {
        let expected = [
            0.004,
            0.04223411137347358,
            0.09602614247226175,
            0.09797465678213016,
            0.08844757247686304,
            0.07260870492975284,
            0.05305827080875998,
            0.03300580289872949,
            0.015743251279950788,
            0.0041045543206290865,
            4e-7,
        ];
        assert_rates(&OneCycle::default(), &expected);
        assert!(rates(&OneCycle::default(), 1)[0].is_finite());
    }

    #[test]
    fn warm_up_rises_then_follows() {
        assert_rates(&Warmup::new(4), &[0.025, 0.05, 0.075, 0.1, 0.1, 0.1]);
        let cosine = Warmup::new(2).then(Cosine::default());
        assert_rates(&cosine, &[0.05, 0.1, 0.1, 0.05, 0.0]);
    }

    #[test]
    fn plateau_waits_before_it_lowers() {
        let mut plateau = ReduceOnPlateau::new(0.5, 1);
        let seen = [1.0, 0.9, 0.95, 0.95, 0.8, 0.8, 0.8].map(|loss| {
            plateau.observe(loss);
            rates(&plateau, 1)[0]
        });
        assert_eq!(seen, [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025]);
    }
}

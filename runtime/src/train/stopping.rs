//! Early stopping.

/// Stops a run whose loss no longer improves (Prechelt 1998).
#[derive(Clone, Copy, Debug)]
pub struct EarlyStopping {
    patience: usize,
    least: f64,
    restore: bool,
    best: f64,
    waited: usize,
}

/// What early stopping makes of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The best so far.
    Best,
    /// No better, but there is patience left.
    Wait,
    /// No better for too long.
    Stop,
}

impl EarlyStopping {
    /// Waits `patience` epochs for an improvement; the next one without ends the run, an epoch later than in
    /// Keras. The best weights are put back at the end.
    #[must_use]
    pub const fn new(patience: usize) -> Self {
        Self { patience, least: 0.0, restore: true, best: f64::INFINITY, waited: 0 }
    }

    /// Counts as an improvement only what is better by more than `least`, a finite number of at least 0.
    #[must_use]
    pub const fn least(mut self, least: f64) -> Self {
        self.least = least;
        self
    }

    /// Keeps the last weights instead of the best.
    #[must_use]
    pub const fn keep_last(mut self) -> Self {
        self.restore = false;
        self
    }

    /// The least improvement that counts.
    pub(super) const fn margin(&self) -> f64 {
        self.least
    }

    pub(super) const fn restores(&self) -> bool {
        self.restore
    }

    pub(super) fn judge(&mut self, loss: f64) -> Verdict {
        if loss < self.best - self.least {
            (self.best, self.waited) = (loss, 0);
            return Verdict::Best;
        }
        self.waited += 1;
        if self.waited > self.patience { Verdict::Stop } else { Verdict::Wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_as_long_as_it_says() {
        let mut stopping = EarlyStopping::new(1).least(0.1);
        let verdicts = [1.0, 0.95, 0.8, 0.85, 0.9].map(|loss| stopping.judge(loss));
        assert_eq!(
            verdicts,
            [Verdict::Best, Verdict::Wait, Verdict::Best, Verdict::Wait, Verdict::Stop]
        );
    }
}

//! What a run shows: a bar in a terminal, a line an epoch elsewhere.

use super::Epoch;
use crate::{metric::Metric, network::Network};

/// The display of one run.
pub(super) struct Progress {
    epochs: usize,
    #[cfg_attr(not(feature = "progress"), allow(dead_code, reason = "only the bar has a length"))]
    batches: usize,
    batch: usize,
    quiet: bool,
    #[cfg(feature = "progress")]
    bar: Option<indicatif::ProgressBar>,
}

impl Progress {
    pub(super) fn new(epochs: usize, batches: usize, quiet: bool) -> Self {
        Self {
            epochs,
            batches,
            batch: 0,
            quiet,
            #[cfg(feature = "progress")]
            bar: (!quiet).then(|| bar(batches)).filter(|bar| !bar.is_hidden()),
        }
    }

    /// Moves the bar; text is made only when it is drawn.
    pub(super) fn batch_done<N: Network, Y>(
        &mut self,
        epoch: usize,
        loss: f64,
        metrics: &[Box<dyn Metric<N, Y> + '_>],
    ) {
        self.batch += 1;
        #[cfg(feature = "progress")]
        if let Some(bar) = &self.bar {
            let every = (self.batches / 50).max(1);
            if self.batch.is_multiple_of(every) || self.batch == self.batches {
                let report = super::Report { loss, metrics: super::epoch::measures(metrics) };
                bar.set_prefix(format!(
                    "epoch {epoch:>width$}/{}",
                    self.epochs,
                    width = self.width()
                ));
                bar.set_message(report.to_string());
                bar.set_position(self.batch as u64);
            }
        }
        let _ = (epoch, loss, metrics);
    }

    pub(super) fn epoch_done(&mut self, epoch: &Epoch) {
        self.batch = 0;
        if self.quiet {
            return;
        }
        let width = self.width();
        let line = format!("epoch {:>width$}/{} {epoch}", epoch.number, self.epochs);
        #[cfg(feature = "progress")]
        if let Some(bar) = &self.bar {
            bar.println(line);
            bar.reset();
            return;
        }
        eprintln!("{line}");
    }

    fn width(&self) -> usize {
        self.epochs.to_string().len()
    }
}

#[cfg(feature = "progress")]
fn bar(batches: usize) -> indicatif::ProgressBar {
    let template = "{prefix} {bar:24} {pos:>5}/{len} eta {eta:>3} · {msg}";
    let style = indicatif::ProgressStyle::with_template(template)
        .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar());
    indicatif::ProgressBar::new(batches as u64).with_style(style.progress_chars("━╸─"))
}

#[cfg(feature = "progress")]
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

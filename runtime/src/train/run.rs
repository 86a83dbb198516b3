//! A run: checks, buffers, then epoch after epoch.

use std::ops::ControlFlow;

use super::{
    AnyLoss, Epoch, Erased, History, Settings, TrainError, Trainer, epoch::Loop, evaluate::measure,
    progress::Progress, segments::Segments, step::Stepper, stopping::Verdict, threads,
};
use crate::{
    data::{Dataset, Subset, split},
    metric::Metric,
    network::Network,
    rng::Rng,
    simd::Cpu,
};

/// The random stream of validation splits; epochs have theirs from zero.
const SPLIT_STREAM: u64 = u64::MAX;

pub(super) fn fit<N, Y, D, const B: usize>(
    trainer: Trainer<'_, N, Y, B>,
    data: &D,
) -> Result<History, TrainError>
where
    N: Network,
    D: Dataset<N::Input, Target = Y> + Sync + ?Sized,
    Y: Clone + Send + Sync,
{
    let Trainer { settings, loss, metrics, validation } = trainer;
    let loss = loss.expect("only `loss` gives a trainer the targets that `fit` needs");
    settings.check()?;
    check::<N, _, _>("training", data, &*loss)?;
    if let Some(validation) = &validation {
        let validation = Erased(&**validation);
        check::<N, _, _>("validation", &validation, &*loss)?;
        return start::<N, _, _, _, B>(settings, &*loss, metrics, data, Some(&validation));
    }
    let Some(fraction) = settings.split else {
        return start::<N, _, D, D, B>(settings, &*loss, metrics, data, None);
    };
    let seed = Rng::with_stream(settings.seed, SPLIT_STREAM).next_u64();
    let (rest, held_out): (Subset<'_, D>, Subset<'_, D>) = split(data, fraction, seed);
    expect_some("validation", held_out.is_empty())?;
    expect_some("training", rest.is_empty())?;
    start::<N, _, _, _, B>(settings, &*loss, metrics, &rest, Some(&held_out)).map_err(|error| {
        match error {
            TrainError::NotFinite { epoch, batch, loss, place } => {
                let place = place.of_data(|row| rest.origin(row));
                TrainError::NotFinite { epoch, batch, loss, place }
            }
            error => error,
        }
    })
}

/// Every target fits, before the first step is made.
pub(super) fn check<N: Network, Y, D>(
    part: &'static str,
    data: &D,
    loss: &dyn AnyLoss<N, Y>,
) -> Result<(), TrainError>
where
    D: Dataset<N::Input, Target = Y> + ?Sized,
{
    expect_some(part, data.is_empty())?;
    (0..data.len()).try_for_each(|row| {
        loss.check(&data.target(row)).map_err(|source| TrainError::Target { part, row, source })
    })
}

fn expect_some(part: &'static str, is_empty: bool) -> Result<(), TrainError> {
    if is_empty { Err(TrainError::Empty { part }) } else { Ok(()) }
}

impl<N: Network> Settings<'_, N> {
    /// Every number is within its range.
    fn check(&self) -> Result<(), TrainError> {
        let rates = self.groups.iter().map(|group| group.rate);
        let least = self.stopping.iter().map(|stopping| ("least", stopping.margin()));
        let numbers = [("rate", self.optimizer.rate())]
            .into_iter()
            .chain(rates.map(|rate| ("layer_rate", rate)))
            .chain(least);
        for (setting, value) in numbers {
            within(
                setting,
                value,
                "a finite number of at least 0",
                value.is_finite() && value >= 0.0,
            )?;
        }
        let limits = [("clip_value", self.clip_value), ("clip_norm", self.clip_norm)];
        for (setting, value) in limits.into_iter().filter_map(|(s, value)| Some((s, value?))) {
            within(setting, value, "a limit above 0", value > 0.0)?;
        }
        let split = self.split.unwrap_or(0.5);
        within("validation_split", split, "a share between 0 and 1", split > 0.0 && split < 1.0)
    }
}

fn within(
    setting: &'static str,
    value: f64,
    expected: &'static str,
    fits: bool,
) -> Result<(), TrainError> {
    if fits { Ok(()) } else { Err(TrainError::Setting { setting, value, expected }) }
}

/// Starts the threads of the run, and runs on them.
fn start<N, Y, D, V, const B: usize>(
    settings: Settings<'_, N>,
    loss: &dyn AnyLoss<N, Y>,
    metrics: Vec<Box<dyn Metric<N, Y> + '_>>,
    data: &D,
    validation: Option<&V>,
) -> Result<History, TrainError>
where
    N: Network,
    D: Dataset<N::Input, Target = Y> + Sync + ?Sized,
    V: Dataset<N::Input, Target = Y> + Sync + ?Sized,
    Y: Clone + Send + Sync,
{
    let threads = threads::<N>(settings.threads, B);
    let cpu = Cpu::detect().with_threads(threads);
    let run = move || run::<N, Y, D, V, B>(cpu, settings, loss, metrics, data, validation);
    #[cfg(feature = "parallel")]
    if threads > 1 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|e| TrainError::Threads { threads, reason: e.to_string() })?;
        // A thread that waits for its turn on a core must not be kept from it by one that looks for work.
        let has_cores = threads <= super::cores();
        return pool.install(|| if has_cores { awake(run) } else { run() });
    }
    run()
}

/// Runs `work` on this thread of a pool while the others look for shares of it without ever
/// sleeping: waking a thread takes longer than most kernels.
#[cfg(feature = "parallel")]
fn awake<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    use std::sync::atomic::{AtomicBool, Ordering};

    struct Done<'a>(&'a AtomicBool);
    impl Drop for Done<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
        }
    }

    let done = AtomicBool::new(false);
    let this = rayon::current_thread_index();
    rayon::in_place_scope(|scope| {
        scope.spawn_broadcast(|_, thread| {
            let idle = || rayon::yield_now() != Some(rayon::Yield::Executed);
            while this != Some(thread.index()) && !done.load(Ordering::Acquire) {
                if idle() {
                    std::hint::spin_loop();
                }
            }
        });
        let _done = Done(&done);
        work()
    })
}

fn run<N, Y, D, V, const B: usize>(
    cpu: Cpu,
    mut settings: Settings<'_, N>,
    loss: &dyn AnyLoss<N, Y>,
    mut metrics: Vec<Box<dyn Metric<N, Y> + '_>>,
    data: &D,
    validation: Option<&V>,
) -> Result<History, TrainError>
where
    N: Network,
    D: Dataset<N::Input, Target = Y> + Sync + ?Sized,
    V: Dataset<N::Input, Target = Y> + Sync + ?Sized,
    Y: Clone + Send + Sync,
{
    let segments = Segments::of::<N>(&settings.groups, settings.optimizer.decays())?;
    settings.optimizer.prepare(N::TRAINED);
    let mut progress = Progress::new(settings.epochs, data.len().div_ceil(B), settings.quiet);
    let stepper = Stepper::new(cpu, &mut settings, loss.is_separable(), segments);
    let mut steps = Loop::<N, Y, B>::new(cpu, data.len(), stepper);
    let mut history =
        History { threads: cpu.threads(), level: cpu.level_name(), ..History::default() };
    let mut best: Option<(usize, Vec<N::Scalar>)> = None;
    for number in 1..=settings.epochs {
        let mut epoch =
            steps.epoch(&mut settings, loss, &mut metrics, data, number, &mut progress)?;
        if let Some(validation) = validation {
            let report = measure(cpu, &*settings.net, loss, &mut metrics, validation);
            epoch.validation = Some(report);
        }
        progress.epoch_done(&epoch);
        settings.schedule.observe(epoch.watched_loss());
        let flow = finish(&mut settings, &epoch, &mut best);
        history.epochs.push(epoch);
        if flow.is_break() {
            break;
        }
    }
    if let Some((number, weights)) = best {
        settings.net.parameters_mut().all_mut().copy_from_slice(&weights);
        history.restored = Some(number);
    }
    Ok(history)
}

/// Callbacks and early stopping after an epoch.
fn finish<N: Network>(
    settings: &mut Settings<'_, N>,
    epoch: &Epoch,
    best: &mut Option<(usize, Vec<N::Scalar>)>,
) -> ControlFlow<()> {
    let mut flow = ControlFlow::Continue(());
    for callback in &mut settings.callbacks {
        if callback(epoch, &*settings.net).is_break() {
            flow = ControlFlow::Break(());
        }
    }
    if let Some(stopping) = &mut settings.stopping {
        match stopping.judge(epoch.watched_loss()) {
            Verdict::Best if stopping.restores() => {
                *best = Some((epoch.number, settings.net.parameters().all().to_vec()));
            }
            Verdict::Stop => flow = ControlFlow::Break(()),
            Verdict::Best | Verdict::Wait => {}
        }
    }
    flow
}

//! Training: the loop around forward, loss, backward and step.

mod epoch;
mod error;
mod evaluate;
mod history;
mod progress;
mod run;
mod segments;
mod shards;
mod step;
mod stopping;
mod target;

use std::ops::ControlFlow;

pub use error::{Place, TrainError};
pub use evaluate::{DefaultEvaluation, Evaluator, evaluate};
pub use history::{Epoch, History, Measure, Report};
pub use stopping::EarlyStopping;
pub use target::TargetOf;

use target::Typed;

use crate::{
    array::Array,
    data::Dataset,
    loss::{Loss, TargetError},
    metric::Metric,
    network::{Entry, Network},
    optim::{
        Adam, Optimizer,
        schedule::{Constant, Schedule},
    },
};

/// Trains a network: choose a loss, and whatever else differs from the defaults, then [`fit`](Trainer::fit).
///
/// Defaults: Adam at 0.001, batches of 32, one epoch, seed 0, threads by the size of the network.
/// The loss comes before metrics and validation data, which depend on its targets.
///
/// The same seed gives the same bits for any number of threads.
#[must_use = "a trainer does nothing before `fit`"]
pub struct Trainer<'n, N: Network, Y = ChooseALoss, const B: usize = 32> {
    settings: Settings<'n, N>,
    loss: Option<Box<dyn AnyLoss<N, Y> + 'n>>,
    metrics: Vec<Box<dyn Metric<N, Y> + 'n>>,
    validation: Option<Box<dyn Validation<N, Y> + 'n>>,
}

/// The targets of a trainer without a loss: `fit` needs one, so call `loss` first.
#[derive(Clone, Copy, Debug)]
pub enum ChooseALoss {}

/// What does not depend on targets or batch size.
struct Settings<'n, N: Network> {
    net: &'n mut N,
    optimizer: Box<dyn Optimizer<N::Scalar> + 'n>,
    schedule: Box<dyn Schedule + 'n>,
    epochs: usize,
    seed: u64,
    threads: Option<usize>,
    clip_value: Option<f64>,
    clip_norm: Option<f64>,
    accumulate: usize,
    groups: Vec<Group>,
    split: Option<f64>,
    stopping: Option<EarlyStopping>,
    callbacks: Vec<Callback<'n, N>>,
    quiet: bool,
}

/// Sees every finished epoch and the network after it, and may stop the run.
type Callback<'n, N> = Box<dyn FnMut(&Epoch, &N) -> ControlFlow<()> + Send + 'n>;

/// A layer with a learning rate of its own.
#[derive(Clone, Debug)]
struct Group {
    layer: String,
    rate: f64,
}

/// A loss without its type.
trait AnyLoss<N: Network, Y>: Send + Sync {
    fn entry(&self) -> Entry;
    fn is_separable(&self) -> bool;
    fn check(&self, target: &Y) -> Result<(), TargetError>;
    fn value(&self, outputs: &[N::Output], targets: &[Y]) -> f64;
    fn gradient(&self, outputs: &[N::Output], targets: &[Y], d: &mut [N::Output]) -> f64;
}

impl<N: Network, Y, L: Loss<N, Y>> AnyLoss<N, Y> for L {
    fn entry(&self) -> Entry {
        L::ENTRY
    }
    fn is_separable(&self) -> bool {
        L::SEPARABLE
    }
    fn check(&self, target: &Y) -> Result<(), TargetError> {
        Loss::check(self, target)
    }
    fn value(&self, outputs: &[N::Output], targets: &[Y]) -> f64 {
        Loss::value(self, outputs, targets)
    }
    fn gradient(&self, outputs: &[N::Output], targets: &[Y], d: &mut [N::Output]) -> f64 {
        Loss::gradient(self, outputs, targets, d)
    }
}

/// Validation data without its type.
trait Validation<N: Network, Y>: Sync {
    fn len(&self) -> usize;
    fn input(&self, index: usize, into: &mut N::Input);
    fn target(&self, index: usize) -> Y;
}

impl<N: Network, Y, D: Dataset<N::Input> + Sync> Validation<N, Y> for D
where
    D::Target: TargetOf<Y>,
{
    fn len(&self) -> usize {
        Dataset::len(self)
    }
    fn input(&self, index: usize, into: &mut N::Input) {
        Dataset::input(self, index, into);
    }
    fn target(&self, index: usize) -> Y {
        Dataset::target(self, index).into_target()
    }
}

/// The same the other way round, so that one loop serves data of known and of erased type.
struct Erased<'d, N: Network, Y>(&'d dyn Validation<N, Y>);

impl<N: Network, Y: Clone, X: Array> Dataset<X> for Erased<'_, N, Y>
where
    N: Network<Input = X>,
{
    type Target = Y;

    fn len(&self) -> usize {
        self.0.len()
    }
    fn input(&self, index: usize, into: &mut X) {
        self.0.input(index, into);
    }
    fn target(&self, index: usize) -> Y {
        self.0.target(index)
    }
}

impl<'n, N: Network> Trainer<'n, N> {
    /// A trainer of `net` with the defaults.
    pub fn new(net: &'n mut N) -> Self {
        let settings = Settings {
            net,
            optimizer: Box::new(Adam::default()),
            schedule: Box::new(Constant),
            epochs: 1,
            seed: 0,
            threads: None,
            clip_value: None,
            clip_norm: None,
            accumulate: 1,
            groups: Vec::new(),
            split: None,
            stopping: None,
            callbacks: Vec::new(),
            quiet: false,
        };
        Self { settings, loss: None, metrics: Vec::new(), validation: None }
    }
}

impl<'n, N: Network, const B: usize> Trainer<'n, N, ChooseALoss, B> {
    /// The loss. Whether it fits the network's last layer is checked while the program compiles.
    pub fn loss<Y, L: Loss<N, Y> + 'n>(self, loss: L) -> Trainer<'n, N, Y, B> {
        Trainer {
            settings: self.settings,
            loss: Some(Box::new(loss)),
            metrics: Vec::new(),
            validation: None,
        }
    }
}

impl<'n, N: Network, Y, const B: usize> Trainer<'n, N, Y, B> {
    /// The optimizer; its rate is what schedules start from.
    pub fn optimizer(mut self, optimizer: impl Optimizer<N::Scalar> + 'n) -> Self {
        self.settings.optimizer = Box::new(optimizer);
        self
    }

    /// A figure to gather in every epoch, in training and in validation.
    pub fn metric(mut self, metric: impl Metric<N, Y> + 'n) -> Self {
        self.metrics.push(Box::new(metric));
        self
    }

    /// Samples of a step. The buffers of the run are made for so many, twice where threads share batches;
    /// the last batch of an epoch may hold fewer.
    pub fn batch<const SIZE: usize>(self) -> Trainer<'n, N, Y, SIZE> {
        Trainer {
            settings: self.settings,
            loss: self.loss,
            metrics: self.metrics,
            validation: self.validation,
        }
    }

    /// How often all samples are seen.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.settings.epochs = epochs;
        self
    }

    /// The seed of shuffling and of random layers.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// The number of threads; zero counts as one. Without this call a network of few
    /// multiply-accumulates stays on one thread and others take every core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.settings.threads = Some(threads.max(1));
        self
    }

    /// How the learning rate changes.
    pub fn schedule(mut self, schedule: impl Schedule + 'n) -> Self {
        self.settings.schedule = Box::new(schedule);
        self
    }

    /// Clips every gradient to `-limit..=limit`; the limit is above 0.
    pub fn clip_value(mut self, limit: f64) -> Self {
        self.settings.clip_value = Some(limit);
        self
    }

    /// Scales gradients down so that the norm of all of them together is at most `limit`
    /// (Pascanu 2013), which is above 0.
    pub fn clip_norm(mut self, limit: f64) -> Self {
        self.settings.clip_norm = Some(limit);
        self
    }

    /// Averages the gradients of `batches` batches before each step of the optimizer.
    pub fn accumulate(mut self, batches: usize) -> Self {
        self.settings.accumulate = batches.max(1);
        self
    }

    /// Multiplies the learning rate of one layer, by its name; zero keeps it as it is.
    pub fn layer_rate(mut self, layer: impl Into<String>, factor: f64) -> Self {
        self.settings.groups.push(Group { layer: layer.into(), rate: factor });
        self
    }

    /// Data to evaluate on after every epoch.
    pub fn validation<D>(mut self, data: D) -> Self
    where
        D: Dataset<N::Input> + Sync + 'n,
        D::Target: TargetOf<Y>,
    {
        self.validation = Some(Box::new(data));
        self
    }

    /// Keeps a random share of the training data for validation, above 0 and below 1.
    pub fn validation_split(mut self, fraction: f64) -> Self {
        self.settings.split = Some(fraction);
        self
    }

    /// Stops when the loss no longer improves: the validation loss where there is one.
    pub fn early_stopping(mut self, stopping: EarlyStopping) -> Self {
        self.settings.stopping = Some(stopping);
        self
    }

    /// Calls `f` after every epoch; `Break` stops the run.
    pub fn on_epoch(self, mut f: impl FnMut(&Epoch) -> ControlFlow<()> + Send + 'n) -> Self {
        self.on_epoch_with(move |epoch, _| f(epoch))
    }

    /// Calls `f` after every epoch with the network as it is then, for checkpoints and the like;
    /// `Break` stops the run.
    pub fn on_epoch_with(
        mut self,
        f: impl FnMut(&Epoch, &N) -> ControlFlow<()> + Send + 'n,
    ) -> Self {
        self.settings.callbacks.push(Box::new(f));
        self
    }

    /// Prints nothing.
    pub fn quiet(mut self) -> Self {
        self.settings.quiet = true;
        self
    }

    /// Trains on `data`. After the buffers of the run are made, a step allocates nothing.
    ///
    /// # Errors
    ///
    /// When there are no samples, a target does not fit the outputs, a layer is named that does not
    /// exist, a setting is beyond its range, or the loss becomes infinite or NaN. The network then holds
    /// the weights and running statistics of the last step before.
    pub fn fit<D>(self, data: &D) -> Result<History, TrainError>
    where
        D: Dataset<N::Input> + Sync + ?Sized,
        D::Target: TargetOf<Y>,
        Y: Clone + Send + Sync,
    {
        run::fit(self, &Typed::new(data))
    }
}

/// Multiply-accumulates of a forward pass below which threads cost more than they bring.
const SMALL: usize = 2_000_000;

/// The number of threads of a run.
fn threads<N: Network>(wanted: Option<usize>, batch: usize) -> usize {
    let small = N::MACS.saturating_mul(batch) < SMALL;
    let threads = wanted.unwrap_or_else(|| if small { 1 } else { cores() });
    if cfg!(feature = "parallel") { threads } else { 1 }
}

/// The number of threads that run at the same time.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

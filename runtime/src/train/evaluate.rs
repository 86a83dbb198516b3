//! Evaluation: loss and metrics over a data set, without training.

use super::{
    AnyLoss, Report, TrainError,
    epoch::measures,
    run::check,
    target::{TargetOf, Typed},
};
use crate::{
    data::Dataset,
    loss::{
        BinaryCrossEntropy, ClassTarget, CrossEntropy, Loss, MeanSquaredError,
        NegativeLogLikelihood,
    },
    metric::{Accuracy, BinaryAccuracy, MeanAbsolute, Metric},
    network::{Head, Network, Outputs, head},
    predict::Predict,
    simd::Cpu,
};

/// Samples that run at a time.
const ROWS: usize = 64;

/// Evaluates a network, or its prepared weights, by the loss and metric of its last layer: cross-entropy and accuracy after
/// `softmax` or `log_softmax`, binary cross-entropy and accuracy after `sigmoid`, and otherwise the
/// mean squared and the mean absolute error. Of several outputs the losses are added, and each has its
/// metric. For others, [`Evaluator`]: a classifier that ends in
/// logits takes `Evaluator::new(&net, CrossEntropyWithLogits).metric(Accuracy).run(&data)`.
///
/// # Errors
///
/// When there are no samples, or a target does not fit the outputs.
pub fn evaluate<P, D>(net: &P, data: &D) -> Result<Report, TrainError>
where
    P: Predict,
    D: Dataset<<P::Network as Network>::Input> + ?Sized,
    <P::Network as Outputs>::Head: DefaultEvaluation<P::Network, D::Target>,
    D::Target: TargetOf<DefaultTarget<P::Network, D::Target>>,
    DefaultTarget<P::Network, D::Target>: Clone,
{
    <P::Network as Outputs>::Head::evaluator(net).run(data)
}

/// What [`evaluate`] compares the outputs of `N` with, given targets of the type `Y`.
type DefaultTarget<N, Y> = <<N as Outputs>::Head as DefaultEvaluation<N, Y>>::Target;

/// How networks with a head are evaluated unless something else is said.
#[diagnostic::on_unimplemented(
    message = "`evaluate` cannot compare the outputs of `{N}` with targets of the type `{Y}`",
    note = "after `softmax` targets are labels or distributions, otherwise they have the type of the outputs; `Evaluator` takes any loss"
)]
pub trait DefaultEvaluation<N: Network, Y>: Head {
    /// What the loss and the metric compare with.
    type Target;

    /// The evaluator with the loss and metric that suit the head.
    fn evaluator<P: Predict<Network = N>>(net: &P) -> Evaluator<'_, P, Self::Target>;
}

macro_rules! defaults {
    ($head:ident, $target:ty $(, $classes:ident)?; $loss:expr, $metric:expr) => {
        impl<N: Network<Head = head::$head>, Y $(: $classes)?> DefaultEvaluation<N, Y>
            for head::$head
        {
            type Target = $target;

            fn evaluator<P: Predict<Network = N>>(net: &P) -> Evaluator<'_, P, $target> {
                Evaluator::new(net, $loss).metric($metric)
            }
        }
    };
}
defaults!(Softmax, Y, ClassTarget; CrossEntropy, Accuracy);
defaults!(LogSoftmax, Y, ClassTarget; NegativeLogLikelihood, Accuracy);
defaults!(Sigmoid, N::Output; BinaryCrossEntropy, BinaryAccuracy);
defaults!(Plain, N::Output; MeanSquaredError, MeanAbsolute);
defaults!(Unknown, Y, ClassTarget; CrossEntropy, Accuracy);

impl<H: Head, N: Network<Head = head::Hidden<H>>, Y> DefaultEvaluation<N, Y> for head::Hidden<H> {
    type Target = N::Output;

    fn evaluator<P: Predict<Network = N>>(net: &P) -> Evaluator<'_, P, N::Output> {
        Evaluator::new(net, MeanSquaredError).metric(MeanAbsolute)
    }
}

/// Evaluates a network, or its prepared weights, by a loss and metrics of choice.
pub struct Evaluator<'a, P: Predict, Y> {
    net: &'a P,
    loss: Box<dyn AnyLoss<P::Network, Y> + 'a>,
    metrics: Vec<Box<dyn Metric<P::Network, Y> + 'a>>,
}

impl<'a, P: Predict, Y> Evaluator<'a, P, Y> {
    /// Evaluates `net` by `loss`.
    #[must_use]
    pub fn new(net: &'a P, loss: impl Loss<P::Network, Y> + 'a) -> Self {
        Self { net, loss: Box::new(loss), metrics: Vec::new() }
    }

    /// Gathers a metric besides. `&mut metric` keeps it for afterwards.
    #[must_use]
    pub fn metric(mut self, metric: impl Metric<P::Network, Y> + 'a) -> Self {
        self.metrics.push(Box::new(metric));
        self
    }

    /// Runs over all samples.
    ///
    /// # Errors
    ///
    /// When there are no samples, or a target does not fit the outputs.
    pub fn run<D>(mut self, data: &D) -> Result<Report, TrainError>
    where
        D: Dataset<<P::Network as Network>::Input> + ?Sized,
        D::Target: TargetOf<Y>,
        Y: Clone,
    {
        let data = Typed::new(data);
        check::<P::Network, _, _>("test", &data, &*self.loss)?;
        Ok(measure(Cpu::detect(), self.net, &*self.loss, &mut self.metrics, &data))
    }
}

impl<N: Network, Y, M: Metric<N, Y>> Metric<N, Y> for &mut M {
    fn name(&self) -> &'static str {
        (**self).name()
    }
    fn output(&self) -> Option<&'static str> {
        (**self).output()
    }
    fn reset(&mut self) {
        (**self).reset();
    }
    fn update(&mut self, outputs: &[N::Output], targets: &[Y]) {
        (**self).update(outputs, targets);
    }
    fn value(&self) -> f64 {
        (**self).value()
    }
}

/// Loss and metrics over data whose targets were checked.
pub(super) fn measure<N, P, Y, D>(
    cpu: Cpu,
    net: &P,
    loss: &dyn AnyLoss<N, Y>,
    metrics: &mut [Box<dyn Metric<N, Y> + '_>],
    data: &D,
) -> Report
where
    N: Network,
    P: Predict<Network = N>,
    D: Dataset<N::Input, Target = Y> + ?Sized,
{
    let mut inputs: Box<[N::Input]> = bytemuck::zeroed_slice_box(ROWS);
    let mut targets = Vec::with_capacity(ROWS);
    let mut scratch = N::scratch::<ROWS>();
    metrics.iter_mut().for_each(|metric| metric.reset());
    let mut sum = 0.0;
    for start in (0..data.len()).step_by(ROWS) {
        let end = (start + ROWS).min(data.len());
        targets.clear();
        for (into, index) in inputs.iter_mut().zip(start..end) {
            data.input(index, into);
            targets.push(data.target(index));
        }
        let outputs = net.infer::<ROWS>(cpu, &inputs[..targets.len()], &mut scratch);
        sum += loss.value(outputs, &targets) * targets.len() as f64;
        metrics.iter_mut().for_each(|metric| metric.update(outputs, &targets));
    }
    Report { loss: sum / data.len() as f64, metrics: measures(metrics) }
}

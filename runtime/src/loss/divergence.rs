//! The divergence of distributions.

use super::{EndsInDistribution, Found, Loss, TargetError};
use crate::{
    array::Array,
    network::{Entry, Outputs},
    simd::Scalar,
};

/// The Kullback-Leibler divergence of the outputs from target distributions: `Σ t ln(t / p)`, in the mean
/// over the places that have one each, such as the steps of a sequence.
///
/// The network ends in `softmax` or `log_softmax`; terms with `t = 0` are zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct KlDivergence;

impl<N: Outputs> Loss<N, N::Output> for KlDivergence
where
    N::Head: EndsInDistribution,
{
    const ENTRY: Entry = Entry::Head;
    const SEPARABLE: bool = true;

    fn check(&self, target: &N::Output) -> Result<(), TargetError> {
        let target = N::Output::flat(core::slice::from_ref(target));
        let outside = |value: &f64| !(-1e-6..=1.0 + 1e-6).contains(value);
        match target.iter().map(|value| value.to_f64()).find(outside) {
            Some(value) => Err(TargetError::new(Found::NotProbability(value), target.len())),
            None => Ok(()),
        }
    }

    fn value(&self, outputs: &[N::Output], targets: &[N::Output]) -> f64 {
        let terms = N::Output::flat(outputs).iter().zip(N::Output::flat(targets));
        let divergence = terms.filter(|(_, t)| **t > N::Scalar::ZERO).map(|(y, t)| {
            let t = t.to_f64();
            t * (libm::log(t) - N::Head::log(y.to_f64()))
        });
        divergence.sum::<f64>() * scale::<N>(outputs.len())
    }

    fn gradient(&self, outputs: &[N::Output], targets: &[N::Output], d: &mut [N::Output]) -> f64 {
        let (scale, classes) = (scale::<N>(outputs.len()), N::CLASSES);
        for ((d, y), t) in d.iter_mut().zip(outputs).zip(targets) {
            let (y, t) = (core::slice::from_ref(y), core::slice::from_ref(t));
            let places = N::Output::flat(y).chunks(classes).zip(N::Output::flat(t).chunks(classes));
            let d = N::Output::flat_mut(core::slice::from_mut(d)).chunks_mut(classes);
            for (d, (y, t)) in d.zip(places) {
                let total: f64 = t.iter().map(|t| t.to_f64()).sum();
                for ((d, y), t) in d.iter_mut().zip(y).zip(t) {
                    let p = N::Head::probability(y.to_f64());
                    *d = N::Scalar::from_f64(scale * (p * total - t.to_f64()));
                }
            }
        }
        Loss::<N, N::Output>::value(self, outputs, targets)
    }
}

/// One over the number of distributions in so many outputs.
fn scale<N: Outputs>(rows: usize) -> f64 {
    let places = N::Output::LEN / N::CLASSES.max(1);
    1.0 / (rows * places).max(1) as f64
}

//! What outputs of classifiers are compared with.

use crate::{
    loss::{Found, TargetError},
    simd::Scalar,
};

/// A class target: an integer label ("sparse"), an array of one for every step of a sequence, or a
/// distribution over the classes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a class target",
    note = "class targets are integer labels (`u8`, `usize`, ..), arrays of one for every step, and distributions `[f32; CLASSES]`; `ChooseALoss` says that `loss` was not called yet"
)]
pub trait ClassTarget {
    /// Parts of the output that have a label each, such as the steps of a sequence.
    fn steps(&self) -> usize {
        1
    }

    /// Whether each place where the network normalises classes has a distribution of its own, one after
    /// the other in this target.
    fn is_for_every_place(&self) -> bool {
        false
    }

    /// Whether the target fits so many outputs, rows of `last` values each.
    ///
    /// # Errors
    ///
    /// When a label is beyond the classes, there is not one for every step, or a distribution holds
    /// anything but probabilities.
    fn check(&self, outputs: usize, last: usize) -> Result<(), TargetError>;

    /// The probability of a class at a step.
    fn probability(&self, step: usize, class: usize) -> f64;

    /// The likeliest class at a step.
    fn class(&self, step: usize) -> usize;
}

macro_rules! labels {
    ($($t:ty),*) => {$(
        impl ClassTarget for $t {
            fn check(&self, outputs: usize, _last: usize) -> Result<(), TargetError> {
                if usize::try_from(*self).is_ok_and(|label| label < outputs) {
                    return Ok(());
                }
                Err(TargetError::new(Found::Label(*self as i128), outputs))
            }
            fn probability(&self, step: usize, class: usize) -> f64 {
                f64::from(u8::from(self.class(step) == class))
            }
            fn class(&self, _step: usize) -> usize {
                usize::try_from(*self).unwrap_or(usize::MAX)
            }
        }

        impl<const STEPS: usize> ClassTarget for [$t; STEPS] {
            fn steps(&self) -> usize {
                STEPS
            }
            fn check(&self, outputs: usize, last: usize) -> Result<(), TargetError> {
                if STEPS * last != outputs {
                    return Err(TargetError::new(Found::Steps(STEPS), outputs / last));
                }
                self.iter().try_for_each(|label| label.check(last, last))
            }
            fn probability(&self, step: usize, class: usize) -> f64 {
                self[step].probability(0, class)
            }
            fn class(&self, step: usize) -> usize {
                self[step].class(0)
            }
        }
    )*};
}
labels!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl<T: Scalar, const C: usize> ClassTarget for [T; C] {
    fn is_for_every_place(&self) -> bool {
        true
    }
    fn check(&self, outputs: usize, _last: usize) -> Result<(), TargetError> {
        if C != outputs {
            return Err(TargetError::new(Found::Classes(C), outputs));
        }
        let possible = |value: f64| (-1e-6..=1.0 + 1e-6).contains(&value);
        match self.iter().map(|value| value.to_f64()).find(|value| !possible(*value)) {
            Some(value) => Err(TargetError::new(Found::NotProbability(value), outputs)),
            None => Ok(()),
        }
    }
    fn probability(&self, _step: usize, class: usize) -> f64 {
        self.get(class).map_or(0.0, |value| value.to_f64())
    }
    fn class(&self, _step: usize) -> usize {
        arg_max(self)
    }
}

/// What of an output is compared with one label or distribution.
pub(crate) struct Part<'a, O, Y> {
    /// The outputs of its classes.
    pub(crate) output: &'a [O],
    target: &'a Y,
    step: usize,
    /// Where its distribution begins in that of its step.
    first: usize,
}

impl<O, Y: ClassTarget> Part<'_, O, Y> {
    /// The probability of a class.
    pub(super) fn probability(&self, class: usize) -> f64 {
        self.target.probability(self.step, self.first + class)
    }

    /// The likeliest class of the target.
    pub(crate) fn class(&self) -> usize {
        if !self.target.is_for_every_place() {
            return self.target.class(self.step);
        }
        let likelier = |best, class| match self.probability(class) > self.probability(best) {
            true => class,
            false => best,
        };
        (1..self.output.len()).fold(0, likelier)
    }
}

/// The parts of an output, of which `classes` values each are normalised together.
pub(crate) fn parts<'a, O, Y: ClassTarget>(
    output: &'a [O],
    target: &'a Y,
    classes: usize,
) -> impl ExactSizeIterator<Item = Part<'a, O, Y>> {
    let of_step = (output.len() / target.steps().max(1)).max(1);
    let places = match target.is_for_every_place() {
        true => (of_step / classes.max(1)).max(1),
        false => 1,
    };
    output.chunks_exact(of_step / places).enumerate().map(move |(at, output)| {
        let first = at % places * output.len();
        Part { output, target, step: at / places, first }
    })
}

/// The index of the greatest value, the first of equals.
pub(crate) fn arg_max<T: Scalar>(values: &[T]) -> usize {
    (1..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

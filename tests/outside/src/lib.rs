//! Networks declared at module level, inside a function and in a doctest, with every lint denied.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub)]
#![deny(clippy::all, clippy::pedantic)]

use monograd::prelude::*;

network! {
    /// Exclusive or.
    pub Xor: [2] -> [1] { hidden: dense(8), tanh, dense(1), sigmoid }
}

network! {
    /// Three kinds of small pictures.
    Pictures: [6, 6, 1] -> [3] {
        block unit(width) { conv2d(width, kernel = 3), batch_norm, relu }
        unit(4), max_pool2d(2), dropout(0.1), flatten,
        dense(3), softmax,
    }
}

/// The truth table of exclusive or.
pub const TABLE: [([f32; 2], [f32; 1]); 4] =
    [([0.0, 0.0], [0.0]), ([0.0, 1.0], [1.0]), ([1.0, 0.0], [1.0]), ([1.0, 1.0], [0.0])];

/// A trained network.
///
/// ```
/// #![deny(warnings)]
/// use monograd::prelude::*;
///
/// network! {
///     /// One line through the origin.
///     Line: [1] -> [1] { dense(1, bias = false) }
/// }
///
/// let mut net = Line::init(1);
/// let samples = [([1.0], [2.0]), ([2.0], [4.0])];
/// Trainer::new(&mut net).optimizer(Sgd::new(0.1)).loss(MeanSquaredError).epochs(100).quiet().fit(&samples)?;
/// let mut scratch = Line::scratch::<1>();
/// assert!((net.predict(&[3.0], &mut scratch)[0] - 6.0).abs() < 1e-3);
/// assert!((outside::xor()?.hidden().weight().len()) == 2);
/// # Ok::<(), TrainError>(())
/// ```
///
/// # Errors
///
/// When the loss is not finite.
pub fn xor() -> Result<Xor, TrainError> {
    let mut net = Xor::init(1);
    Trainer::new(&mut net)
        .optimizer(Adam::new(0.05))
        .loss(BinaryCrossEntropy)
        .epochs(300)
        .quiet()
        .fit(&TABLE)?;
    Ok(net)
}

/// The sum of the numbers as a network inside this function computes it, untrained.
#[must_use]
pub fn inside(numbers: [f64; 3]) -> f64 {
    network! {
        #[scalar(f64)]
        Sum: [3] -> [1] { dense(1, init = constant(1.0)) }
    }
    let net = Sum::init(1);
    let mut scratch = Sum::scratch::<1>();
    net.predict(&numbers, &mut scratch)[0]
}

/// The likeliest of three classes of a picture, after some training on three others.
///
/// # Errors
///
/// When the loss is not finite.
pub fn picture(picture: &[[[f32; 1]; 6]; 6]) -> Result<[f32; 3], TrainError> {
    let samples: Vec<_> = (0..3_u8).map(|class| ([[[f32::from(class)]; 6]; 6], class)).collect();
    let mut net = Pictures::init(1);
    Trainer::new(&mut net).loss(CrossEntropy).batch::<3>().epochs(2).quiet().fit(&samples)?;
    Ok(*net.predict(picture, &mut Pictures::scratch::<1>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exclusive_or_is_learnt() -> Result<(), TrainError> {
        let net = xor()?;
        let mut scratch = Xor::scratch::<1>();
        for (input, [expected]) in &TABLE {
            assert!((net.predict(input, &mut scratch)[0] - expected).abs() < 0.1);
        }
        Ok(())
    }

    #[test]
    fn numbers_are_summed() {
        assert!((inside([1.0, 2.0, 4.0]) - 7.0).abs() < 1e-12);
    }

    #[test]
    fn probabilities_sum_to_one() -> Result<(), TrainError> {
        let sum: f32 = picture(&[[[1.0]; 6]; 6])?.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5);
        Ok(())
    }
}

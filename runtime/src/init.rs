//! How fresh parameters are filled.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

#[cfg(feature = "alloc")]
use crate::{network::ParamInfo, rng::Rng, simd::Scalar};

/// An initialiser; `fan_in` and `fan_out` are those of the parameter it fills.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// All zeros.
    Zeros,
    /// All ones.
    Ones,
    /// One value everywhere.
    Constant(f64),
    /// `U(-a, a)`, `a = √(6 / (fan_in + fan_out))` (Glorot 2010).
    GlorotUniform,
    /// `N(0, 2 / (fan_in + fan_out))` (Glorot 2010).
    GlorotNormal,
    /// `U(-a, a)`, `a = √(6 / fan_in)` (He 2015).
    HeUniform,
    /// `N(0, 2 / fan_in)` (He 2015).
    HeNormal,
    /// `U(-a, a)`, `a = √(3 / fan_in)` (LeCun 1998).
    LecunUniform,
    /// `N(0, 1 / fan_in)` (LeCun 1998).
    LecunNormal,
    /// Orthonormal rows or columns of the matrix `[len / last, last]` (Saxe 2013).
    Orthogonal,
    /// `sin(r / 10000^(2i / n))` in column `2i` of row `r`, the cosine in the column after it, over rows
    /// of `n` (Vaswani 2017).
    Sinusoidal,
    /// Ones in the second quarter, zeros elsewhere: the forget gates of an LSTM, which starts to
    /// remember (Jozefowicz 2015).
    UnitForget,
}

impl Init {
    /// Fills one parameter. `stream` keeps parameters of one seed apart.
    #[cfg(feature = "alloc")]
    pub(crate) fn fill<T: Scalar>(
        self,
        values: &mut [T],
        param: &ParamInfo,
        seed: u64,
        stream: u64,
    ) {
        let mut rng = Rng::with_stream(seed, stream);
        let (fan_in, fan_out) = (param.fan_in.max(1) as f64, param.fan_out.max(1) as f64);
        match self {
            Self::Zeros => values.fill(T::ZERO),
            Self::Ones => values.fill(T::ONE),
            Self::Constant(value) => values.fill(T::from_f64(value)),
            Self::GlorotUniform => fill_uniform(values, &mut rng, 6.0 / (fan_in + fan_out)),
            Self::HeUniform => fill_uniform(values, &mut rng, 6.0 / fan_in),
            Self::LecunUniform => fill_uniform(values, &mut rng, 3.0 / fan_in),
            Self::GlorotNormal => fill_normal(values, &mut rng, 2.0 / (fan_in + fan_out)),
            Self::HeNormal => fill_normal(values, &mut rng, 2.0 / fan_in),
            Self::LecunNormal => fill_normal(values, &mut rng, 1.0 / fan_in),
            Self::Orthogonal => {
                let columns = param.shape.last().copied().unwrap_or(1).max(1);
                fill_orthogonal(values, &mut rng, columns);
            }
            Self::UnitForget => {
                let quarter = values.len() / 4;
                values.fill(T::ZERO);
                values[quarter..2 * quarter].fill(T::ONE);
            }
            Self::Sinusoidal => fill_sinusoidal(values, param.shape.last().copied().unwrap_or(1)),
        }
    }
}

/// `U(-a, a)` with `a = √square`.
#[cfg(feature = "alloc")]
fn fill_uniform<T: Scalar>(values: &mut [T], rng: &mut Rng, square: f64) {
    let limit = libm::sqrt(square);
    values.iter_mut().for_each(|v| *v = T::from_f64((2.0 * rng.uniform() - 1.0) * limit));
}

#[cfg(feature = "alloc")]
fn fill_normal<T: Scalar>(values: &mut [T], rng: &mut Rng, variance: f64) {
    let deviation = libm::sqrt(variance);
    values.iter_mut().for_each(|v| *v = T::from_f64(rng.normal() * deviation));
}

#[cfg(feature = "alloc")]
fn fill_sinusoidal<T: Scalar>(values: &mut [T], columns: usize) {
    for (at, value) in values.iter_mut().enumerate() {
        let (row, column) = ((at / columns) as f64, at % columns);
        let octave = (column - column % 2) as f64 / columns as f64;
        let angle = row / libm::pow(10_000.0, octave);
        *value =
            T::from_f64(if column.is_multiple_of(2) { libm::sin(angle) } else { libm::cos(angle) });
    }
}

/// Normal vectors, each freed of its parts along the ones before (Gram and Schmidt, twice over
/// against rounding) and scaled to length one: the columns of a tall matrix, the rows of a wide one.
#[cfg(feature = "alloc")]
fn fill_orthogonal<T: Scalar>(values: &mut [T], rng: &mut Rng, columns: usize) {
    let rows = values.len() / columns;
    let (count, len) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<f64> = (0..count * len).map(|_| rng.normal()).collect();
    for at in 0..count {
        let (before, rest) = vectors.split_at_mut(at * len);
        let vector = &mut rest[..len];
        for _ in 0..2 {
            before.chunks(len).for_each(|other| subtract(vector, other, dot(vector, other)));
        }
        let length = libm::sqrt(dot(vector, vector));
        vector.iter_mut().for_each(|value| *value /= length);
    }
    for (at, value) in values.iter_mut().enumerate() {
        let (row, column) = (at / columns, at % columns);
        let (vector, place) = if rows < columns { (row, column) } else { (column, row) };
        *value = T::from_f64(vectors[vector * len + place]);
    }
}

#[cfg(feature = "alloc")]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `vector -= factor · other`.
#[cfg(feature = "alloc")]
fn subtract(vector: &mut [f64], other: &[f64], factor: f64) {
    vector.iter_mut().zip(other).for_each(|(value, other)| *value -= factor * other);
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;

    const SHAPE: [usize; 2] = [50, 40];

    fn filled(init: Init, shape: &'static [usize]) -> Vec<f64> {
        let len = shape.iter().product();
        let [rows, columns] = [len / shape[shape.len() - 1], shape[shape.len() - 1]];
        let mut values = alloc::vec![9.0; len];
        let param = ParamInfo {
            name: "dense1.weight",
            layer: 0,
            shape,
            offset: 0,
            copies: 1,
            len,
            trained: true,
            decays: true,
            init,
            fan_in: rows,
            fan_out: columns,
            packing: crate::network::Packing::Plain,
            packed: 0,
            regularizer: crate::regularize::Regularizer::NONE,
            max_norm: None,
        };
        init.fill(&mut values, &param, 3, 1);
        values
    }

    fn variance(values: &[f64]) -> f64 {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / values.len() as f64
    }

    #[test]
    fn constants_are_exact() {
        for (init, value) in [(Init::Zeros, 0.0), (Init::Ones, 1.0), (Init::Constant(-0.25), -0.25)]
        {
            assert!(filled(init, &SHAPE).iter().all(|v| *v == value), "{init:?}");
        }
    }

    #[test]
    fn gates_start_to_remember() {
        let values = filled(Init::UnitForget, &[12]);
        assert_eq!(values, [0., 0., 0., 1., 1., 1., 0., 0., 0., 0., 0., 0.]);
    }

    #[test]
    fn variances_are_those_of_the_papers() {
        let (fan_in, fan_out) = (50.0, 40.0);
        let glorot = 2.0 / (fan_in + fan_out);
        for (init, expected) in [
            (Init::GlorotUniform, glorot),
            (Init::GlorotNormal, glorot),
            (Init::HeUniform, 2.0 / fan_in),
            (Init::HeNormal, 2.0 / fan_in),
            (Init::LecunUniform, 1.0 / fan_in),
            (Init::LecunNormal, 1.0 / fan_in),
        ] {
            let ratio = variance(&filled(init, &SHAPE)) / expected;
            assert!((0.9..1.1).contains(&ratio), "{init:?}: {ratio} times the variance");
        }
    }

    #[test]
    fn uniform_values_stay_within_the_limit() {
        let limit = libm::sqrt(6.0 / 50.0);
        let values = filled(Init::HeUniform, &SHAPE);
        let largest = values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        assert!(largest <= limit && largest > 0.98 * limit, "{largest} of {limit}");
    }

    fn assert_orthonormal(vectors: &[Vec<f64>]) {
        for (i, a) in vectors.iter().enumerate() {
            for (j, b) in vectors.iter().enumerate() {
                let expected = f64::from(u8::from(i == j));
                assert!((dot(a, b) - expected).abs() < 1e-12, "{i} · {j} = {}", dot(a, b));
            }
        }
    }

    #[test]
    fn orthogonal_columns_or_rows_are_orthonormal() {
        let tall = filled(Init::Orthogonal, &[3, 3, 2, 6]);
        let column = |c: usize| tall.chunks(6).map(|row| row[c]).collect();
        assert_orthonormal(&(0..6).map(column).collect::<Vec<_>>());
        let wide = filled(Init::Orthogonal, &[5, 12]);
        assert_orthonormal(&wide.chunks(12).map(<[f64]>::to_vec).collect::<Vec<_>>());
    }

    #[test]
    fn sinusoids_turn_slower_from_pair_to_pair() {
        let table = filled(Init::Sinusoidal, &[6, 4]);
        let close = |at: usize, value: f64| (table[at] - value).abs() < 1e-12;
        assert_eq!(table[..4], [0.0, 1.0, 0.0, 1.0]);
        assert!(close(4, 1_f64.sin()) && close(5, 1_f64.cos()), "{table:?}");
        assert!(close(4 * 5 + 2, 0.05_f64.sin()) && close(4 * 5 + 3, 0.05_f64.cos()), "{table:?}");
    }
}

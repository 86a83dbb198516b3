//! How fresh parameters are filled.

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
        let mut uniform = |scale: f64| fill_uniform(values, &mut rng, libm::sqrt(scale));
        match self {
            Self::GlorotUniform => return uniform(6.0 / (fan_in + fan_out)),
            Self::HeUniform => return uniform(6.0 / fan_in),
            Self::LecunUniform => return uniform(3.0 / fan_in),
            _ => {}
        }
        let mut normal = |variance: f64| fill_normal(values, &mut rng, libm::sqrt(variance));
        match self {
            Self::GlorotNormal => normal(2.0 / (fan_in + fan_out)),
            Self::HeNormal => normal(2.0 / fan_in),
            Self::LecunNormal => normal(1.0 / fan_in),
            Self::Ones => values.fill(T::ONE),
            Self::Constant(value) => values.fill(T::from_f64(value)),
            _ => values.fill(T::ZERO),
        }
    }
}

#[cfg(feature = "alloc")]
fn fill_uniform<T: Scalar>(values: &mut [T], rng: &mut Rng, limit: f64) {
    values.iter_mut().for_each(|v| *v = T::from_f64((2.0 * rng.uniform() - 1.0) * limit));
}

#[cfg(feature = "alloc")]
fn fill_normal<T: Scalar>(values: &mut [T], rng: &mut Rng, deviation: f64) {
    values.iter_mut().for_each(|v| *v = T::from_f64(rng.normal() * deviation));
}

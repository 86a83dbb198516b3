use alloc::vec::Vec;
use std::println;

use super::*;
use crate::{
    kernel::lanes::{load, store},
    simd::{Cpu, dispatch},
    testing::levels,
};

/// Runs a vector function over a slice at one level.
macro_rules! over {
    ($t:ty, $function:ident) => {{
        #[inline(always)]
        fn all<S: Simd>(simd: S, y: &mut [$t]) {
            for y in y.chunks_mut(2) {
                let value = $function::<S, $t>(simd, load(simd, y));
                store(simd, value, y);
            }
        }
        fn run(cpu: Cpu, x: &[$t]) -> Vec<$t> {
            let mut y = x.to_vec();
            dispatch!($t, cpu, simd => all(simd, &mut y));
            y
        }
        run
    }};
}

/// The largest error in units in the last place of the reference, or of `floor` where it is smaller.
macro_rules! worst_ulp {
    ($t:ty, $function:ident, $xs:expr, $reference:expr, $floor:expr) => {{
        let xs: Vec<$t> = $xs;
        let mut worst = (0.0_f64, 0.0);
        for cpu in levels() {
            for (&x, y) in xs.iter().zip(over!($t, $function)(cpu, &xs)) {
                let exact: f64 = $reference(f64::from(x));
                let ulp = (exact.abs().max($floor) * f64::from(<$t>::EPSILON))
                    .max(f64::from(<$t>::from_bits(1)));
                let error = (f64::from(y) - exact).abs() / ulp;
                let error = if f64::from(y) == exact || y == exact as $t { 0.0 } else { error };
                assert!(!error.is_nan(), "{x}: {y} instead of {exact}");
                worst = if error > worst.0 { (error, f64::from(x)) } else { worst };
            }
        }
        println!("{} {}: {worst:?}", stringify!($t), stringify!($function));
        worst.0
    }};
}

/// Points spread evenly, then points whose logarithms are.
macro_rules! points {
    ($t:ty, $from:expr, $to:expr) => {{
        let even = (0..100_000).map(|i| $from + ($to - $from) * f64::from(i) / 99_999.0);
        let fine = (0..30_000).map(|i| libm::exp2(f64::from(i % 15_000) / 150.0 - 60.0));
        let signed = fine.enumerate().map(|(i, x)| if i < 15_000 { x } else { -x });
        even.chain(signed.filter(|x| *x >= $from && *x <= $to))
            .map(|x| x as $t)
            .collect::<Vec<$t>>()
    }};
}

macro_rules! errors {
    ($t:ty) => {{
        assert!(worst_ulp!($t, exp, points!($t, -110.0, 88.0), libm::exp, 0.0) <= 1.5);
        assert!(worst_ulp!($t, exp_m1, points!($t, -50.0, 87.0), libm::expm1, 0.0) <= 1.5);
        assert!(worst_ulp!($t, ln, points!($t, 0.0, 1e6), libm::log, 0.0) <= 2.0);
        assert!(worst_ulp!($t, ln_1p_unit, points!($t, 0.0, 1.0), libm::log1p, 0.0) <= 2.5);
        assert!(worst_ulp!($t, tanh, points!($t, -30.0, 30.0), libm::tanh, 0.0) <= 3.0);
        let sigmoid_of = |x: f64| 1.0 / (1.0 + libm::exp(-x));
        assert!(worst_ulp!($t, sigmoid, points!($t, -80.0, 80.0), sigmoid_of, 0.0) <= 2.5);
        assert!(worst_ulp!($t, gate, points!($t, -80.0, 80.0), sigmoid_of, 1.0) <= 2.0);
        let cdf = |x: f64| 0.5 * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2);
        assert!(worst_ulp!($t, normal_cdf, points!($t, -12.0, 12.0), cdf, 1.0) <= 2.0);
        let slope =
            |x: f64| cdf(x) + x * crate::pointwise::FRAC_1_SQRT_2PI * libm::exp(-0.5 * x * x);
        assert!(worst_ulp!($t, gelu_slope, points!($t, -12.0, 12.0), slope, 1.0) <= 2.5);
    }};
}

#[test]
fn errors_are_as_documented() {
    errors!(f32);
    errors!(f64);
}

/// NaN stays NaN, and both infinities have their limits.
macro_rules! limits {
    ($t:ty, $($function:ident: $low:expr, $high:expr;)*) => {$(
        for cpu in levels() {
            let [low, high] = [<$t>::NEG_INFINITY, <$t>::INFINITY];
            let y = over!($t, $function)(cpu, &[<$t>::NAN, low, high, 0.0]);
            assert!(y[0].is_nan(), "{}", stringify!($function));
            let low: $t = $low;
            let same = y[1] == low || (low.is_nan() && y[1].is_nan());
            assert!(same, "{} {}", stringify!($function), y[1]);
            assert_eq!(y[2], $high, "{}", stringify!($function));
        }
    )*};
}

macro_rules! all_limits {
    ($t:ident) => {
        limits! { $t,
            exp: 0.0, $t::INFINITY;
            exp_m1: -1.0, $t::INFINITY;
            ln: $t::NAN, $t::INFINITY;
            tanh: -1.0, 1.0;
            sigmoid: 0.0, 1.0;
            normal_cdf: 0.0, 1.0;
        }
        for cpu in levels() {
            let y = over!($t, ln)(cpu, &[0.0, -1.0, 1.0, $t::MIN_POSITIVE / 4.0]);
            assert_eq!((y[0], y[2]), ($t::NEG_INFINITY, 0.0));
            assert!(
                y[1].is_nan()
                    && (f64::from(y[3]) - libm::log(f64::from($t::MIN_POSITIVE / 4.0))).abs()
                        < 1e-3
            );
        }
    };
}

#[test]
fn limits() {
    all_limits!(f32);
    all_limits!(f64);
}

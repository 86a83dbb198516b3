//! What a network call runs on: the SIMD level, read once, and the scalar types kernels exist for.

use fearless_simd::SimdFloat;

pub use fearless_simd::Level;

/// The processor as one network call sees it: a SIMD level and a number of threads.
///
/// It is read once, by [`Cpu::detect`], and passed down to every kernel. The same seed gives the
/// same bits for every number of threads at one level; levels with and without fused
/// multiply-add differ in the last bits, so a run reports its [`level_name`](Cpu::level_name).
#[derive(Clone, Copy, Debug)]
pub struct Cpu {
    level: Level,
    threads: usize,
}

impl Cpu {
    /// The best level of this machine, on one thread.
    ///
    /// Without `std` nothing can be asked at run time, and the level is the compile-time baseline.
    #[inline]
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(feature = "std")]
        {
            static BEST: std::sync::OnceLock<Level> = std::sync::OnceLock::new();
            Self::with_level(*BEST.get_or_init(best))
        }
        #[cfg(not(feature = "std"))]
        Self::with_level(best())
    }

    /// A level chosen by the caller, on one thread.
    #[inline]
    #[must_use]
    pub const fn with_level(level: Level) -> Self {
        Self { level, threads: 1 }
    }

    /// The same level, sharing work among `threads` threads of the current `rayon` pool.
    ///
    /// Without the feature `parallel` every kernel stays on the calling thread.
    #[inline]
    #[must_use]
    pub const fn with_threads(self, threads: usize) -> Self {
        Self { level: self.level, threads }
    }

    /// The SIMD level.
    #[inline]
    #[must_use]
    pub const fn level(self) -> Level {
        self.level
    }

    /// The same with vectors of at most 32 bytes, for values that are too few to fill longer ones.
    #[inline]
    #[must_use]
    pub(crate) fn narrowed(self) -> Self {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        if let Level::Avx512(_) = self.level {
            let level = self.level.as_avx2().map_or(self.level, Level::Avx2);
            return Self { level, threads: self.threads };
        }
        self
    }

    /// The number of threads that share the work of one kernel.
    #[inline]
    #[must_use]
    pub const fn threads(self) -> usize {
        self.threads
    }

    /// The name of the level, for reports: `avx512`, `avx2`, `neon`, `wasm128`, `sse2`, `scalar`.
    #[must_use]
    pub fn level_name(self) -> &'static str {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        {
            match self.level {
                Level::Avx512(_) => "avx512",
                Level::Avx2(_) => "avx2",
                _ => "sse2",
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            "neon"
        }
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
        {
            if self.level.is_fallback() { "scalar" } else { "wasm128" }
        }
    }
}

fn best() -> Level {
    Level::try_detect().unwrap_or(Level::baseline())
}

/// Runs `$body` compiled for the level of `$cpu`, with `$simd` bound to its token.
///
/// Everything between this macro and the vector operations must be `#[inline(always)]`, or it
/// loses the target features. SSE4.2 runs the SSE2 code: it would be one more copy of every kernel
/// for processors of before 2013. So would AVX-512 be for `$T` unless it is [`WIDE`](Scalar::WIDE).
macro_rules! dispatch {
    ($T:ty, $cpu:expr, $simd:ident => $body:expr) => {{
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        {
            use $crate::simd::{Level, Scalar, Simd as _, narrowed};
            match narrowed::<$T>($cpu.level()) {
                Level::Avx512($simd) if const { <$T as Scalar>::WIDE } => $simd.vectorize(
                    #[inline(always)]
                    || $body,
                ),
                Level::Avx2($simd) => $simd.vectorize(
                    #[inline(always)]
                    || $body,
                ),
                level => $crate::simd::baseline(
                    #[inline(always)]
                    || match level.as_sse2() {
                        Some($simd) => $body,
                        None => unreachable!("sse2 is the baseline of x86"),
                    },
                ),
            }
        }
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
        {
            fearless_simd::dispatch!($cpu.level(), $simd => $body)
        }
    }};
}
pub(crate) use dispatch;

/// Code of the baseline as a function of its own: inlined where it is called, as no other level is, it would
/// be optimised there once more.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
#[inline(never)]
pub(crate) fn baseline<R>(code: impl FnOnce() -> R) -> R {
    code()
}

/// The best level that kernels over `T` are compiled for.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn narrowed<T: Scalar>(level: Level) -> Level {
    match level.as_avx2() {
        Some(avx2) if !T::WIDE => Level::Avx2(avx2),
        _ => level,
    }
}

pub(crate) use fearless_simd::Simd;

/// A scalar type that networks are made of: `f32` or `f64`.
///
/// Kernels are written once, over [`Scalar::Vector`], and compiled as [`kernel`](crate::kernel) says.
pub trait Scalar:
    crate::kernel::math::Precision
    + bytemuck::Pod
    + Send
    + Sync
    + PartialOrd
    + crate::kernel::Verbs
    + crate::pass::Pass
{
    /// The native vector of this scalar at the level `S`.
    type Vector<S: Simd>: SimdFloat<S, Element = Self>;

    /// `0`.
    const ZERO: Self;
    /// `1`.
    const ONE: Self;
    /// The name in declarations and weight files: `f32` or `f64`.
    const NAME: &'static str;

    /// Whether kernels are compiled for AVX-512 too: not those over `f64`, which would be another copy of
    /// each for networks that check others.
    const WIDE: bool;

    /// Rounds an `f64` to this type.
    fn from_f64(value: f64) -> Self;
    /// Widens to `f64`.
    fn to_f64(self) -> f64;
    /// Whether the value is neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Whether the value is NaN.
    fn is_nan(self) -> bool;
    /// `√x`.
    fn sqrt(self) -> Self;
    /// `eˣ`, by `libm`: the same bits on every machine.
    fn exp(self) -> Self;
    /// `ln x`, likewise.
    fn ln(self) -> Self;
    /// The hyperbolic tangent, likewise.
    fn tanh(self) -> Self;
    /// The error function, likewise.
    fn erf(self) -> Self;
}

macro_rules! scalar {
    ($t:ident, $vector:ident, $sqrt:ident, $exp:ident, $ln:ident, $tanh:ident, $erf:ident) => {
        impl Scalar for $t {
            type Vector<S: Simd> = S::$vector;

            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NAME: &'static str = stringify!($t);
            const WIDE: bool = size_of::<Self>() == 4;

            #[inline]
            fn from_f64(value: f64) -> Self {
                value as $t
            }
            #[inline]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline]
            fn is_finite(self) -> bool {
                $t::is_finite(self)
            }
            #[inline]
            fn is_nan(self) -> bool {
                $t::is_nan(self)
            }
            #[inline]
            fn sqrt(self) -> Self {
                $sqrt(self)
            }
            #[inline]
            fn exp(self) -> Self {
                libm::$exp(self)
            }
            #[inline]
            fn ln(self) -> Self {
                libm::$ln(self)
            }
            #[inline]
            fn tanh(self) -> Self {
                libm::$tanh(self)
            }
            #[inline]
            fn erf(self) -> Self {
                libm::$erf(self)
            }
        }
    };
}
scalar!(f32, f32s, root_f32, expf, logf, tanhf, erff);
scalar!(f64, f64s, root, exp, log, tanh, erf);

/// `√x`.
///
/// `libm` writes the instruction itself, in a form that waits for every use of longer vectors around it;
/// the standard library leaves the choice of form to the compiler.
#[inline(always)]
pub(crate) fn root(x: f64) -> f64 {
    #[cfg(feature = "std")]
    {
        x.sqrt()
    }
    #[cfg(not(feature = "std"))]
    libm::sqrt(x)
}

#[inline(always)]
fn root_f32(x: f32) -> f32 {
    #[cfg(feature = "std")]
    {
        x.sqrt()
    }
    #[cfg(not(feature = "std"))]
    libm::sqrtf(x)
}

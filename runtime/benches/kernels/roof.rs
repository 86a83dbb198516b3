//! What the machine can do: multiply-adds on registers, and the speed of memory by size.

use std::{fmt, hint::black_box};

use fearless_simd::{Simd, SimdBase, SimdFloat};
use monograd_runtime::simd::Cpu;

use super::{median, ramp};

/// Operations and bytes a second, the latter by the bytes that are moved.
#[derive(Debug)]
pub(super) struct Roof {
    operations: f64,
    bytes: [(usize, f64); 7],
}

impl Roof {
    /// Measures on one thread.
    pub(super) fn measure(cpu: Cpu) -> Self {
        let steps = 10_000;
        let operations =
            2 * 24 * steps * fearless_simd::dispatch!(cpu.level(), simd => lanes(simd));
        let seconds = median(&mut || {
            fearless_simd::dispatch!(cpu.level(), simd => registers(simd, steps));
        });
        let sizes = [14, 18, 20, 22, 23, 24, 26].map(|bits| 1 << bits);
        Self {
            operations: operations as f64 / seconds,
            bytes: sizes.map(|size| (size, copy(size))),
        }
    }

    /// Seconds of work at the best: the longer of computing and of moving.
    pub(super) fn floor(&self, operations: usize, bytes: usize) -> f64 {
        let [.., largest] = self.bytes;
        let fits = self.bytes.iter().find(|(size, _)| bytes <= *size).unwrap_or(&largest);
        (operations as f64 / self.operations).max(bytes as f64 / fits.1)
    }
}

impl fmt::Display for Roof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "multiply-adds on registers: {:.1} GFLOP/s; copies:", self.operations * 1e-9)?;
        for (size, speed) in self.bytes {
            write!(f, " {:.1} GB/s up to {} kB,", speed * 1e-9, size >> 10)?;
        }
        write!(f, " one thread")
    }
}

/// Bytes a second of a copy that reads and writes `size` bytes in all.
fn copy(size: usize) -> f64 {
    let x = ramp(size / 8);
    let mut y = x.clone();
    size as f64 / median(&mut || black_box(&mut y).copy_from_slice(black_box(&x)))
}

fn lanes<S: Simd>(_: S) -> usize {
    S::f32s::LEN
}

#[inline(always)]
fn registers<S: Simd>(simd: S, steps: usize) {
    let mut sums = [S::f32s::splat(simd, 0.0); 24];
    let factor = S::f32s::splat(simd, black_box(0.5));
    for _ in 0..steps {
        for sum in &mut sums {
            *sum = sum.mul_add(factor, factor);
        }
    }
    black_box(sums);
}

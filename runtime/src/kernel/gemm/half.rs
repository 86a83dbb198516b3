//! Products with weights that are stored as [`f16`](crate::half::f16).

use super::{
    narrow::{self, Narrow, Stored, piece},
    operand::{ByRow, Vectors},
    output::Output,
    product::{Product, ROOM},
};
use crate::{
    kernel::{
        Matrix,
        lanes::{lanes, splat},
        tile::{store_full, with_columns},
        widen::Widen,
    },
    pointwise::Fun,
    simd::Cpu,
};

/// The bits of a matrix of [`f16`](crate::half::f16).
#[derive(Clone, Copy, Debug)]
pub struct Half<'a>(pub &'a [u16]);

impl Matrix<f32> for Half<'_> {
    fn gemm(
        self,
        cpu: Cpu,
        y: &mut [f32],
        x: &[f32],
        bias: Option<&[f32]>,
        fun: Option<Fun>,
        rows: usize,
        k: usize,
        n: usize,
    ) {
        narrow::gemm(cpu, y, x, self, bias, fun, rows, k, n);
    }
}

impl Narrow for Half<'_> {
    /// In pieces of eight, four, two vectors and one.
    #[inline(always)]
    fn row<S: Widen>(self, simd: S, y: &mut [f32], x: &[f32], bias: Option<&[f32]>) {
        let (n, len) = (y.len(), lanes::<S, f32>());
        let mut column = 0;
        while column < n {
            let vectors = (n - column).div_ceil(len);
            let w = &self.0[column..];
            let bias = bias.map(|bias| &bias[column..]);
            let y = &mut y[column..];
            column += len
                * match vectors {
                    8.. => piece::<S, SideBySide, 8, 1>(simd, y, x, w, bias, n),
                    4.. => piece::<S, SideBySide, 4, 2>(simd, y, x, w, bias, n),
                    2.. => piece::<S, SideBySide, 2, 4>(simd, y, x, w, bias, n),
                    _ => piece::<S, SideBySide, 1, 4>(simd, y, x, w, bias, n),
                };
        }
    }

    #[inline(always)]
    fn panels<S: Widen>(
        self,
        simd: S,
        y: &mut Output<'_, '_, f32>,
        product: &Product<'_, f32, ByRow<'_, f32>>,
        room: &mut [f32],
    ) {
        let (w, k, n) = (self.0, product.depth, product.columns);
        let mut column = 0;
        while column < n {
            with_columns!(S, f32, (n - column), C => {
                let width = C * lanes::<S, f32>();
                let columns = column..n.min(column + width);
                for first in (0..k).step_by(ROOM / width) {
                    let steps = first..k.min(first + ROOM / width);
                    let panel = &mut room[..steps.len() * width];
                    for (i, to) in panel.chunks_exact_mut(width).enumerate() {
                        let row = SideBySide::part::<S, C>(simd, &w[(first + i) * n + column..]);
                        store_full(simd, row, to);
                    }
                    let vectors = Vectors { values: panel, stride: width };
                    product.panel_rows::<S, C>(simd, y, vectors, columns.clone(), steps);
                }
                column += width;
            });
        }
    }
}

/// [`f16`](crate::half::f16) side by side.
struct SideBySide;

impl Stored for SideBySide {
    #[inline(always)]
    fn full<S: Widen, const C: usize>(simd: S, bits: &[u16]) -> [S::f32s; C] {
        let (mut row, len) = ([splat::<S, f32>(simd, 0.0); C], lanes::<S, f32>());
        for c in 0..C {
            row[c] = simd.widen(&bits[c * len..(c + 1) * len]);
        }
        row
    }
}

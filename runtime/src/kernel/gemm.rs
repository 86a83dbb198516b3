//! Matrix products: `y = x · w`, `dx = dy · wᵀ`, `dw = xᵀ · dy`.
//!
//! One operand is broadcast scalar by scalar from where it lies; the other is read as vectors from a
//! panel on the stack, of some steps of the depth and a few vectors. A block of rows that
//! stays in the second cache meets every panel before the next block begins.

mod gemv;
pub(crate) mod half;

use super::{
    lanes::lanes,
    map,
    tile::{
        Tile, depth, load_row, multiply_columns, multiply_rows, pack, pack_transposed, panel,
        steps_of, store_row, with_columns, with_tile_rows, zeros,
    },
};
use crate::{
    parallel::{Rows, share},
    pointwise::Fun,
    simd::{Cpu, Scalar, Simd, dispatch},
};

/// Rows of the output that meet all panels together; a multiple of every tile's rows.
const BLOCK: usize = 240;

/// Below this number of rows a panel costs more than it saves.
const FEW: usize = 4;

/// `y[r, n] = fun(x[r, k] · w[k, n] + bias[n])`.
pub(crate) fn gemm<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    fun: Option<Fun>,
    rows: usize,
    k: usize,
    n: usize,
) {
    let y = Rows { values: &mut y[..rows * n], len: n };
    let few = rows < FEW;
    share(cpu, rows, 12, rows * k * n, y, &|range, y| {
        let x = &x[range.start * k..range.end * k];
        if few {
            dispatch!(cpu, simd => gemv::forward(simd, y.values, x, w, bias, k, n));
        } else {
            dispatch!(cpu, simd => forward(simd, y.values, x, w, bias, [k, n]));
        }
        if let Some(fun) = fun {
            map::apply(cpu, y.values, fun);
        }
    });
}

/// `dx[r, k] = dy[r, n] · w[k, n]ᵀ`.
pub(crate) fn gemm_grad_input<T: Scalar>(
    cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    w: &[T],
    rows: usize,
    k: usize,
    n: usize,
) {
    let dx = Rows { values: &mut dx[..rows * k], len: k };
    let few = rows < FEW;
    share(cpu, rows, 12, rows * k * n, dx, &|range, dx| {
        let dy = &dy[range.start * n..range.end * n];
        if few {
            dispatch!(cpu, simd => gemv::grad_input(simd, dx.values, dy, w, k, n));
        } else {
            dispatch!(cpu, simd => grad_input(simd, dx.values, dy, w, [k, n]));
        }
    });
}

/// `dw[k, n] = x[r, k]ᵀ · dy[r, n]`.
pub(crate) fn gemm_grad_weight<T: Scalar>(
    cpu: Cpu,
    dw: &mut [T],
    x: &[T],
    dy: &[T],
    rows: usize,
    k: usize,
    n: usize,
) {
    if rows == 0 {
        return dw[..k * n].fill(T::ZERO);
    }
    let dw = Rows { values: &mut dw[..k * n], len: n };
    share(cpu, k, 12, rows * k * n, dw, &|range, dw| {
        dispatch!(cpu, simd => grad_weight(simd, dw.values, x, dy, range.start, [rows, k, n]));
    });
}

/// The steps of `len` by `step`: where each starts and how long it is.
#[inline(always)]
fn steps(len: usize, step: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..len).step_by(step).map(move |start| (start, step.min(len - start)))
}

#[inline(always)]
fn forward<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    [k, n]: [usize; 2],
) {
    let mut panel = panel::<S, T>(simd);
    for (y, x) in y.chunks_mut(BLOCK * n).zip(x.chunks(BLOCK * k)) {
        let mut column = 0;
        while column < n {
            with_columns!(S, T, (n - column), C => {
                for (first, depth) in steps(k, depth::<C>()) {
                    let panel = steps_of::<_, C>(&mut panel, depth);
                    pack(simd, panel, &w[first * n + column..], n);
                    let start = if first == 0 { Start::bias(bias, column) } else { Start::Sum };
                    let y = Columns::of::<S, C>(y, n, column);
                    rows_times_panel(simd, y, &x[first..], k, panel, start);
                }
                column += C * lanes::<S, T>();
            });
        }
    }
}

#[inline(always)]
fn grad_input<S: Simd, T: Scalar>(simd: S, dx: &mut [T], dy: &[T], w: &[T], [k, n]: [usize; 2]) {
    let mut panel = panel::<S, T>(simd);
    for (dx, dy) in dx.chunks_mut(BLOCK * k).zip(dy.chunks(BLOCK * n)) {
        let mut column = 0;
        while column < k {
            with_columns!(S, T, (k - column), C => {
                for (first, depth) in steps(n, depth::<C>()) {
                    let panel = steps_of::<_, C>(&mut panel, depth);
                    let dx = Columns::of::<S, C>(dx, k, column);
                    pack_transposed(simd, panel, &w[column * n + first..], n, dx.columns);
                    let start = if first == 0 { Start::Zero } else { Start::Sum };
                    rows_times_panel(simd, dx, &dy[first..], n, panel, start);
                }
                column += C * lanes::<S, T>();
            });
        }
    }
}

#[inline(always)]
fn grad_weight<S: Simd, T: Scalar>(
    simd: S,
    dw: &mut [T],
    x: &[T],
    dy: &[T],
    row: usize,
    [rows, k, n]: [usize; 3],
) {
    let mut panel = panel::<S, T>(simd);
    for (block, dw) in dw.chunks_mut(BLOCK * n).enumerate() {
        let mut column = 0;
        while column < n {
            with_columns!(S, T, (n - column), C => {
                for (first, depth) in steps(rows, depth::<C>()) {
                    let x = &x[first * k + row + block * BLOCK..];
                    let panel = steps_of::<_, C>(&mut panel, depth);
                    pack(simd, panel, &dy[first * n + column..], n);
                    let start = if first == 0 { Start::Zero } else { Start::Sum };
                    let dw = Columns::of::<S, C>(dw, n, column);
                    columns_times_panel(simd, dw, x, k, panel, start);
                }
                column += C * lanes::<S, T>();
            });
        }
    }
}

/// Some columns of a row-major matrix.
struct Columns<'a, T> {
    values: &'a mut [T],
    stride: usize,
    column: usize,
    columns: usize,
}

impl<'a, T: Scalar> Columns<'a, T> {
    /// `C` vectors of columns from `column` on, or as many columns as there are.
    #[inline(always)]
    fn of<S: Simd, const C: usize>(values: &'a mut [T], stride: usize, column: usize) -> Self {
        let columns = (C * lanes::<S, T>()).min(stride - column);
        Self { values, stride, column, columns }
    }

    #[inline(always)]
    fn rows(&self) -> usize {
        self.values.len() / self.stride
    }

    #[inline(always)]
    fn row(&mut self, row: usize) -> &mut [T] {
        let start = row * self.stride + self.column;
        &mut self.values[start..start + self.columns]
    }
}

/// What the sums of a tile begin with.
#[derive(Clone, Copy)]
enum Start<'a, T> {
    /// Nothing.
    Zero,
    /// The same row of values.
    Row(&'a [T]),
    /// What earlier steps of the depth left in the output.
    Sum,
}

impl<'a, T> Start<'a, T> {
    #[inline(always)]
    fn bias(bias: Option<&'a [T]>, column: usize) -> Self {
        bias.map_or(Self::Zero, |bias| Self::Row(&bias[column..]))
    }
}

/// The first values of the `R` rows of a tile from `row` on.
#[inline(always)]
fn start_tile<S: Simd, T: Scalar, const R: usize, const C: usize>(
    simd: S,
    start: Start<'_, T>,
    y: &mut Columns<'_, T>,
    row: usize,
) -> Tile<T::Vector<S>, R, C> {
    let mut tile = zeros::<S, T, R, C>(simd);
    match start {
        Start::Zero => {}
        Start::Row(values) => tile = [load_row(simd, values); R],
        Start::Sum => {
            for (r, values) in tile.iter_mut().enumerate() {
                *values = load_row(simd, y.row(row + r));
            }
        }
    }
    tile
}

/// The `R` rows of a tile to `row` and those after it.
#[inline(always)]
fn finish_tile<S: Simd, T: Scalar, const R: usize, const C: usize>(
    simd: S,
    tile: Tile<T::Vector<S>, R, C>,
    y: &mut Columns<'_, T>,
    row: usize,
) {
    for (r, values) in tile.into_iter().enumerate() {
        store_row(simd, values, y.row(row + r));
    }
}

/// `y[r] += x[r · stride ..] · panel` for every row.
#[inline(always)]
fn rows_times_panel<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    mut y: Columns<'_, T>,
    x: &[T],
    stride: usize,
    panel: &[[T::Vector<S>; C]],
    start: Start<'_, T>,
) {
    let (mut row, rows) = (0, y.rows());
    while row < rows {
        with_tile_rows!(S, T, C, rows - row, R => {
            let tile = start_tile::<S, T, R, C>(simd, start, &mut y, row);
            let mut factors = [x; R];
            for (r, factors) in factors.iter_mut().enumerate() {
                *factors = &x[(row + r) * stride..];
            }
            let tile = multiply_rows(simd, tile, factors, panel);
            finish_tile(simd, tile, &mut y, row);
            row += R;
        });
    }
}

/// `y[r] += x[i · stride + r] · panel[i]` for every row.
#[inline(always)]
fn columns_times_panel<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    mut y: Columns<'_, T>,
    x: &[T],
    stride: usize,
    panel: &[[T::Vector<S>; C]],
    start: Start<'_, T>,
) {
    let (mut row, rows) = (0, y.rows());
    while row < rows {
        with_tile_rows!(S, T, C, rows - row, R => {
            let tile = start_tile::<S, T, R, C>(simd, start, &mut y, row);
            let tile = multiply_columns(simd, tile, &x[row..], stride, panel);
            finish_tile(simd, tile, &mut y, row);
            row += R;
        });
    }
}

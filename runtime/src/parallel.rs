//! Sharing the work of one kernel among threads.
//!
//! What is shared is the rows or the columns of the output: every element is computed by one thread, in an order
//! that does not depend on where a share begins, so the bits do not depend on the threads. Work of
//! fewer than [`GRAIN`] operations a thread stays together: waking a thread costs as much.

#![cfg_attr(not(feature = "parallel"), allow(dead_code, reason = "nothing is split"))]

use core::ops::Range;

use crate::simd::Cpu;

/// The least work of a thread, in multiply-adds or elements read from memory.
/// Tests share everything.
pub(crate) const GRAIN: usize = if cfg!(test) { 1 } else { 1 << 16 };

/// Memory that can be shared by rows, or by columns.
pub(crate) trait Share: Send + Sized {
    /// The first `rows` rows, or columns, and the others.
    fn split(self, rows: usize) -> (Self, Self);
}

/// Rows of `len` values each.
#[derive(Debug)]
pub(crate) struct Rows<'a, T> {
    /// The values of all rows.
    pub(crate) values: &'a mut [T],
    /// The length of a row.
    pub(crate) len: usize,
}

impl<T: Send> Share for Rows<'_, T> {
    #[inline]
    fn split(self, rows: usize) -> (Self, Self) {
        let (first, others) = self.values.split_at_mut(rows * self.len);
        (Self { values: first, len: self.len }, Self { values: others, len: self.len })
    }
}

/// Columns of up to `N` rows.
#[derive(Debug)]
pub(crate) struct Columns<'a, T, const N: usize> {
    rows: [&'a mut [T]; N],
    count: usize,
}

impl<'a, T, const N: usize> Columns<'a, T, N> {
    /// All columns of the rows of `len` values each.
    pub(crate) fn new(values: &'a mut [T], len: usize) -> Self {
        let count = values.len() / len;
        let mut values = values.chunks_exact_mut(len);
        Self { rows: core::array::from_fn(|_| values.next().unwrap_or_default()), count }
    }

    /// The rows.
    pub(crate) fn rows(&mut self) -> &mut [&'a mut [T]] {
        &mut self.rows[..self.count]
    }
}

impl<T: Send, const N: usize> Share for Columns<'_, T, N> {
    fn split(mut self, columns: usize) -> (Self, Self) {
        let count = self.count;
        let mut others = core::array::from_fn(|_| Default::default());
        for (row, other) in self.rows.iter_mut().zip(&mut others).take(count) {
            (*row, *other) = core::mem::take(row).split_at_mut(columns);
        }
        (self, Self { rows: others, count })
    }
}

impl<A: Share, B: Share> Share for (A, B) {
    #[inline]
    fn split(self, rows: usize) -> (Self, Self) {
        let (a, b) = (self.0.split(rows), self.1.split(rows));
        ((a.0, b.0), (a.1, b.1))
    }
}

/// Calls `kernel` with shares of `rows` rows of `data` that begin at multiples of `unit`, one share
/// for each thread that gets at least [`GRAIN`] of the `work`.
#[inline]
pub(crate) fn share<D: Share>(
    cpu: Cpu,
    rows: usize,
    unit: usize,
    work: usize,
    data: D,
    kernel: &(impl Fn(Range<usize>, D) + Sync),
) {
    let shares = cpu.threads().min(work / GRAIN).min(rows / unit.max(1));
    #[cfg(feature = "parallel")]
    if shares > 1 {
        return split(0..rows, unit.max(1), shares, data, kernel);
    }
    let _ = shares;
    kernel(0..rows, data);
}

/// Calls `work` with every item and its place, on as many threads as there are.
#[cfg(feature = "std")]
pub(crate) fn each<T: Send>(cpu: Cpu, items: &mut [T], work: &(impl Fn(usize, &mut T) + Sync)) {
    let len = items.len();
    share(cpu, len, 1, usize::MAX, Rows { values: items, len: 1 }, &|range, items| {
        range.zip(items.values).for_each(|(place, item)| work(place, item));
    });
}

/// Does `work` while another thread, if there is one, sees to `aside`.
#[cfg(feature = "std")]
pub(crate) fn beside<R: Send>(
    cpu: Cpu,
    work: impl FnOnce() -> R + Send,
    aside: impl FnOnce() + Send,
) -> R {
    #[cfg(feature = "parallel")]
    if cpu.threads() > 1 {
        return rayon::join(work, aside).0;
    }
    #[cfg(not(feature = "parallel"))]
    let _ = cpu;
    aside();
    work()
}

/// One copy for all kernels that share the same kind of data.
#[cfg(feature = "parallel")]
fn split<D: Share>(
    rows: Range<usize>,
    unit: usize,
    shares: usize,
    data: D,
    kernel: &(dyn Fn(Range<usize>, D) + Sync),
) {
    if shares <= 1 {
        return kernel(rows, data);
    }
    let (first, middle) = half(&rows, unit, shares);
    let (left, right) = data.split(middle - rows.start);
    let (mut left, mut right) = (Some(left), Some(right));
    join(
        &mut || {
            if let Some(data) = left.take() {
                split(rows.start..middle, unit, first, data, kernel);
            }
        },
        &mut || {
            if let Some(data) = right.take() {
                split(middle..rows.end, unit, shares - first, data, kernel);
            }
        },
    );
}

/// Half of the shares, and where their rows end.
#[cfg(feature = "parallel")]
fn half(rows: &Range<usize>, unit: usize, shares: usize) -> (usize, usize) {
    let first = shares / 2;
    let count = (rows.len() * first / shares).next_multiple_of(unit).min(rows.len());
    (first, rows.start + count)
}

/// Both, at the same time if a thread is free: one copy of `rayon::join` for all kernels.
#[cfg(feature = "parallel")]
fn join(left: &mut (dyn FnMut() + Send), right: &mut (dyn FnMut() + Send)) {
    rayon::join(left, right);
}

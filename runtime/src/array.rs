//! Nested arrays as tensors: `[[[f32; 1]; 28]; 28]` is an image, a flat slice is its memory.

use crate::simd::Scalar;

/// A nested array of one scalar type, or the scalar itself: a tensor whose shape is its type.
///
/// Rows of a batch convert to and from flat memory without copying:
///
/// ```
/// use monograd_runtime::array::Array;
/// let rows = [[[1.0_f32, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]];
/// let flat = <[[f32; 2]; 2]>::flat(&rows);
/// assert_eq!(flat.len(), 8);
/// assert_eq!(<[[f32; 2]; 2]>::rows(flat), &rows);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tensor",
    note = "a tensor is a nested array of `f32` or `f64`, such as `[[f32; 3]; 4]`"
)]
pub trait Array: bytemuck::Pod + Send + Sync {
    /// The innermost type.
    type Scalar: Scalar;
    /// The number of scalars.
    const LEN: usize;
    /// The length of the innermost arrays; 0 for a scalar.
    const LAST: usize;
    /// The lengths of the arrays, from outside in; at most eight.
    const SHAPE: &'static [usize];
    /// All zeros.
    const ZEROED: Self;
    /// The number of these lengths, and themselves with zeros behind them.
    #[doc(hidden)]
    const SIZES: (usize, &'static [usize; MOST_RANK]);

    /// The memory of consecutive tensors.
    fn flat(rows: &[Self]) -> &[Self::Scalar];
    /// The memory of consecutive tensors, writable.
    fn flat_mut(rows: &mut [Self]) -> &mut [Self::Scalar];
    /// Consecutive tensors from memory; scalars left over at the end are not part of them.
    fn rows(flat: &[Self::Scalar]) -> &[Self];
    /// Consecutive tensors from memory, writable.
    fn rows_mut(flat: &mut [Self::Scalar]) -> &mut [Self];
}

/// The most lengths of nested arrays that a shape tells.
#[doc(hidden)]
pub const MOST_RANK: usize = 8;

/// The lengths within arrays of a length.
const fn behind(outer: usize, inner: &[usize; MOST_RANK]) -> [usize; MOST_RANK] {
    let (mut sizes, mut at) = ([outer; MOST_RANK], 1);
    while at < MOST_RANK {
        sizes[at] = inner[at - 1];
        at += 1;
    }
    sizes
}

macro_rules! scalar_array {
    ($t:ty) => {
        impl Array for $t {
            type Scalar = $t;
            const LEN: usize = 1;
            const LAST: usize = 0;
            const SHAPE: &'static [usize] = &[];
            const ZEROED: Self = 0.0;
            const SIZES: (usize, &'static [usize; MOST_RANK]) = (0, &[0; MOST_RANK]);

            #[inline]
            fn flat(rows: &[Self]) -> &[$t] {
                rows
            }
            #[inline]
            fn flat_mut(rows: &mut [Self]) -> &mut [$t] {
                rows
            }
            #[inline]
            fn rows(flat: &[$t]) -> &[Self] {
                flat
            }
            #[inline]
            fn rows_mut(flat: &mut [$t]) -> &mut [Self] {
                flat
            }
        }
    };
}
scalar_array!(f32);
scalar_array!(f64);

impl<A: Array, const N: usize> Array for [A; N] {
    type Scalar = A::Scalar;
    const LEN: usize = N * A::LEN;
    const LAST: usize = if A::LAST == 0 { N } else { A::LAST };
    const SHAPE: &'static [usize] = Self::SIZES.1.split_at(Self::SIZES.0).0;
    const ZEROED: Self = [A::ZEROED; N];
    const SIZES: (usize, &'static [usize; MOST_RANK]) = (A::SIZES.0 + 1, &behind(N, A::SIZES.1));

    #[inline]
    fn flat(rows: &[Self]) -> &[A::Scalar] {
        A::flat(rows.as_flattened())
    }
    #[inline]
    fn flat_mut(rows: &mut [Self]) -> &mut [A::Scalar] {
        A::flat_mut(rows.as_flattened_mut())
    }
    #[inline]
    fn rows(flat: &[A::Scalar]) -> &[Self] {
        A::rows(flat).as_chunks::<N>().0
    }
    #[inline]
    fn rows_mut(flat: &mut [A::Scalar]) -> &mut [Self] {
        A::rows_mut(flat).as_chunks_mut::<N>().0
    }
}

#[cfg(test)]
mod tests {
    use super::Array;

    #[test]
    fn shapes_are_those_of_the_types() {
        assert_eq!(<[[[f32; 1]; 28]; 27]>::SHAPE, [27, 28, 1]);
        assert_eq!(<[f64; 3]>::SHAPE, [3]);
        assert!(f32::SHAPE.is_empty());
        assert_eq!(<[[f32; 2]; 3]>::ZEROED, [[0.0; 2]; 3]);
    }
}

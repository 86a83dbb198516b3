//! Weights made ready for inference: those of matrix products stored in fewer bits, those of
//! convolutions by minimal filtering transformed.

use core::{fmt, marker::PhantomData, ops::Range};

use bytemuck::Pod;

use super::Predict;
use crate::{
    buffer::Store,
    half::{bf16, f16},
    kernel::{Brain, Filter, Half, Matrix, Transformed, winograd_filter_len},
    network::{Network, Packing, ParamInfo},
    simd::{Cpu, Scalar},
};

/// The weights of the network `N`, ready for inference: those of matrix products stored as `E`, those
/// of convolutions that run by minimal filtering transformed, which takes four times their memory, all
/// others as the network has them.
///
/// Weights of dense layers so small that several run as one step stay as they are, since the nearest
/// cache holds them; so do biases and normalisation, which are few and may be
/// large. The arithmetic is that of the network's scalar type: a stored weight is widened on its way
/// into a register.
///
/// Where the processor widens `f16` itself (AVX2 and better) reading half the bytes saves time, up to
/// half of it for weights that no near cache holds, but none for those that the second cache holds.
/// Elsewhere a few instructions do it, and what is saved is memory. [`bf16`] has three bits less, and
/// saves time in either case: widening it is nearly free.
///
/// ```
/// use monograd_runtime::prelude::*;
/// # fn f<N: Network<Scalar = f32>>(net: &N, input: &N::Input) {
/// let small: Prepared<N, f16> = net.prepare();
/// let mut scratch = N::scratch::<1>();
/// let output = small.predict(input, &mut scratch);
/// # }
/// ```
#[derive(Clone)]
pub struct Prepared<N: Network, E: Storage<N::Scalar>> {
    matrices: Store<E::Bits>,
    values: Store<N::Scalar>,
    network: PhantomData<fn() -> N>,
}

impl<N: Network, E: Storage<N::Scalar>> Prepared<N, E> {
    /// The number of stored weights of products, with the padding between matrices.
    pub const MATRICES: usize = packed_len(N::PARAMS, true);
    /// The number of all other parameters, with the padding between them.
    pub const VALUES: usize = packed_len(N::PARAMS, false);
    /// The memory that the weights take.
    pub const BYTES: usize =
        Self::MATRICES * size_of::<E::Bits>() + Self::VALUES * size_of::<N::Scalar>();

    #[cfg(feature = "alloc")]
    pub(crate) fn new(net: &N) -> Self {
        let mut matrices = Store::zeroed(Self::MATRICES);
        let mut values = Store::zeroed(Self::VALUES);
        for param in N::PARAMS {
            let from = &net.parameters().all()[param.offset..param.offset + param.len];
            let to = param.packed..param.packed + stored_len(param);
            match param.packing {
                Packing::Matrix => {
                    let columns = param.shape.last().copied().unwrap_or(1);
                    E::narrow(from, &mut matrices.values_mut()[to], columns);
                }
                Packing::Plain => values.values_mut()[to].copy_from_slice(from),
                Packing::Filter => {
                    use crate::kernel::Verbs;
                    let [inputs, outputs] = channels(param);
                    let u = &mut values.values_mut()[to];
                    N::Scalar::winograd_filter(Cpu::detect(), u, from, inputs, outputs);
                }
            }
        }
        Self { matrices, values, network: PhantomData }
    }

    /// Prepared weights that live as long as the program, for inference without a heap: what
    /// [`parts`](Prepared::parts) gave. `None` unless there are [`MATRICES`](Prepared::MATRICES) and
    /// [`VALUES`](Prepared::VALUES) of them.
    #[must_use]
    pub const fn from_static(
        matrices: &'static [E::Bits],
        values: &'static [N::Scalar],
    ) -> Option<Self> {
        if matrices.len() != Self::MATRICES || values.len() != Self::VALUES {
            return None;
        }
        let (matrices, values) = (Store::Borrowed(matrices), Store::Borrowed(values));
        Some(Self { matrices, values, network: PhantomData })
    }

    /// The weights of products, as they are stored, and all other parameters, for writing into a
    /// program that has them in a `static`.
    #[must_use]
    pub fn parts(&self) -> (&[E::Bits], &[N::Scalar]) {
        (self.matrices.values(), self.values.values())
    }
}

/// Where the last of the matrices, or of the other parameters, ends.
pub(crate) const fn packed_len(params: &[ParamInfo], matrices: bool) -> usize {
    let (mut length, mut i) = (0, 0);
    while i < params.len() {
        let end = params[i].packed + stored_len(&params[i]);
        if matches!(params[i].packing, Packing::Matrix) == matrices && end > length {
            length = end;
        }
        i += 1;
    }
    length
}

/// Scalars of a prepared parameter.
const fn stored_len(param: &ParamInfo) -> usize {
    match param.packing {
        Packing::Plain | Packing::Matrix => param.len,
        Packing::Filter => {
            let [inputs, outputs] = channels(param);
            winograd_filter_len(inputs, outputs)
        }
    }
}

/// The channels of input and output of a weight `[kh, kw, ci, co]`.
const fn channels(param: &ParamInfo) -> [usize; 2] {
    let [.., inputs, outputs] = *param.shape else { panic!("a convolution has channels") };
    [inputs, outputs]
}

impl<N: Network, E: Storage<N::Scalar>> Predict for Prepared<N, E> {
    type Network = N;

    #[inline]
    fn infer<'s, const B: usize>(
        &self,
        cpu: Cpu,
        inputs: &[N::Input],
        scratch: &'s mut N::Scratch<B>,
    ) -> &'s [N::Output] {
        let (matrices, values) = self.parts();
        N::infer_from::<B>(Packed::<N::Scalar, E> { matrices, values }, cpu, inputs, scratch)
    }
}

impl<N: Network, E: Storage<N::Scalar>> fmt::Debug for Prepared<N, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared<{}> {{ bytes: {} }}", N::NAME, Self::BYTES)
    }
}

/// What the weights of products of `T` can be stored as.
#[diagnostic::on_unimplemented(
    message = "weights of `{T}` cannot be stored as `{Self}`",
    note = "those of a network of `f32` can be stored as `f32`, `f16` or `bf16`, those of `f64` as `f64`"
)]
pub trait Storage<T: Scalar>: sealed::Sealed + 'static {
    /// One stored weight.
    type Bits: Pod + Send + Sync;
    /// A stored matrix, for products.
    #[doc(hidden)]
    type Matrix<'a>: Matrix<T>;

    /// Stores `values`, in rows of so many columns.
    #[doc(hidden)]
    fn narrow(values: &[T], bits: &mut [Self::Bits], columns: usize);
    /// Lends a stored matrix.
    #[doc(hidden)]
    fn matrix(bits: &[Self::Bits]) -> Self::Matrix<'_>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::half::bf16 {}
    impl Sealed for crate::half::f16 {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// Weights as they are.
impl<T: Scalar + sealed::Sealed> Storage<T> for T {
    type Bits = T;
    type Matrix<'a> = &'a [T];

    fn narrow(values: &[T], bits: &mut [T], _: usize) {
        bits.copy_from_slice(values);
    }

    #[inline]
    fn matrix(bits: &[T]) -> &[T] {
        bits
    }
}

/// Every weight goes to the nearest `f16`; one beyond ±65504, which no sound training yields, to
/// that.
impl Storage<f32> for f16 {
    type Bits = u16;
    type Matrix<'a> = Half<'a>;

    fn narrow(values: &[f32], bits: &mut [u16], _: usize) {
        for (bits, value) in bits.iter_mut().zip(values) {
            let most = Self::MAX.to_f32();
            *bits = Self::from_f32(value.clamp(-most, most)).to_bits();
        }
    }

    #[inline]
    fn matrix(bits: &[u16]) -> Half<'_> {
        Half(bits)
    }
}

/// Every weight goes to a number within half a unit of the last place of `bf16`; an infinite one to
/// the largest.
impl Storage<f32> for bf16 {
    type Bits = u16;
    type Matrix<'a> = Brain<'a>;

    fn narrow(values: &[f32], bits: &mut [u16], columns: usize) {
        Brain::store(values, bits, columns);
    }

    #[inline]
    fn matrix(bits: &[u16]) -> Brain<'_> {
        Brain(bits)
    }
}

/// The parameters that inference reads. A parameter has two places: `at` in the arena of its
/// network, and from `packed` on in a [`Prepared`] one.
#[doc(hidden)]
pub trait Source<T> {
    /// The weight of a product.
    type Matrix<'a>: Matrix<T>
    where
        Self: 'a;

    /// The weight of a convolution by minimal filtering.
    type Filter<'a>: Filter<T>
    where
        Self: 'a;

    /// The weight of a product.
    fn matrix(&self, at: Range<usize>, packed: usize) -> Self::Matrix<'_>;
    /// The weight of a convolution by minimal filtering.
    fn filter(&self, at: Range<usize>, packed: usize) -> Self::Filter<'_>;
    /// Any other parameter.
    fn values(&self, at: Range<usize>, packed: usize) -> &[T];
}

impl<T: Scalar> Source<T> for &[T] {
    type Matrix<'a>
        = &'a [T]
    where
        Self: 'a;

    type Filter<'a>
        = &'a [T]
    where
        Self: 'a;

    #[inline]
    fn matrix(&self, at: Range<usize>, _: usize) -> &[T] {
        &self[at]
    }

    #[inline]
    fn filter(&self, at: Range<usize>, _: usize) -> &[T] {
        &self[at]
    }

    #[inline]
    fn values(&self, at: Range<usize>, _: usize) -> &[T] {
        &self[at]
    }
}

/// The two parts of prepared weights.
pub(super) struct Packed<'p, T: Scalar, E: Storage<T>> {
    pub(super) matrices: &'p [E::Bits],
    pub(super) values: &'p [T],
}

impl<T: Scalar, E: Storage<T>> Source<T> for Packed<'_, T, E> {
    type Matrix<'a>
        = E::Matrix<'a>
    where
        Self: 'a;

    type Filter<'a>
        = Transformed<'a, T>
    where
        Self: 'a;

    #[inline]
    fn matrix(&self, at: Range<usize>, packed: usize) -> E::Matrix<'_> {
        E::matrix(&self.matrices[packed..packed + at.len()])
    }

    #[inline]
    fn filter(&self, _: Range<usize>, packed: usize) -> Transformed<'_, T> {
        Transformed(&self.values[packed..])
    }

    #[inline]
    fn values(&self, at: Range<usize>, packed: usize) -> &[T] {
        // What has no parameters may have its place behind all others.
        if at.is_empty() { &[] } else { &self.values[packed..packed + at.len()] }
    }
}

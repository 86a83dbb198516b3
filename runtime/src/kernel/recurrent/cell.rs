//! What one unit computes of its gates, over a vector of units, and its gradient.
//!
//! `x` are the products with the input and biases, `r` those with the states before.

use fearless_simd::{SimdBase, SimdFloat};

use crate::{
    kernel::{
        lanes::splat,
        math::{at_least, gate, tanh, three_gates_and_tanh},
    },
    simd::{Scalar, Simd},
};

/// The values of a vector of units at one step.
pub(super) struct Values<V, const G: usize> {
    pub(super) gates: [V; G],
    /// What the next step or the gradient needs besides; anything where the unit has no cell.
    pub(super) cell: V,
    pub(super) state: V,
}

/// What of one step its gradient is computed from.
pub(super) struct Kept<V, const G: usize> {
    pub(super) gates: [V; G],
    pub(super) cell: V,
    pub(super) cell_before: V,
    pub(super) state_before: V,
}

/// The gradients of a vector of units at one step.
pub(super) struct Gradients<V, const G: usize> {
    pub(super) x: [V; G],
    pub(super) r: [V; G],
    /// What the step before gets besides the products.
    pub(super) carry: V,
}

/// A unit with `G` gates.
pub(super) trait Unit<T: Scalar, const G: usize>: Copy + Send + Sync {
    /// Whether the gradient needs a value besides the gates and the states.
    const HAS_CELL: bool;
    /// Whether the gradients of `x` and `r` differ.
    const HAS_OWN_PRODUCTS: bool;
    /// Whether the step before gets a gradient besides that of `r`.
    const CARRIES: bool;

    fn forward<S: Simd>(
        self,
        simd: S,
        x: [T::Vector<S>; G],
        r: [T::Vector<S>; G],
        state_before: T::Vector<S>,
        cell_before: T::Vector<S>,
    ) -> Values<T::Vector<S>, G>;

    /// From `dh`, the gradient of the state, and what the step after carried.
    fn backward<S: Simd>(
        self,
        simd: S,
        kept: Kept<T::Vector<S>, G>,
        dh: T::Vector<S>,
        carry: T::Vector<S>,
    ) -> Gradients<T::Vector<S>, G>;
}

/// `s'` of a sigmoid from its value.
#[inline(always)]
fn sigmoid_slope<S: Simd, V: SimdFloat<S>>(y: V) -> V {
    y - y * y
}

/// `tanh'` from its value.
#[inline(always)]
fn tanh_slope<S: Simd, T: Scalar>(simd: S, y: T::Vector<S>) -> T::Vector<S> {
    splat::<S, T>(simd, T::ONE) - y * y
}

#[derive(Clone, Copy)]
pub(super) struct Rnn {
    pub(super) relu: bool,
}

impl<T: Scalar> Unit<T, 1> for Rnn {
    const HAS_CELL: bool = false;
    const HAS_OWN_PRODUCTS: bool = false;
    const CARRIES: bool = false;

    #[inline(always)]
    fn forward<S: Simd>(
        self,
        simd: S,
        [x]: [T::Vector<S>; 1],
        [r]: [T::Vector<S>; 1],
        _state_before: T::Vector<S>,
        cell_before: T::Vector<S>,
    ) -> Values<T::Vector<S>, 1> {
        let state = if self.relu {
            at_least::<S, T>(x + r, splat(simd, T::ZERO))
        } else {
            tanh::<S, T>(simd, x + r)
        };
        Values { gates: [state], cell: cell_before, state }
    }

    #[inline(always)]
    fn backward<S: Simd>(
        self,
        simd: S,
        kept: Kept<T::Vector<S>, 1>,
        dh: T::Vector<S>,
        carry: T::Vector<S>,
    ) -> Gradients<T::Vector<S>, 1> {
        let [y] = kept.gates;
        let d = if self.relu {
            let zero = splat::<S, T>(simd, T::ZERO);
            fearless_simd::Select::select(y.simd_gt(zero), dh, zero)
        } else {
            dh * tanh_slope::<S, T>(simd, y)
        };
        Gradients { x: [d], r: [d], carry }
    }
}

/// Its cell is the recurrent sum of `n`.
#[derive(Clone, Copy)]
pub(super) struct Gru;

impl<T: Scalar> Unit<T, 3> for Gru {
    const HAS_CELL: bool = true;
    const HAS_OWN_PRODUCTS: bool = true;
    const CARRIES: bool = true;

    #[inline(always)]
    fn forward<S: Simd>(
        self,
        simd: S,
        x: [T::Vector<S>; 3],
        r: [T::Vector<S>; 3],
        state_before: T::Vector<S>,
        _cell_before: T::Vector<S>,
    ) -> Values<T::Vector<S>, 3> {
        let [update, reset] = [gate::<S, T>(simd, x[0] + r[0]), gate::<S, T>(simd, x[1] + r[1])];
        let new = tanh::<S, T>(simd, reset.mul_add(r[2], x[2]));
        let kept = update * state_before;
        let state = (splat::<S, T>(simd, T::ONE) - update).mul_add(new, kept);
        Values { gates: [update, reset, new], cell: r[2], state }
    }

    #[inline(always)]
    fn backward<S: Simd>(
        self,
        simd: S,
        kept: Kept<T::Vector<S>, 3>,
        dh: T::Vector<S>,
        carry: T::Vector<S>,
    ) -> Gradients<T::Vector<S>, 3> {
        let [update, reset, new] = kept.gates;
        let dh = dh + carry;
        let one = splat::<S, T>(simd, T::ONE);
        let d_new = dh * (one - update) * tanh_slope::<S, T>(simd, new);
        let d_update = dh * (kept.state_before - new) * sigmoid_slope::<S, _>(update);
        let d_reset = d_new * kept.cell * sigmoid_slope::<S, _>(reset);
        Gradients {
            x: [d_update, d_reset, d_new],
            r: [d_update, d_reset, d_new * reset],
            carry: dh * update,
        }
    }
}

/// Its cell is `c`.
#[derive(Clone, Copy)]
pub(super) struct Lstm;

impl<T: Scalar> Unit<T, 4> for Lstm {
    const HAS_CELL: bool = true;
    const HAS_OWN_PRODUCTS: bool = false;
    const CARRIES: bool = true;

    #[inline(always)]
    fn forward<S: Simd>(
        self,
        simd: S,
        x: [T::Vector<S>; 4],
        r: [T::Vector<S>; 4],
        _state_before: T::Vector<S>,
        cell_before: T::Vector<S>,
    ) -> Values<T::Vector<S>, 4> {
        let sums = [x[0] + r[0], x[1] + r[1], x[3] + r[3], x[2] + r[2]];
        let [input, forget, output, new] = three_gates_and_tanh::<S, T>(simd, sums);
        let cell = forget.mul_add(cell_before, input * new);
        let state = output * tanh::<S, T>(simd, cell);
        Values { gates: [input, forget, new, output], cell, state }
    }

    #[inline(always)]
    fn backward<S: Simd>(
        self,
        simd: S,
        kept: Kept<T::Vector<S>, 4>,
        dh: T::Vector<S>,
        carry: T::Vector<S>,
    ) -> Gradients<T::Vector<S>, 4> {
        let [input, forget, new, output] = kept.gates;
        let seen = tanh::<S, T>(simd, kept.cell);
        let d_output = dh * seen * sigmoid_slope::<S, _>(output);
        let d_cell = (dh * output).mul_add(tanh_slope::<S, T>(simd, seen), carry);
        let d_input = d_cell * new * sigmoid_slope::<S, _>(input);
        let d_forget = d_cell * kept.cell_before * sigmoid_slope::<S, _>(forget);
        let d_new = d_cell * input * tanh_slope::<S, T>(simd, new);
        let gates = [d_input, d_forget, d_new, d_output];
        Gradients { x: gates, r: gates, carry: d_cell * forget }
    }
}

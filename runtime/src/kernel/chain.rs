//! Small layers one after the other under one dispatch: what lies between them stays in the innermost
//! cache.
//!
//! Their sizes and functions are a type, so that the compiler unrolls every loop and keeps no branch.

use fearless_simd::SimdBase;

use super::{
    causal::{CausalLayer, STREAMS, Taps, every_group, one_vector, product},
    lanes::{lanes, load, splat, store},
    map::{Known, known},
};
use crate::{
    parallel::{Rows, share},
    pointwise::Fun,
    simd::{Cpu, Scalar, Simd, dispatch},
};

/// The most inputs or outputs of a layer.
const WIDEST: usize = 32;

/// The most layers of a chain.
const MOST: usize = 8;

/// At most 8 layers of at most 32 inputs and outputs, each fed by the one before.
pub trait Chain {
    /// What they compute.
    const LAYERS: &'static [CausalLayer];
}

/// Weight `[kernel, k / groups, n]` and bias `[n]` of a layer.
pub type Params<'a, T> = (&'a [T], Option<&'a [T]>);

/// The last inputs of a layer, as in [`Taps`].
pub type Ring<'a, T> = Option<&'a mut [T]>;

/// `y = layers(x)` at the time step `time`.
pub fn causal_chain<T: Scalar, C: Chain>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    params: &[Params<'_, T>],
    rings: &mut [Ring<'_, T>],
    time: u64,
) {
    let mut step = Step { y, x, params, rings, time };
    dispatch!(T, leveled::<T, C>(cpu), simd => step.run::<_, C, 1>(simd));
}

/// `y[r] = layers(x[r])`, of layers without earlier steps.
pub fn dense_chain<T: Scalar, C: Chain>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    params: &[Params<'_, T>],
    rows: usize,
) {
    let (k, n) = (inputs::<C>(), outputs::<C>());
    if rows == 1 {
        return every_row::<T, C>(cpu, &mut Samples { y: &mut y[..n], x, params });
    }
    let work = rows * params.iter().map(|(w, _)| w.len()).sum::<usize>();
    let y = Rows { values: &mut y[..rows * n], len: n };
    share(cpu, rows, 16, work, y, &|range, y| {
        let x = &x[range.start * k..range.end * k];
        every_row::<T, C>(cpu, &mut Samples { y: y.values, x, params });
    });
}

/// Samples by one reference, for the reason that [`Step`] tells.
struct Samples<'s, 'p, T> {
    y: &'s mut [T],
    x: &'s [T],
    params: &'s [Params<'p, T>],
}

fn every_row<T: Scalar, C: Chain>(cpu: Cpu, all: &mut Samples<'_, '_, T>) {
    dispatch!(T, leveled::<T, C>(cpu), simd => {
        let Samples { y, x, params } = all;
        let samples = x.chunks_exact(inputs::<C>());
        for (y, x) in y.chunks_exact_mut(outputs::<C>()).zip(samples) {
            let rings = &mut [const { None }; MOST];
            Step { y, x, params, rings, time: 0 }.run::<_, C, STREAMS>(simd);
        }
    });
}

const fn inputs<C: Chain>() -> usize {
    C::LAYERS[0].k
}

const fn outputs<C: Chain>() -> usize {
    C::LAYERS[C::LAYERS.len() - 1].n
}

const fn is_narrow<C: Chain>() -> bool {
    let (mut narrow, mut at) = (true, 0);
    while at < C::LAYERS.len() {
        narrow &= C::LAYERS[at].k <= WIDEST && C::LAYERS[at].n <= WIDEST;
        at += 1;
    }
    narrow
}

/// Shorter vectors where no layer fills longer ones.
#[inline(always)]
fn leveled<T: Scalar, C: Chain>(cpu: Cpu) -> Cpu {
    let widest = C::LAYERS.iter().map(|layer| layer.n).max().unwrap_or(0);
    if widest * size_of::<T>() <= 32 { cpu.narrowed() } else { cpu }
}

/// What the code of a level gets by one reference: slices of its closure are copied in pairs of
/// halves just written, which a processor waits for.
struct Step<'s, 'p, 'r, T> {
    y: &'s mut [T],
    x: &'s [T],
    params: &'s [Params<'p, T>],
    rings: &'s mut [Ring<'r, T>],
    time: u64,
}

impl<T: Scalar> Step<'_, '_, '_, T> {
    /// Layers of one tap are added up from `R` sums.
    #[inline(always)]
    fn run<S: Simd, C: Chain, const R: usize>(&mut self, simd: S) {
        const { assert!(C::LAYERS.len() <= MOST, "a chain has at most 8 layers") }
        const { assert!(is_narrow::<C>(), "its layers have at most 32 inputs and outputs") }
        let between = &mut [[T::ZERO; WIDEST]; 2];
        self.layer::<S, At<C, 0>, R>(simd, between);
        self.layer::<S, At<C, 1>, R>(simd, between);
        self.layer::<S, At<C, 2>, R>(simd, between);
        self.layer::<S, At<C, 3>, R>(simd, between);
        self.layer::<S, At<C, 4>, R>(simd, between);
        self.layer::<S, At<C, 5>, R>(simd, between);
        self.layer::<S, At<C, 6>, R>(simd, between);
        self.layer::<S, At<C, 7>, R>(simd, between);
    }

    /// One layer, if there is one: from one half of `between` to the other.
    #[inline(always)]
    fn layer<S: Simd, L: Link, const R: usize>(
        &mut self,
        simd: S,
        [even, odd]: &mut [[T; WIDEST]; 2],
    ) {
        if const { L::LAYER.is_none() } {
            return;
        }
        let Some(layer) = L::LAYER else { return };
        let (before, after) = if L::AT % 2 == 0 { (odd, even) } else { (even, odd) };
        let x = if L::AT == 0 { self.x } else { &before[..] };
        let y = if L::IS_LAST { &mut self.y[..layer.n] } else { &mut after[..] };
        let ((w, bias), ring) = (self.params[L::AT], self.rings[L::AT].as_deref_mut());
        let w = &w[..layer.kernel * (layer.k / layer.groups) * layer.n];
        let bias = bias.map(|bias| &bias[..layer.n]);
        let mut taps = Taps { ring, w, bias, layer };
        let x = &x[..layer.k];
        if const { has_taps::<L>() } {
            outputs_of::<S, T, L, STREAMS>(simd, y, x, &taps, self.time);
        } else {
            outputs_of::<S, T, L, R>(simd, y, x, &taps, self.time);
        }
        taps.keep(simd, x, self.time);
    }
}

/// Writes the outputs of a layer to `y`, whole vectors where it has room for them.
#[inline(always)]
fn outputs_of<S: Simd, T: Scalar, L: Link, const R: usize>(
    simd: S,
    y: &mut [T],
    x: &[T],
    taps: &Taps<'_, T>,
    time: u64,
) {
    if const { has::<L>(1) } {
        let sum = splat(simd, product(simd, x, taps, time));
        y[0] = known::<S, T, L>(simd, sum).as_slice()[0];
    } else if const { has::<L>(lanes::<S, T>()) } {
        let sum = one_vector::<S, T, R>(simd, x, taps, time);
        store(simd, known::<S, T, L>(simd, sum), &mut y[..lanes::<S, T>()]);
    } else {
        every_group::<S, T, R>(simd, y, x, taps, time);
        for y in y[..taps.layer.n].chunks_mut(lanes::<S, T>()) {
            store(simd, known::<S, T, L>(simd, load(simd, y)), y);
        }
    }
}

/// The layer at a place of a chain.
trait Link: Known {
    const AT: usize;
    const IS_LAST: bool;
    const LAYER: Option<CausalLayer>;
}

struct At<C, const AT: usize>(core::marker::PhantomData<C>);

impl<C: Chain, const AT: usize> Link for At<C, AT> {
    const AT: usize = AT;
    const IS_LAST: bool = AT + 1 == C::LAYERS.len();
    const LAYER: Option<CausalLayer> =
        if AT < C::LAYERS.len() { Some(C::LAYERS[AT]) } else { None };
}

impl<C: Chain, const AT: usize> Known for At<C, AT> {
    const FUN: Option<Fun> = match Self::LAYER {
        Some(layer) => layer.fun,
        None => None,
    };
}

/// Whether the layer sees earlier steps.
const fn has_taps<L: Link>() -> bool {
    match L::LAYER {
        Some(layer) => layer.kernel > 1,
        None => false,
    }
}

/// Whether the outputs of the layer are these many, all from the same inputs.
const fn has<L: Link>(outputs: usize) -> bool {
    match L::LAYER {
        Some(layer) => layer.n == outputs && (layer.groups == 1 || outputs == 1),
        None => false,
    }
}

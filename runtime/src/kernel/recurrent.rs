//! Recurrent layers over whole sequences: what every step adds to the products with the input. And one
//! time step at a time, `step.rs`.
//!
//! Threads share the samples for the whole sequence. The recurrent weight is packed once, so that the
//! gates of some units lie side by side: their sums stay in registers until the unit is computed.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and vectors stay in registers"
)]

mod backward;
mod cell;
mod forward;
mod pack;
mod step;

use self::cell::{Gru, Lstm, Rnn, Unit};
pub use self::step::RecurStep;
pub(crate) use self::step::recur_step;
use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch},
};

/// What a unit computes of its gates, which are ordered as here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// `h = tanh(x + r)` (Elman 1990).
    RnnTanh,
    /// `h = max(x + r, 0)`.
    RnnRelu,
    /// Gates `z r n` (Cho 2014), the reset after the product: `z, r = sigmoid(x + r)`,
    /// `n = tanh(x + r · q)` with `q` the recurrent sum of `n`, `h = z · h' + (1 - z) · n`.
    Gru,
    /// Gates `i f g o` (Hochreiter 1997, Gers 2000): `i, f, o = sigmoid(x + r)`, `g = tanh(x + r)`,
    /// `c = f · c' + i · g`, `h = o · tanh(c)`.
    Lstm,
}

impl Cell {
    /// Gates of a unit.
    #[must_use]
    pub const fn gates(self) -> usize {
        match self {
            Self::RnnTanh | Self::RnnRelu => 1,
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }
}

/// The sizes of a recurrent layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// What a unit computes.
    pub cell: Cell,
    /// Steps of a sequence.
    pub steps: usize,
    /// Units.
    pub units: usize,
    /// Steps whose states are kept: all of them, or the last two at most. Step `t` is kept in
    /// `t mod slots`.
    pub slots: usize,
    /// Whether the last step comes first.
    pub reverse: bool,
    /// Whether `y` has every step, rather than the one that is computed last.
    pub sequences: bool,
}

impl Recurrence {
    /// The step that is computed after `count` others.
    #[inline(always)]
    pub(crate) const fn time(&self, count: usize) -> usize {
        if self.reverse { self.steps - 1 - count } else { count }
    }

    /// Scalars of a step of the gates.
    #[inline(always)]
    pub(crate) const fn width(&self) -> usize {
        self.cell.gates() * self.units
    }

    /// Scalars of a sample of `y`.
    pub(crate) const fn output(&self) -> usize {
        if self.sequences { self.steps * self.units } else { self.units }
    }

    /// Scalars of a sample of states.
    const fn states(&self) -> usize {
        self.slots * self.units
    }

    /// Multiplications of the products of `rows` samples.
    const fn work(&self, rows: usize) -> usize {
        rows * self.steps * self.units * self.width()
    }
}

/// The states of all steps, from products with the input in `gates`, which become the gates.
pub(crate) fn recur<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    gates: &mut [T],
    before: &mut [T],
    cells: Option<&mut [T]>,
    packed: &mut [T],
    u: &[T],
    bias: Option<&[T]>,
    rows: usize,
    sizes: Recurrence,
) {
    let values = Forward { y, gates, before, cells: cells.unwrap_or_default() };
    match sizes.cell {
        Cell::RnnTanh | Cell::RnnRelu => {
            let relu = sizes.cell == Cell::RnnRelu;
            forward(cpu, Rnn { relu }, values, packed, u, bias, rows, sizes);
        }
        Cell::Gru => forward(cpu, Gru, values, packed, u, bias, rows, sizes),
        Cell::Lstm => forward(cpu, Lstm, values, packed, u, bias, rows, sizes),
    }
}

/// Shorter vectors where the units do not fill longer ones.
fn leveled<T: Scalar>(cpu: Cpu, units: usize) -> Cpu {
    if units * size_of::<T>() <= 32 { cpu.narrowed() } else { cpu }
}

/// What the forward pass writes.
struct Forward<'a, T> {
    y: &'a mut [T],
    gates: &'a mut [T],
    before: &'a mut [T],
    cells: &'a mut [T],
}

fn forward<T: Scalar, U: Unit<T, G>, const G: usize>(
    cpu: Cpu,
    unit: U,
    values: Forward<'_, T>,
    packed: &mut [T],
    u: &[T],
    bias: Option<&[T]>,
    rows: usize,
    sizes: Recurrence,
) {
    let cpu = leveled::<T>(cpu, sizes.units);
    dispatch!(T, cpu, simd => pack::by_unit::<_, T, G>(simd, packed, u, sizes.units));
    let (panels, states) = (&*packed, sizes.states());
    let data = (
        (
            Rows { values: values.y, len: sizes.output() },
            Rows { values: values.gates, len: sizes.steps * sizes.width() },
        ),
        (
            Rows { values: values.before, len: states },
            Rows { values: values.cells, len: if U::HAS_CELL { states } else { 0 } },
        ),
    );
    share(cpu, rows, 1, sizes.work(rows), data, &|range, ((y, gates), (before, cells))| {
        let (y, gates, before, cells) = (y.values, gates.values, before.values, cells.values);
        let rows = range.len();
        let mut part = forward::Part { y, gates, before, cells, panels, bias, rows, sizes };
        dispatch!(T, cpu, simd => part.run(simd, unit));
    });
}

/// The gradients of the products, `gates` with the input and `recurrent` with the states, from those
/// of `y`.
pub(crate) fn recur_grad<T: Scalar>(
    cpu: Cpu,
    gates: &mut [T],
    recurrent: Option<&mut [T]>,
    carry: Option<&mut [T]>,
    packed: &mut [T],
    dy: &[T],
    u: &[T],
    before: &[T],
    cells: Option<&[T]>,
    rows: usize,
    sizes: Recurrence,
) {
    let (recurrent, carry) = (recurrent.unwrap_or_default(), carry.unwrap_or_default());
    let writes = Backward { gates, recurrent, carry };
    let reads = [dy, before, cells.unwrap_or_default()];
    match sizes.cell {
        Cell::RnnTanh | Cell::RnnRelu => {
            let relu = sizes.cell == Cell::RnnRelu;
            backward(cpu, Rnn { relu }, writes, reads, packed, u, rows, sizes);
        }
        Cell::Gru => backward(cpu, Gru, writes, reads, packed, u, rows, sizes),
        Cell::Lstm => backward(cpu, Lstm, writes, reads, packed, u, rows, sizes),
    }
}

/// What the backward pass writes.
struct Backward<'a, T> {
    gates: &'a mut [T],
    recurrent: &'a mut [T],
    carry: &'a mut [T],
}

fn backward<T: Scalar, U: Unit<T, G>, const G: usize>(
    cpu: Cpu,
    unit: U,
    values: Backward<'_, T>,
    [dy, before, cells]: [&[T]; 3],
    packed: &mut [T],
    u: &[T],
    rows: usize,
    sizes: Recurrence,
) {
    let cpu = leveled::<T>(cpu, sizes.units);
    dispatch!(T, cpu, simd => pack::by_gate(simd, packed, u, sizes));
    let (panels, width) = (&*packed, sizes.steps * sizes.width());
    let data = (
        Rows { values: values.gates, len: width },
        (
            Rows { values: values.recurrent, len: if U::HAS_OWN_PRODUCTS { width } else { 0 } },
            Rows { values: values.carry, len: if U::CARRIES { sizes.units } else { 0 } },
        ),
    );
    share(cpu, rows, 1, sizes.work(rows), data, &|range, (gates, (recurrent, carry))| {
        let (gates, recurrent, carry) = (gates.values, recurrent.values, carry.values);
        let dy = &dy[range.start * sizes.output()..];
        let before = &before[range.start * sizes.states()..];
        let cells = if U::HAS_CELL { &cells[range.start * sizes.states()..] } else { cells };
        let rows = range.len();
        let mut part =
            backward::Part { gates, recurrent, carry, dy, before, cells, panels, rows, sizes };
        dispatch!(T, cpu, simd => part.run(simd, unit));
    });
}

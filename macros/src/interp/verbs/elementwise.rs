//! Functions of single values.

use super::{epilogue, sum_rows};
use crate::{
    interp::{combine, memory::Memory, norm, pointwise},
    plan::{Buf, Elementwise},
};

pub(super) fn run(memory: &mut Memory<'_>, verb: &Elementwise) {
    let read = |buf: &Buf| memory.read(*buf);
    match verb {
        Elementwise::Map { y, x, fun } => memory.write(*y, epilogue(read(x), None, Some(*fun))),
        Elementwise::MapGrad { dx, dy, kept, fun } => {
            let derivatives = read(kept).into_iter().map(|kept| pointwise::derivative(*fun, kept));
            let values = read(dy).iter().zip(derivatives).map(|(dy, d)| dy * d).collect();
            memory.write(*dx, values);
        }
        Elementwise::Prelu { y, x, alpha } => {
            memory.write(*y, pointwise::prelu(&read(x), &read(x), &read(alpha)));
        }
        Elementwise::PreluGradInput { dx, dy, x, alpha } => {
            memory.write(*dx, pointwise::prelu(&read(dy), &read(x), &read(alpha)));
        }
        Elementwise::PreluGradSlope { dalpha, dy, x } => {
            let terms = read(dy).into_iter().zip(read(x)).map(|(dy, x)| dy * x.min(0.0));
            memory.write(*dalpha, sum_rows(&terms.collect::<Vec<_>>(), memory.len(*dalpha)));
        }
        Elementwise::Gate { y, x, n, fun } => {
            let gate = |[x]: [&[f64]; 1]| pointwise::gate(x, *fun);
            let values = norm::by_row(2 * memory.eval(n), [&read(x)], gate);
            memory.write(*y, values);
        }
        Elementwise::GateGrad { dx, dy, x, n, fun } => {
            let values = pointwise::gate_grad(&read(dy), &read(x), memory.eval(n), *fun);
            memory.write(*dx, values);
        }
        Elementwise::Axpby { y, a, b, alpha, beta } => {
            let values = combine::zip(&read(a), &read(b), |a, b| alpha * a + beta * b);
            memory.write(*y, values);
        }
        Elementwise::Scale { y, x, alpha } => {
            let values = read(x).iter().map(|x| alpha * x).collect();
            memory.write(*y, values);
        }
        Elementwise::Multiply { y, a, b } => {
            let values = combine::zip(&read(a), &read(b), |a, b| a * b);
            memory.write(*y, values);
        }
        Elementwise::Maximum { y, a, b } => {
            let values = combine::zip(&read(a), &read(b), combine::larger);
            memory.write(*y, values);
        }
        Elementwise::MaximumGrad { da, dy, a, b } => {
            let shares = combine::zip(&read(a), &read(b), combine::share);
            memory.write(*da, combine::zip(&read(dy), &shares, |dy, share| dy * share));
        }
    }
}

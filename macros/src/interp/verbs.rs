//! One arm for every verb, in a file for every kind.

mod arrange;
mod attend;
mod convolution;
mod elementwise;
mod nested;
mod normalization;
mod pool;
mod product;
mod random;
mod sequence;

use super::{memory::Memory, pointwise as functions, random::Stream};
use crate::plan::{Fun, Verb};

pub(super) fn run<'a>(memory: &mut Memory<'a>, verb: &'a Verb, stream: Stream) {
    match verb {
        Verb::Product(verb) => product::run(memory, verb),
        Verb::Convolution(verb) => convolution::run(memory, verb),
        Verb::Pool(verb) => pool::run(memory, verb),
        Verb::Normalization(verb) => normalization::run(memory, verb),
        Verb::Elementwise(verb) => elementwise::run(memory, verb),
        Verb::Random(verb) => random::run(memory, verb, stream),
        Verb::Sequence(verb) => sequence::run(memory, verb),
        Verb::Attend(verb) => attend::run(memory, verb),
        Verb::Arrange(verb) => arrange::run(memory, verb),
        Verb::Nested(verb) => nested::run(memory, verb, stream),
    }
}

/// `fun(y + bias)`.
fn epilogue(mut y: Vec<f64>, bias: Option<Vec<f64>>, fun: Option<Fun>) -> Vec<f64> {
    if let Some(bias) = bias {
        y.iter_mut().zip(bias.iter().cycle()).for_each(|(y, bias)| *y += bias);
    }
    if let Some(fun) = fun {
        y.iter_mut().for_each(|y| *y = functions::value(fun, *y));
    }
    y
}

/// `db[n] = Σ dy[.., n]`.
fn sum_rows(dy: &[f64], n: usize) -> Vec<f64> {
    let mut db = vec![0.0; n];
    dy.iter().enumerate().for_each(|(i, dy)| db[i % n] += dy);
    db
}

//! Small networks over sound: the time of a sample by `step`, and of a block of 128 by `predict`.
//!
//! `cargo bench --bench step` prints the medians of rounds in which all take turns.

use std::{hint::black_box, time::Instant};

use monograd::{array::Array, prelude::*, simd::Cpu};

const BLOCK: usize = 128;
const ROUNDS: usize = 101;
const BLOCKS: usize = 40;

network! {
    Lstm: [128, 1] -> [128, 1] { lstm(16, return_sequences = true), dense(1) }
}

network! {
    Gru: [128, 1] -> [128, 1] { gru(8, return_sequences = true), dense(1) }
}

network! {
    Dilated: [128, 1] -> [128, 1] {
        conv1d(8, kernel = 3, padding = causal), tanh,
        conv1d(8, kernel = 3, padding = causal, dilation = 2), tanh,
        conv1d(8, kernel = 3, padding = causal, dilation = 4), tanh,
        conv1d(8, kernel = 3, padding = causal, dilation = 8), tanh,
        conv1d(1, kernel = 1),
    }
}

network! {
    Transformer: [128, 32] -> [128, 32] {
        repeat(2) {
            residual { layer_norm, attention(4, causal = true, rotary = true) },
            residual { layer_norm, dense(128), gelu, dense(32) },
        },
    }
}

/// A network with its state and buffers.
trait Subject {
    /// Goes over a block by steps.
    fn steps(&mut self);
    /// Goes over it at once.
    fn predict(&mut self);
}

struct Playing<N: Causal<Scalar = f32>> {
    net: N,
    block: Box<[f32]>,
    state: Box<State<N>>,
    scratch: Box<N::Scratch<1>>,
    cpu: Cpu,
}

impl<N: Causal<Scalar = f32>> Playing<N> {
    fn boxed(cpu: Cpu) -> Box<Self> {
        let block = (0..N::Input::LEN).map(|i| (0.37 * i as f32).sin()).collect();
        let (net, state, scratch) = (N::init(1), N::state(), N::scratch::<1>());
        Box::new(Self { net, block, state, scratch, cpu })
    }
}

impl<N: Causal<Scalar = f32>> Subject for Playing<N> {
    fn steps(&mut self) {
        for sample in N::Sample::rows(&self.block) {
            black_box(self.net.step_with(self.cpu, &mut self.state, black_box(sample)));
        }
    }

    fn predict(&mut self) {
        let block = &N::Input::rows(&self.block)[0];
        black_box(self.net.predict_with(self.cpu, black_box(block), &mut self.scratch));
    }
}

/// Nanoseconds of a block.
fn time(mut block: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..BLOCKS).for_each(|_| block());
    start.elapsed().as_nanos() as f64 / BLOCKS as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let cpu = Cpu::detect();
    let mut subjects: [(&str, Box<dyn Subject>); 4] = [
        ("lstm(16), dense(1)", Playing::<Lstm>::boxed(cpu)),
        ("gru(8), dense(1)", Playing::<Gru>::boxed(cpu)),
        ("four dilated convolutions of 8", Playing::<Dilated>::boxed(cpu)),
        ("two transformer blocks of 32", Playing::<Transformer>::boxed(cpu)),
    ];
    let mut times = vec![[Vec::new(), Vec::new()]; subjects.len()];
    for _ in 0..ROUNDS {
        for ((_, subject), [steps, blocks]) in subjects.iter_mut().zip(&mut times) {
            steps.push(time(|| subject.steps()) / BLOCK as f64);
            blocks.push(time(|| subject.predict()) / 1000.0);
        }
    }
    println!(
        "{}\n\n| network | a sample by `step` | 128 at once |\n|---|---|---|",
        cpu.level_name()
    );
    for ((name, _), [steps, blocks]) in subjects.iter().zip(times) {
        println!("| {name} | {:.1} ns | {:.2} us |", median(steps), median(blocks));
    }
}

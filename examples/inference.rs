//! A network inside a program: weights in the binary, buffers in a `static`, no allocation and no
//! unsafe code.
//!
//! `cargo run --example inference -- train` makes the weights again.

#![forbid(unsafe_code)]

use std::{env, error::Error, fs, sync::Mutex, time::Instant};

use monograd::prelude::*;

network! {
    /// Tells which way a stick is pushed from its two axes.
    Stick: [2] -> [4] { dense(16), tanh, dense(4), softmax }
}

/// As large as the compiler says, known before the program runs.
static SCRATCH: Mutex<Scratch<Stick>> = Mutex::new(Scratch::<Stick>::new());
const _: () = assert!(Stick::SCRATCH_BYTES <= 512, "the scratch fits half a kilobyte");

/// The parameters, in the order of the arena. The network borrows them.
static WEIGHTS: [f32; Stick::TRAINED + Stick::STATE] = floats(include_bytes!("inference.f32"));

const fn floats<const N: usize>(bytes: &[u8]) -> [f32; N] {
    let (bytes, rest) = bytes.as_chunks::<4>();
    assert!(bytes.len() == N && rest.is_empty(), "the file holds the weights of another network");
    let mut floats = [0.0; N];
    let mut i = 0;
    while i < N {
        floats[i] = f32::from_le_bytes(bytes[i]);
        i += 1;
    }
    floats
}

const NAMES: [&str; 4] = ["right", "up", "left", "down"];

fn main() -> Result<(), Box<dyn Error>> {
    if env::args().nth(1).is_some_and(|argument| argument == "train") {
        return train();
    }
    let net = Stick::from_static(&WEIGHTS).ok_or("these are the weights of another network")?;
    let mut scratch = SCRATCH.lock().expect("no other thread fails while it holds the scratch");
    println!("{} parameters, {} bytes of scratch", Stick::PARAMETERS, Stick::SCRATCH_BYTES);
    for input in [[0.9, 0.1], [-0.2, 0.8], [-0.7, -0.1], [0.1, -0.9]] {
        let probabilities = net.predict(&input, &mut scratch);
        let best = (0..4).max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
        println!("{input:>5.1?} is {}", NAMES[best.unwrap_or(0)]);
    }

    let calls = 1_000_000;
    let start = Instant::now();
    let sum: f32 = (0..calls).map(|i| net.predict(&[i as f32 * 1e-6, 0.5], &mut scratch)[0]).sum();
    let nanoseconds = start.elapsed().as_nanos() / calls;
    println!("{nanoseconds} ns a call (mean probability of `right` {:.3})", sum / calls as f32);
    Ok(())
}

/// Directions on a circle; the class is the nearest axis.
fn train() -> Result<(), Box<dyn Error>> {
    let samples: Vec<([f32; 2], u8)> = (0..720)
        .map(|i| {
            let angle = i as f32 / 720.0 * std::f32::consts::TAU;
            let class = (angle / std::f32::consts::FRAC_PI_2).round() as u8 % 4;
            ([angle.cos(), angle.sin()], class)
        })
        .collect();
    let mut net = Stick::init(1);
    Trainer::new(&mut net)
        .optimizer(Adam::new(0.01))
        .loss(CrossEntropy)
        .metric(Accuracy)
        .epochs(30)
        .fit(&samples)?;
    let bytes: Vec<u8> = net.parameters().all().iter().flat_map(|w| w.to_le_bytes()).collect();
    Ok(fs::write("examples/inference.f32", bytes)?)
}

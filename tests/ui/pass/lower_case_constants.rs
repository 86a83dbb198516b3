//! Names that expansions use are free: constants, statics and unit structs of the user's may have them.
#![allow(non_upper_case_globals, non_camel_case_types, dead_code)]

mod own {
    pub const all: usize = 1;
    pub const at: usize = 1;
    pub const context: usize = 1;
    pub const cpu: usize = 1;
    pub const d: usize = 1;
    pub const dy: usize = 1;
    pub const entry: usize = 1;
    pub const error: usize = 1;
    pub const f: usize = 1;
    pub const fixed: usize = 1;
    pub const flat: usize = 1;
    pub const gradient: usize = 1;
    pub const gradients: usize = 1;
    pub const index: usize = 1;
    pub const input: usize = 1;
    pub const inputs: usize = 1;
    pub const kept: usize = 1;
    pub const left: usize = 1;
    pub const metric: usize = 1;
    pub const output: usize = 1;
    pub const outputs: usize = 1;
    pub const own: usize = 1;
    pub const parameters: usize = 1;
    pub const part: usize = 1;
    pub const right: usize = 1;
    pub const row: usize = 1;
    pub const sample: usize = 1;
    pub const scratch: usize = 1;
    pub const seed: usize = 1;
    pub const share: usize = 1;
    pub const sum: usize = 1;
    pub const tape: usize = 1;
    pub const target: usize = 1;
    pub const targets: usize = 1;
    pub const time: usize = 1;
    pub const trained: usize = 1;
    pub const turn: usize = 1;
    pub const visitor: usize = 1;
    pub const watch: usize = 1;
    pub const weights: usize = 1;
    pub const x: usize = 1;
    pub static state: usize = 2;
    pub static rows: usize = 2;
    pub struct net;
}
use own::*;

monograd::network! {
    pub Body: [6, 4] -> [6, 4] { conv1d(4, kernel = 3, padding = causal), gru(4, return_sequences = true) }
}

monograd::network! {
    Stream: [6, 4] -> [6, 2] {
        body: Body -> [6, 4], repeat(2) { dense(4), tanh, attention(2, causal = true, rotary = true) }, dense(2),
    }
}

monograd::network! {
    Ports: (image: [6, 6, 1], meta: [3]) -> (class: [3], score: [1]) {
        conv2d(4, kernel = 3), batch_norm, relu, max_pool2d(2), flatten, dropout(0.1), end: concat(meta),
        dense(3), class: softmax, from(end), score: dense(1),
    }
}

monograd::network! {
    Mlp<const HIDDEN: usize in [4, 8]>: [2] -> [3] { dense(HIDDEN), repeat(2) { dense(HIDDEN), relu }, dense(3) }
}

fn main() {
    use monograd::prelude::*;

    let stream = Stream::init(1);
    stream.step(&mut Stream::state(), &[1.0; 4]);
    let ports = Ports::init(2);
    let both = PortsInput { image: [[[0.5]; 6]; 6], meta: [0.1; 3] };
    assert_eq!(ports.predict(&both, &mut Ports::scratch::<1>()).class.len(), own::index + 2);
    assert_eq!(MlpSweep::all(3).count(), state);
}

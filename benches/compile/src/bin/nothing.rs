//! A program without a network: what `monograd` and its dependencies cost by themselves.

use monograd::prelude::*;

fn main() {
    println!("{:?}", Adam::<f32>::default());
}

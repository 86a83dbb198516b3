//! The smallest network that needs a hidden layer.

use monograd::prelude::*;

network! {
    /// Exclusive or.
    Xor: [2] -> [1] { dense(8), tanh, dense(1), sigmoid }
}

fn main() -> Result<(), TrainError> {
    let table =
        [([0.0, 0.0], [0.0]), ([0.0, 1.0], [1.0]), ([1.0, 0.0], [1.0]), ([1.0, 1.0], [0.0])];

    let mut net = Xor::init(1);
    let history = Trainer::new(&mut net)
        .optimizer(Adam::new(0.05))
        .loss(BinaryCrossEntropy)
        .batch::<4>()
        .epochs(200)
        .quiet()
        .fit(&table)?;
    println!("loss after {} epochs: {:.4}", history.epochs.len(), history.last().loss);

    let mut scratch = Xor::scratch::<1>();
    for (input, [expected]) in &table {
        let [output] = net.predict(input, &mut scratch);
        println!("{input:?} -> {output:.3} (expected {expected})");
    }
    Ok(())
}

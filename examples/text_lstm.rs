//! A character-level LSTM: it learns to continue Shakespeare's sonnets, and writes some lines.
//!
//! About 10 seconds on two cores. Text, split and measure are those of `transformer`: a loss below 2.03
//! nats a character on the last sonnets, which it does not learn from.

mod sonnets;

use std::error::Error;

use monograd::prelude::*;
use sonnets::Sonnets;

network! {
    /// Says at every step which of 56 characters comes next, from those up to it.
    Poet: [64] -> [64, 56] {
        embedding(56, width = 64), dropout(0.2),
        lstm(128, return_sequences = true), dropout(0.2),
        dense(56), softmax,
    }
}

/// Nats a character to stay below.
const GOAL: f64 = 2.03;

fn main() -> Result<(), Box<dyn Error>> {
    let sonnets = Sonnets::new();
    let (train, unseen) = sonnets.excerpts();

    let mut net = Poet::init(7);
    Trainer::new(&mut net)
        .optimizer(AdamW::new(4e-3))
        .clip_norm(1.0)
        .loss(CrossEntropy)
        .metric(Accuracy)
        .batch::<32>()
        .epochs(12)
        .validation(&unseen)
        .early_stopping(EarlyStopping::new(2))
        .fit(&train)?;
    let report = evaluate(&net, &unseen)?;
    sonnets.conclude(&net, &report, GOAL)
}

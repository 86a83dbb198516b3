//! A character-level transformer: it learns to continue Shakespeare's sonnets, and writes some lines.
//!
//! About 20 seconds on two cores. The measure is the last sonnets, which it does not learn from: a loss
//! below 2.1 nats a character.

mod sonnets;

use std::error::Error;

use monograd::prelude::*;
use sonnets::Sonnets;

network! {
    /// Says at every step which of 56 characters comes next, from those up to it.
    ///
    /// Blocks of attention and perceptron, normalised before each (Radford et al. 2019).
    Poet: [64] -> [64, 56] {
        embedding(56, width = 64), position_embedding,
        repeat(3) {
            residual { layer_norm, attention(4, causal = true), dropout(0.1) },
            residual { layer_norm, dense(256), gelu, dense(64), dropout(0.1) },
        },
        layer_norm, dense(56), softmax,
    }
}

/// Nats a character to stay below.
const GOAL: f64 = 2.1;

fn main() -> Result<(), Box<dyn Error>> {
    let sonnets = Sonnets::new();
    let (train, unseen) = sonnets.excerpts();

    let mut net = Poet::init(7);
    Trainer::new(&mut net)
        .optimizer(AdamW::new(2e-3))
        .loss(CrossEntropy)
        .metric(Accuracy)
        .batch::<32>()
        .epochs(8)
        .validation(&unseen)
        .early_stopping(EarlyStopping::new(2))
        .fit(&train)?;
    let report = evaluate(&net, &unseen)?;
    sonnets.conclude(&net, &report, GOAL)
}

//! A character-level transformer: it learns to continue Shakespeare's sonnets, and writes some lines.
//!
//! Under a minute on two cores. The measure is the last sonnets, which it does not learn from: a loss
//! below 2.1 nats a character.

use std::error::Error;

use monograd::prelude::*;

/// Characters that are seen at a time.
const CONTEXT: usize = 64;

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

/// Some characters, and for each the one after it.
type Excerpt = ([f32; CONTEXT], [u8; CONTEXT]);

fn main() -> Result<(), Box<dyn Error>> {
    let text = include_str!("../datasets/text/sonnets.txt");
    let mut alphabet: Vec<char> = text.chars().collect();
    alphabet.sort_unstable();
    alphabet.dedup();
    let index = |char: char| alphabet.iter().position(|known| *known == char);
    let codes: Vec<u8> = text.chars().filter_map(index).map(|index| index as u8).collect();
    let (train, unseen) = codes.split_at(codes.len() * 9 / 10);
    let (train, unseen) = (excerpts(train, 4), excerpts(unseen, CONTEXT / 4));

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
    println!("sonnets never seen, by the best weights: {}", evaluate(&net, &unseen)?);

    let start = "When I ";
    let mut written: Vec<u8> = start.chars().filter_map(index).map(|index| index as u8).collect();
    let (mut rng, mut scratch) = (Rng::new(1), Poet::scratch::<1>());
    for _ in 0..400 {
        let next = next(&net, &mut scratch, &written, &mut rng);
        written.push(next);
    }
    let written: String = written.iter().map(|code| alphabet[usize::from(*code)]).collect();
    println!("\n{written}");
    Ok(())
}

/// Excerpts that begin `step` characters after one another.
fn excerpts(codes: &[u8], step: usize) -> Vec<Excerpt> {
    let windows = codes.windows(CONTEXT + 1).step_by(step);
    let excerpt = |window: &[u8]| {
        let input = std::array::from_fn(|t| f32::from(window[t]));
        (input, std::array::from_fn(|t| window[t + 1]))
    };
    windows.map(excerpt).collect()
}

/// Draws a character from what the network expects after the last ones.
fn next(
    net: &Poet,
    scratch: &mut <Poet as Network>::Scratch<1>,
    written: &[u8],
    rng: &mut Rng,
) -> u8 {
    let last = &written[written.len().saturating_sub(CONTEXT)..];
    // What follows the last character does not matter: no step sees those after it.
    let input = std::array::from_fn(|t| last.get(t).map_or(0.0, |code| f32::from(*code)));
    let probabilities = &net.predict(&input, scratch)[last.len() - 1];
    // Probabilities are sharpened: likely characters become likelier.
    let weights = probabilities.map(|p| f64::from(p).powf(1.5));
    let mut left = rng.uniform() * weights.iter().sum::<f64>();
    let chosen = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    chosen.unwrap_or(0) as u8
}

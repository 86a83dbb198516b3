//! Shakespeare's sonnets, character by character: excerpts to learn from, and lines that a network
//! writes. `transformer` and `text_lstm` share text, split and measure.

use std::{array, error::Error};

use monograd::prelude::*;

/// Characters that are seen at a time.
const CONTEXT: usize = 64;
/// Different characters of the text.
const ALPHABET: usize = 56;

/// Some characters, and for each the one after it.
pub(crate) type Excerpt = ([f32; CONTEXT], [u8; CONTEXT]);

/// What networks say: for every character the probabilities of the next.
type Expected = [[f32; ALPHABET]; CONTEXT];

/// The text in numbers.
pub(crate) struct Sonnets {
    alphabet: Vec<char>,
    codes: Vec<u8>,
}

impl Sonnets {
    pub(crate) fn new() -> Self {
        let text = include_str!("../../datasets/text/sonnets.txt");
        let mut alphabet: Vec<char> = text.chars().collect();
        alphabet.sort_unstable();
        alphabet.dedup();
        let mut sonnets = Self { alphabet, codes: Vec::new() };
        sonnets.codes = sonnets.codes_of(text);
        sonnets
    }

    fn codes_of(&self, text: &str) -> Vec<u8> {
        let index = |char| self.alphabet.iter().position(|known| *known == char);
        text.chars().filter_map(index).map(|index| index as u8).collect()
    }

    /// Excerpts of the first nine tenths to learn from, and of the rest, which no network sees.
    pub(crate) fn excerpts(&self) -> (Vec<Excerpt>, Vec<Excerpt>) {
        let (train, unseen) = self.codes.split_at(self.codes.len() * 9 / 10);
        (excerpts(train, 4), excerpts(unseen, CONTEXT / 4))
    }

    /// Prints what there is to say of sonnets that the network has not seen, and lines that it writes. A
    /// loss that is not below `goal`, in nats a character, is an error.
    pub(crate) fn conclude<N>(
        &self,
        net: &N,
        report: &Report,
        goal: f64,
    ) -> Result<(), Box<dyn Error>>
    where
        N: Network<Scalar = f32, Input = [f32; CONTEXT], Output = Expected>,
    {
        println!("sonnets never seen, by the best weights: {report}");
        println!("\n{}", self.write(net, "When I ", 400));
        if report.loss < goal {
            return Ok(());
        }
        Err(format!("the loss is {:.3}, to be below {goal}", report.loss).into())
    }

    /// A text that begins with `start`, whose next characters the network chooses.
    fn write<N>(&self, net: &N, start: &str, characters: usize) -> String
    where
        N: Network<Scalar = f32, Input = [f32; CONTEXT], Output = Expected>,
    {
        let (mut rng, mut scratch) = (Rng::new(1), N::scratch::<1>());
        let mut written = self.codes_of(start);
        for _ in 0..characters {
            let last = &written[written.len().saturating_sub(CONTEXT)..];
            // What follows the last character does not matter: no step sees those after it.
            let input = array::from_fn(|t| last.get(t).map_or(0.0, |code| f32::from(*code)));
            let next = draw(&net.predict(&input, &mut scratch)[last.len() - 1], &mut rng);
            written.push(next);
        }
        written.iter().map(|code| self.alphabet[usize::from(*code)]).collect()
    }
}

/// Excerpts that begin `step` characters after one another.
fn excerpts(codes: &[u8], step: usize) -> Vec<Excerpt> {
    let windows = codes.windows(CONTEXT + 1).step_by(step);
    let excerpt = |window: &[u8]| {
        let input = array::from_fn(|t| f32::from(window[t]));
        (input, array::from_fn(|t| window[t + 1]))
    };
    windows.map(excerpt).collect()
}

/// Draws a character. Probabilities are sharpened: likely characters become likelier.
fn draw(probabilities: &[f32; ALPHABET], rng: &mut Rng) -> u8 {
    let weights = probabilities.map(|p| f64::from(p).powf(1.5));
    let mut left = rng.uniform() * weights.iter().sum::<f64>();
    let chosen = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    chosen.unwrap_or(0) as u8
}

//! A recurrent network learns an overdrive from a dry and a wet recording (Wright et al. 2020), and runs
//! sample by sample over a WAV file, as an audio effect does.
//!
//! The dry signals are made here, phrases of plucked strings (Karplus and Strong 1983), and so is the
//! effect. About 10 seconds on two cores. The measure is the ratio of the power of the error to that of
//! the signal over a phrase that it does not learn from, to be below 0.005; of the dry signal it is 0.33.

use std::{array, error::Error, fs, path::Path, time::Instant};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use monograd::{optim::schedule::OneCycle, prelude::*};

/// Samples a second.
const RATE: u32 = 16_000;
/// Samples of the excerpts it learns from.
const LENGTH: usize = 256;
/// The error-to-signal ratio to stay below.
const GOAL: f64 = 0.005;

network! {
    /// What the effect adds to every sample.
    Overdrive: [256, 1] -> [256, 1] { gru(16, return_sequences = true), dense(1), add(input) }
}

/// A piece of the dry signal, and the wet one for it.
type Excerpt = ([[f32; 1]; LENGTH], [[f32; 1]; LENGTH]);

fn main() -> Result<(), Box<dyn Error>> {
    let dry = phrase(120, 1);
    let excerpts = excerpts(&dry, &effect(&dry));
    let mut net = Overdrive::init(7);
    Trainer::new(&mut net)
        .optimizer(Adam::new(8e-3))
        .schedule(OneCycle::default())
        .clip_norm(1.0)
        .loss(MeanSquaredError)
        .batch::<32>()
        .epochs(30)
        .fit(&excerpts)?;

    let folder = Path::new("target/audio");
    fs::create_dir_all(folder)
        .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    write(&folder.join("dry.wav"), &phrase(40, 2))?;
    let dry = read(&folder.join("dry.wav"))?;
    let (start, mut state) = (Instant::now(), State::<Overdrive>::new());
    let wet: Vec<f32> = dry.iter().map(|sample| net.step(&mut state, &[*sample])[0]).collect();
    let (spent, lasts) = (start.elapsed().as_secs_f64(), dry.len() as f64 / f64::from(RATE));
    write(&folder.join("wet.wav"), &wet)?;

    let target = effect(&dry);
    let (before, ratio) = (error_to_signal(&dry, &target), error_to_signal(&wet, &target));
    println!(
        "\n{lasts:.1} seconds of another phrase, from dry.wav to wet.wav in {}",
        folder.display()
    );
    println!("error to signal: {ratio:.5}, of the dry signal {before:.2}");
    println!("{:.0} times as fast as it is played, a sample at a time", lasts / spent);
    if ratio.is_nan() || ratio > GOAL {
        return Err(format!("the error is {ratio:.4} of the signal, to be below {GOAL}").into());
    }
    Ok(())
}

/// The power of the difference, as a share of that of the target.
fn error_to_signal(signal: &[f32], target: &[f32]) -> f64 {
    let error = signal.iter().zip(target).map(|(y, t)| f64::from(y - t).powi(2)).sum::<f64>();
    error / target.iter().map(|t| f64::from(*t).powi(2)).sum::<f64>()
}

/// An overdrive: less of the lows, a bend that is not the same on both sides, less of the highs.
fn effect(dry: &[f32]) -> Vec<f32> {
    let (mut lows, mut out) = (0.0, 0.0);
    let wet = dry.iter().map(|x| {
        lows += 0.05 * (x - lows);
        let driven = 5.0 * (x - 0.7 * lows) + 0.4;
        out += 0.4 * (0.6 * (driven.tanh() - 0.4_f32.tanh()) - out);
        out
    });
    wet.collect()
}

fn excerpts(dry: &[f32], wet: &[f32]) -> Vec<Excerpt> {
    let pairs = dry.chunks_exact(LENGTH).zip(wet.chunks_exact(LENGTH));
    pairs.map(|(dry, wet)| (array::from_fn(|t| [dry[t]]), array::from_fn(|t| [wet[t]]))).collect()
}

/// Plucked strings, a quarter of a second apart, which go on sounding below the next.
fn phrase(notes: usize, seed: u64) -> Vec<f32> {
    const APART: usize = RATE as usize / 4;
    let mut rng = Rng::new(seed);
    let mut signal = vec![0.0; (notes + 4) * APART];
    for note in 0..notes {
        // Steps of a pentatonic scale from a low A on, in twelfths of an octave.
        let step = [0, 3, 5, 7, 10][rng.below(5) as usize] + 12 * rng.below(3) as i32;
        let frequency = 110.0 * 2.0_f32.powf(step as f32 / 12.0);
        let loudness = 0.1 + 0.3 * rng.uniform() as f32;
        let place = &mut signal[note * APART..][..4 * APART];
        for (sum, sample) in place.iter_mut().zip(pluck(frequency, &mut rng)) {
            *sum += loudness * sample;
        }
    }
    signal
}

/// A string: noise goes round, and each time some of it is lost, of the highs most.
fn pluck(frequency: f32, rng: &mut Rng) -> impl Iterator<Item = f32> {
    let period = (RATE as f32 / frequency) as usize;
    let mut string: Vec<f32> = (0..period).map(|_| 2.0 * rng.uniform() as f32 - 1.0).collect();
    (0..period).cycle().map(move |at| {
        let sample = string[at];
        string[at] = 0.498 * (sample + string[(at + 1) % period]);
        sample
    })
}

fn write(path: &Path, signal: &[f32]) -> Result<(), String> {
    try_write(path, signal).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn try_write(path: &Path, signal: &[f32]) -> Result<(), hound::Error> {
    let spec = WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut file = WavWriter::create(path, spec)?;
    for sample in signal {
        file.write_sample((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16)?;
    }
    file.finalize()
}

fn read(path: &Path) -> Result<Vec<f32>, String> {
    try_read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn try_read(path: &Path) -> Result<Vec<f32>, hound::Error> {
    let mut file = WavReader::open(path)?;
    file.samples::<i16>().map(|sample| Ok(f32::from(sample?) / f32::from(i16::MAX))).collect()
}

//! The networks as frameworks with channels first have them, read from what ours wrote.

use std::fs;

use safetensors::SafeTensors;

use crate::contestant::{self, Job};

/// A network: layers over images, where it has any, then layers over rows.
pub(crate) struct Network {
    pub(crate) classes: usize,
    pub(crate) features: Vec<Layer>,
    pub(crate) head: Vec<Layer>,
    /// Channels last, without the batch.
    input: Vec<usize>,
}

/// A layer with its weights.
pub(crate) enum Layer {
    /// Weights `[out, in, kernel, kernel]`.
    Conv {
        weight: Vec<f32>,
        shape: [usize; 4],
        bias: Vec<f32>,
        padding: usize,
    },
    /// Weights `[in, out]`, over inputs that were flattened channels first.
    Dense {
        weight: Vec<f32>,
        shape: [usize; 2],
        bias: Vec<f32>,
    },
    MaxPool(usize),
    Relu,
    Tanh,
    Softmax,
}

impl Network {
    /// The network of a job.
    pub(crate) fn load(job: &Job) -> Self {
        let path = job.models.join(&job.network);
        let text = fs::read_to_string(path.with_extension("txt")).expect("the layers were written");
        let bytes = fs::read(path.with_extension("safetensors")).expect("the weights were written");
        let tensors = SafeTensors::deserialize(&bytes).expect("a file of weights");
        let lines = text.lines().map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let shape = words[2..].iter().map(|word| word.parse().expect("a size")).collect();
            (words[0], words[1], shape)
        });
        let mut lines: Vec<(&str, &str, Vec<usize>)> = lines.collect();
        let mut input = lines.remove(0).2;
        let mut network = Self { classes: 0, features: vec![], head: vec![], input: input.clone() };
        let mut image = None;
        for (kind, name, output) in lines {
            if kind == "flatten" {
                image = Some(input.clone());
            } else {
                let layer = layer(kind, &input, &output, image.take(), |part| {
                    values(&tensors, &format!("{name}.{part}"))
                });
                if input.len() == 3 { &mut network.features } else { &mut network.head }
                    .push(layer);
            }
            network.classes = output[0];
            input = output;
        }
        network
    }

    /// Whether the softmax that belongs to the loss follows the last dense layer.
    pub(crate) fn ends_in_softmax(&self) -> bool {
        matches!(self.head.last(), Some(Layer::Softmax))
    }

    /// The inputs of so many rows, channels first, and their shape with the batch.
    pub(crate) fn inputs(&self, rows: usize) -> (Vec<f32>, Vec<usize>) {
        let len: usize = self.input.iter().product();
        let values = contestant::inputs(rows * len);
        let [height, width, channels] = self.input[..] else { return (values, vec![rows, len]) };
        let plane = height * width;
        let moved = (0..values.len())
            .map(|i| values[i / len * len + i % len % plane * channels + i % len / plane])
            .collect();
        (moved, vec![rows, channels, height, width])
    }
}

fn values(tensors: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let tensor = tensors.tensor(name).expect("every layer has its weights");
    let bytes = tensor.data().chunks_exact(4);
    bytes.map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes"))).collect()
}

/// A layer from `input` to `output`; `image` is the shape that was flattened just before it.
fn layer(
    kind: &str,
    input: &[usize],
    output: &[usize],
    image: Option<Vec<usize>>,
    part: impl Fn(&str) -> Vec<f32>,
) -> Layer {
    match kind {
        "conv2d" => {
            let (weight, co, ci) = (part("weight"), output[2], input[2]);
            let size = (weight.len() / (ci * co)).isqrt();
            let padding = (output[0] + size - 1 - input[0]) / 2;
            // [kernel, kernel, in, out] to [out, in, kernel, kernel]
            let weight = swapped(&swapped(&weight, size * size, ci * co, 1), ci, co, size * size);
            Layer::Conv { weight, shape: [co, ci, size, size], bias: part("bias"), padding }
        }
        "dense" => {
            let mut weight = part("weight");
            if let Some([height, width, channels]) =
                image.as_deref().and_then(<[usize]>::first_chunk)
            {
                weight = swapped(&weight, height * width, *channels, output[0]);
            }
            Layer::Dense { weight, shape: [input[0], output[0]], bias: part("bias") }
        }
        "max_pool2d" => Layer::MaxPool(input[0] / output[0]),
        "relu" => Layer::Relu,
        "tanh" => Layer::Tanh,
        "softmax" => Layer::Softmax,
        other => panic!("peers do not know the layer {other}"),
    }
}

/// `[a, b, c]` as `[b, a, c]`.
fn swapped(values: &[f32], a: usize, b: usize, c: usize) -> Vec<f32> {
    let row = |i: usize| &values[(i % a * b + i / a) * c..][..c];
    (0..a * b).flat_map(row).copied().collect()
}

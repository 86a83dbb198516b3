//! candle on the CPU.

#[path = "../../contestant.rs"]
mod contestant;
#[path = "../../network.rs"]
mod network;

use candle_core::{D, Device, Result, Tensor, Var};
use candle_nn::{AdamW, Optimizer, ParamsAdamW, loss, ops};
use contestant::{Job, label, serve, target, time_calls};
use network::{Layer, Network};

/// Batches that a round goes through.
const BATCHES: usize = 8;

fn main() -> Result<()> {
    let job = Job::from_args().expect("arguments WORK NETWORK THREADS MODELS");
    let network = Network::load(&job);
    let about = format!("candle 0.11.1, threads {}", job.threads);
    if job.work == "step" {
        return train(&job, &network, &about);
    }
    let model = Model::new(&network)?;
    let x = inputs(&network, job.batch())?;
    let call = || model.forward(&x).and_then(|logits| model.head(&logits)).expect("shapes fit");
    let check = || call().flatten_all().and_then(|y| y.to_vec1()).expect("values");
    serve(&about, check, |seconds| time_calls(seconds, || drop(call())).to_vec());
    Ok(())
}

fn train(job: &Job, network: &Network, about: &str) -> Result<()> {
    let (batch, rows) = (job.batch(), BATCHES * job.batch());
    let (x, y) = (inputs(network, rows)?, targets(network.classes, rows)?);
    let batches: Vec<_> = (0..BATCHES)
        .map(|i| Ok((x.narrow(0, i * batch, batch)?, y.narrow(0, i * batch, batch)?)))
        .collect::<Result<_>>()?;
    let (model, mut next) = (Model::new(network)?, batches.iter().cycle());
    let mut adam = model.adam()?;
    let check = || {
        let fresh = Model::new(network).expect("weights fit");
        let mut adam = fresh.adam().expect("variables");
        let mut step = || fresh.step(&mut adam, &batches[0]).and_then(|loss| loss.to_scalar());
        (0..3).map(|_| step().expect("a step")).collect()
    };
    serve(about, check, |seconds| {
        let step = || drop(model.step(&mut adam, next.next().expect("endless")));
        vec![time_calls(seconds, step)[0]]
    });
    Ok(())
}

fn inputs(network: &Network, rows: usize) -> Result<Tensor> {
    let (values, shape) = network.inputs(rows);
    Tensor::from_vec(values, shape, &Device::Cpu)
}

fn targets(classes: usize, rows: usize) -> Result<Tensor> {
    match classes {
        1 => Tensor::from_iter((0..rows).map(target), &Device::Cpu)?.unsqueeze(1),
        _ => Tensor::from_iter((0..rows).map(|row| u32::from(label(row))), &Device::Cpu),
    }
}

/// Layers with their variables, which a softmax head may follow.
struct Model {
    layers: Vec<Op>,
    softmax: bool,
}

enum Op {
    Conv { weight: Var, bias: Var, padding: usize },
    Dense { weight: Var, bias: Var },
    MaxPool(usize),
    Flatten,
    Relu,
    Tanh,
}

impl Model {
    fn new(network: &Network) -> Result<Self> {
        let mut layers: Vec<Op> = network.features.iter().map(Op::new).collect::<Result<_>>()?;
        layers.push(Op::Flatten);
        let softmax = network.ends_in_softmax();
        let head = &network.head[..network.head.len() - usize::from(softmax)];
        for layer in head {
            layers.push(Op::new(layer)?);
        }
        Ok(Self { layers, softmax })
    }

    /// The outputs before the softmax.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.layers.iter().try_fold(x.clone(), |x, layer| layer.forward(&x))
    }

    fn head(&self, logits: &Tensor) -> Result<Tensor> {
        if self.softmax { ops::softmax(logits, D::Minus1) } else { Ok(logits.clone()) }
    }

    fn adam(&self) -> Result<AdamW> {
        let variables = self.layers.iter().flat_map(|layer| match layer {
            Op::Conv { weight, bias, .. } | Op::Dense { weight, bias } => vec![weight, bias],
            _ => vec![],
        });
        let params = ParamsAdamW { lr: 1e-3, weight_decay: 0.0, ..ParamsAdamW::default() };
        AdamW::new(variables.cloned().collect(), params)
    }

    fn step(&self, adam: &mut AdamW, (x, y): &(Tensor, Tensor)) -> Result<Tensor> {
        let logits = self.forward(x)?;
        let loss =
            if self.softmax { loss::cross_entropy(&logits, y)? } else { loss::mse(&logits, y)? };
        adam.backward_step(&loss)?;
        Ok(loss)
    }
}

impl Op {
    fn new(layer: &Layer) -> Result<Self> {
        let variable =
            |values: &[f32], shape: &[usize]| Var::from_slice(values, shape, &Device::Cpu);
        Ok(match layer {
            Layer::Conv { weight, shape, bias, padding } => Self::Conv {
                weight: variable(weight, shape)?,
                bias: variable(bias, &[1, shape[0], 1, 1])?,
                padding: *padding,
            },
            Layer::Dense { weight, shape, bias } => {
                Self::Dense { weight: variable(weight, shape)?, bias: variable(bias, &shape[1..])? }
            }
            Layer::MaxPool(size) => Self::MaxPool(*size),
            Layer::Relu => Self::Relu,
            Layer::Tanh => Self::Tanh,
            Layer::Softmax => unreachable!("the head is not a layer here"),
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Conv { weight, bias, padding } => {
                x.conv2d(weight, *padding, 1, 1, 1)?.broadcast_add(bias)
            }
            Self::Dense { weight, bias } => x.matmul(weight)?.broadcast_add(bias),
            Self::MaxPool(size) => x.max_pool2d(*size),
            Self::Flatten => x.flatten_from(1),
            Self::Relu => x.relu(),
            Self::Tanh => x.tanh(),
        }
    }
}

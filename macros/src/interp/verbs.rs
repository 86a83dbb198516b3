//! One arm for every verb.

use super::{conv, memory::Memory, norm, pointwise, pool, random::Stream};
use crate::plan::{Buf, Dense, Fun, Verb};

pub(super) fn run(memory: &mut Memory<'_>, verb: &Verb, stream: Stream) {
    let read = |buf: &Buf| memory.read(*buf);
    match verb {
        Verb::Gemm { y, x, w, bias, fun, k, n } => {
            let (k, n) = (memory.eval(k), memory.eval(n));
            let sum = gemm(&read(x), &read(w), k, n);
            memory.write(*y, epilogue(sum, bias.as_ref().map(read), *fun));
        }
        Verb::DenseChain { y, x, layers } => {
            let values = layers.iter().fold(read(x), |x, Dense { w, bias, fun, k, n }| {
                let sum = gemm(&x, &read(w), memory.eval(k), memory.eval(n));
                epilogue(sum, bias.as_ref().map(read), *fun)
            });
            memory.write(*y, values);
        }
        Verb::GemmGradInput { dx, dy, w, k, n } => {
            let values = gemm_grad_input(&read(dy), &read(w), memory.eval(k), memory.eval(n));
            memory.write(*dx, values);
        }
        Verb::GemmGradWeight { dw, x, dy, k, n } => {
            let values = gemm_grad_weight(&read(x), &read(dy), memory.eval(k), memory.eval(n));
            memory.write(*dw, values);
        }
        Verb::AddBias { y, bias } => {
            let values = epilogue(read(y), Some(read(bias)), None);
            memory.write(*y, values);
        }
        Verb::SumRows { db, dy } => {
            let values = sum_rows(&read(dy), memory.len(*db));
            memory.write(*db, values);
        }
        Verb::Copy { y, x } => memory.write(*y, read(x)),
        Verb::Map { y, x, fun } => memory.write(*y, epilogue(read(x), None, Some(*fun))),
        Verb::MapGrad { dx, dy, kept, fun } => {
            let derivatives = read(kept).into_iter().map(|kept| pointwise::derivative(*fun, kept));
            let values = read(dy).iter().zip(derivatives).map(|(dy, d)| dy * d).collect();
            memory.write(*dx, values);
        }
        Verb::Conv2d { y, x, w, bias, fun, conv } => {
            let sum = conv::conv2d(&read(x), &read(w), &conv::Sizes::new(memory, conv));
            memory.write(*y, epilogue(sum, bias.as_ref().map(read), *fun));
        }
        Verb::Conv2dGradInput { dx, dy, w, conv } => {
            let sizes = conv::Sizes::new(memory, conv);
            memory.write(*dx, conv::conv2d_grad_input(&read(dy), &read(w), &sizes));
        }
        Verb::Conv2dGradWeight { dw, x, dy, conv, .. } => {
            let sizes = conv::Sizes::new(memory, conv);
            memory.write(*dw, conv::conv2d_grad_weight(&read(x), &read(dy), &sizes));
        }
        Verb::Conv2dMaxPool2d { y, index, x, w, bias, fun, conv } => {
            let sum = conv::conv2d(&read(x), &read(w), &conv::Sizes::new(memory, conv));
            let window = conv.pool().expect("a pooled convolution has literal sizes");
            let sizes = pool::Sizes::new(memory, &conv.output_channels, &window);
            let (values, winners) = pool::max_pool2d(&sum, &sizes);
            memory.write(*y, epilogue(values, bias.as_ref().map(read), *fun));
            if let Some(index) = index {
                memory.write(*index, winners);
            }
        }
        Verb::Conv2dMaxPool2dGradWeight { dw, x, dy, index, conv, .. } => {
            let window = conv.pool().expect("a pooled convolution has literal sizes");
            let sizes = pool::Sizes::new(memory, &conv.output_channels, &window);
            let dy = pool::max_pool2d_grad(&read(dy), &read(index), &sizes);
            let sizes = conv::Sizes::new(memory, conv);
            memory.write(*dw, conv::conv2d_grad_weight(&read(x), &dy, &sizes));
        }
        Verb::MaxPool2d { y, index, x, channels, window } => {
            let sizes = pool::Sizes::new(memory, channels, window);
            let (values, winners) = pool::max_pool2d(&read(x), &sizes);
            memory.write(*y, values);
            if let Some(index) = index {
                memory.write(*index, winners);
            }
        }
        Verb::MaxPool2dGrad { dx, dy, index, channels, window } => {
            let sizes = pool::Sizes::new(memory, channels, window);
            memory.write(*dx, pool::max_pool2d_grad(&read(dy), &read(index), &sizes));
        }
        Verb::MaxPool2dGradByValue { dx, dy, y, x, channels, window } => {
            let sizes = pool::Sizes::new(memory, channels, window);
            let winners = pool::winners(&read(y), &read(x), &sizes);
            memory.write(*dx, pool::max_pool2d_grad(&read(dy), &winners, &sizes));
        }
        Verb::AvgPool2d { y, x, channels, window } => {
            let sizes = pool::Sizes::new(memory, channels, window);
            memory.write(*y, pool::avg_pool2d(&read(x), &sizes));
        }
        Verb::AvgPool2dGrad { dx, dy, channels, window } => {
            let sizes = pool::Sizes::new(memory, channels, window);
            memory.write(*dx, pool::avg_pool2d_grad(&read(dy), &sizes));
        }
        Verb::Softmax { y, x, n } => {
            let values = norm::by_row(memory.eval(n), [&read(x)], |[x]| norm::softmax(x));
            memory.write(*y, values);
        }
        Verb::SoftmaxGrad { dx, dy, y, n } => {
            let operands = [&read(dy), &read(y)];
            let values =
                norm::by_row(memory.eval(n), operands, |[dy, y]| norm::softmax_grad(dy, y));
            memory.write(*dx, values);
        }
        Verb::LogSoftmax { y, x, n } => {
            let values = norm::by_row(memory.eval(n), [&read(x)], |[x]| norm::log_softmax(x));
            memory.write(*y, values);
        }
        Verb::LogSoftmaxGrad { dx, dy, y, n } => {
            let operands = [&read(dy), &read(y)];
            let values =
                norm::by_row(memory.eval(n), operands, |[dy, y]| norm::log_softmax_grad(dy, y));
            memory.write(*dx, values);
        }
        Verb::Dropout { y, x, rate, layer } => {
            let mask = stream.mask(*rate, *layer);
            let keep = |(index, x)| if mask.keeps(index) { x / (1.0 - rate) } else { 0.0 };
            let values = read(x).into_iter().enumerate().map(keep).collect();
            memory.write(*y, values);
        }
        Verb::BatchNorm {
            y,
            mean,
            rstd,
            running_mean,
            running_var,
            x,
            gamma,
            beta,
            momentum,
            epsilon,
        } => {
            let norm = norm::batch_norm(&read(x), &read(gamma), &read(beta), *epsilon);
            let moved = |running: &Buf, batch: &[f64]| {
                let pairs = read(running).into_iter().zip(batch);
                pairs.map(|(r, b)| momentum * r + (1.0 - momentum) * b).collect::<Vec<_>>()
            };
            let running = [moved(running_mean, &norm.mean), moved(running_var, &norm.var)];
            let [new_mean, new_var] = running;
            memory.write(*running_mean, new_mean);
            memory.write(*running_var, new_var);
            memory.write(*y, norm.y);
            memory.write(*mean, norm.mean);
            memory.write(*rstd, norm.rstd);
        }
        Verb::BatchNormGrad { dx, dgamma, dbeta, dy, x, gamma, mean, rstd } => {
            let [x, dy, gamma, mean, rstd] = [x, dy, gamma, mean, rstd].map(read);
            let gradients = norm::batch_norm_grad(&dy, &x, &gamma, &mean, &rstd);
            for (buf, values) in [dx, dgamma, dbeta].into_iter().zip(gradients) {
                memory.write(*buf, values);
            }
        }
        Verb::Normalize { y, x, gamma, beta, mean, var, epsilon } => {
            let [x, gamma, beta, mean, var] = [x, gamma, beta, mean, var].map(read);
            let rstd = norm::rstd(&var, *epsilon);
            memory.write(*y, norm::normalize(&x, &gamma, &beta, &mean, &rstd));
        }
        Verb::NormalizeGrad { dx, dy, gamma, var, epsilon } => {
            let (gamma, rstd) = (read(gamma), norm::rstd(&read(var), *epsilon));
            let zeros = vec![0.0; gamma.len()];
            memory.write(*dx, norm::normalize(&read(dy), &gamma, &zeros, &zeros, &rstd));
        }
    }
}

/// `fun(y + bias)`.
fn epilogue(mut y: Vec<f64>, bias: Option<Vec<f64>>, fun: Option<Fun>) -> Vec<f64> {
    if let Some(bias) = bias {
        y.iter_mut().zip(bias.iter().cycle()).for_each(|(y, bias)| *y += bias);
    }
    if let Some(fun) = fun {
        y.iter_mut().for_each(|y| *y = pointwise::value(fun, *y));
    }
    y
}

/// `y[r, n] = Σ_k x[r, k] · w[k, n]`.
fn gemm(x: &[f64], w: &[f64], k: usize, n: usize) -> Vec<f64> {
    let mut y = Vec::new();
    for x in x.chunks(k) {
        y.extend((0..n).map(|j| (0..k).map(|i| x[i] * w[i * n + j]).sum::<f64>()));
    }
    y
}

/// `dx[r, k] = Σ_n dy[r, n] · w[k, n]`.
fn gemm_grad_input(dy: &[f64], w: &[f64], k: usize, n: usize) -> Vec<f64> {
    let mut dx = Vec::new();
    for dy in dy.chunks(n) {
        dx.extend((0..k).map(|i| (0..n).map(|j| dy[j] * w[i * n + j]).sum::<f64>()));
    }
    dx
}

/// `dw[k, n] = Σ_r x[r, k] · dy[r, n]`.
fn gemm_grad_weight(x: &[f64], dy: &[f64], k: usize, n: usize) -> Vec<f64> {
    let mut dw = vec![0.0; k * n];
    for (x, dy) in x.chunks(k).zip(dy.chunks(n)) {
        for (i, x) in x.iter().enumerate() {
            dy.iter().enumerate().for_each(|(j, dy)| dw[i * n + j] += x * dy);
        }
    }
    dw
}

/// `db[n] = Σ dy[.., n]`.
fn sum_rows(dy: &[f64], n: usize) -> Vec<f64> {
    let mut db = vec![0.0; n];
    dy.iter().enumerate().for_each(|(i, dy)| db[i % n] += dy);
    db
}

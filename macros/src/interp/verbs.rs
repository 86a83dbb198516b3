//! One arm for every verb.

use super::{
    attention, combine, conv, group_norm, memory::Memory, moves, norm, pointwise, pool,
    random::Stream, recurrent, repeat, time,
};
use crate::plan::{Buf, Dense, Fun, Verb};

pub(super) fn run<'a>(memory: &mut Memory<'a>, verb: &'a Verb, stream: Stream) {
    let read = |buf: &Buf| memory.read(*buf);
    match verb {
        Verb::Gemm { y, x, w, bias, fun, k, n, .. } => {
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
        Verb::CausalChain { y, x, layers } => {
            let values = time::causal_chain(memory, *x, layers);
            memory.write(*y, values);
        }
        Verb::AddRow { y, x, table } => memory.write(*y, time::add_row(memory, *x, *table)),
        Verb::RunningMean { y, sum, x } => {
            let values = time::running_mean(memory, *sum, *x);
            memory.write(*y, values);
        }
        Verb::GemmGradInput { dx, dy, w, k, n, .. } => {
            let values = gemm_grad_input(&read(dy), &read(w), memory.eval(k), memory.eval(n));
            memory.write(*dx, values);
        }
        Verb::GemmGradWeight { dw, x, dy, k, n, .. } => {
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
        Verb::Conv2d { y, x, w, bias, fun, conv, .. } => {
            let sum = conv::conv2d(&read(x), &read(w), &conv::Sizes::new(memory, conv));
            memory.write(*y, epilogue(sum, bias.as_ref().map(read), *fun));
        }
        Verb::Conv2dGradInput { dx, dy, w, conv, .. } => {
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
        Verb::Conv2dMaxPool2dGradWeight { dw, dbias, x, dy, kept, index, conv, .. } => {
            let window = conv.pool().expect("a pooled convolution has literal sizes");
            let sizes = pool::Sizes::new(memory, &conv.output_channels, &window);
            let mut dy = read(dy);
            if let Some(kept) = kept {
                let passes = read(kept).into_iter().map(|y| y > 0.0);
                dy.iter_mut()
                    .zip(passes)
                    .filter(|(_, passes)| !passes)
                    .for_each(|(dy, _)| *dy = 0.0);
            }
            let unpooled = pool::max_pool2d_grad(&dy, &read(index), &sizes);
            let sizes = conv::Sizes::new(memory, conv);
            let gradient = conv::conv2d_grad_weight(&read(x), &unpooled, &sizes);
            memory.write(*dw, gradient);
            if let Some(dbias) = dbias {
                memory.write(*dbias, sum_rows(&dy, memory.len(*dbias)));
            }
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
            let mask = stream.mask(*rate, memory.layer(*layer));
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
        Verb::GroupNorm { y, stats, x, gamma, beta, sizes } => {
            let (sizes, beta) = (group_norm::Sizes::new(memory, sizes), beta.as_ref().map(read));
            let [values, kept] =
                group_norm::forward(&read(x), &read(gamma), beta.as_deref(), &sizes);
            memory.write(*y, values);
            memory.write(*stats, kept);
        }
        Verb::GroupNormGradInput { dx, dy, x, stats, gamma, sizes } => {
            let [dy, x, stats, gamma] = [dy, x, stats, gamma].map(read);
            let sizes = group_norm::Sizes::new(memory, sizes);
            memory.write(*dx, group_norm::grad_input(&dy, &x, &stats, &gamma, &sizes));
        }
        Verb::GroupNormGradScale { dgamma, dbeta, dy, x, stats, sizes } => {
            let sizes = group_norm::Sizes::new(memory, sizes);
            let sums = group_norm::grad_scale(&read(dy), &read(x), &read(stats), &sizes);
            let gradients = Some(dgamma).into_iter().chain(dbeta);
            gradients.zip(sums).for_each(|(buf, sum)| memory.write(*buf, sum));
        }
        Verb::Attention { y, stats, q, k, v, sizes } => {
            let sizes = attention::Sizes::new(memory, sizes);
            let [values, logs] = attention::forward([&read(q), &read(k), &read(v)], &sizes);
            memory.write(*y, values);
            memory.write(*stats, logs);
        }
        Verb::AttentionGrad { dq, dk, dv, dy, q, k, v, sizes, .. } => {
            let sizes = attention::Sizes::new(memory, sizes);
            let gradients = attention::backward(&read(dy), [&read(q), &read(k), &read(v)], &sizes);
            for (buf, gradient) in [dq, dk, dv].into_iter().zip(gradients) {
                memory.write(*buf, gradient);
            }
        }
        Verb::Rotate { y, table, heads, d, back } => {
            let values = attention::rotate(read(y), &read(table), *heads, memory.eval(d), *back);
            memory.write(*y, values);
        }
        Verb::RotateAt { y, table, d } => {
            let values = time::rotate_at(memory, *y, *table, memory.eval(d));
            memory.write(*y, values);
        }
        Verb::AttentionStep { y, q, k, v, keys, values, sizes, .. } => {
            let sizes = attention::Sizes::new(memory, sizes);
            let seen =
                [(*keys, *k), (*values, *v)].map(|(kept, new)| time::keep_row(memory, kept, new));
            let [of_keys, of_values] = &seen;
            let values = attention::step([&memory.read(*q), of_keys, of_values], sizes);
            memory.write(*y, values);
        }
        Verb::Zero { y } => {
            let len = memory.len(*y);
            memory.write(*y, vec![0.0; len]);
        }
        Verb::Gather { y, x, view } => {
            let (x, places) = (read(x), moves::places(memory, view));
            memory.write(*y, places.into_iter().map(|place| x[place]).collect());
        }
        Verb::Scatter { y, x, view } => {
            let mut sums = vec![0.0; memory.len(*y)];
            let places = moves::places(memory, view);
            places.into_iter().zip(read(x)).for_each(|(place, x)| sums[place] += x);
            memory.write(*y, sums);
        }
        Verb::Upsample { y, x, sizes } => {
            let mut sums = vec![0.0; memory.len(*y)];
            let x = read(x);
            moves::for_each_corner(memory, sizes, |yi, xi, weight| sums[yi] += weight * x[xi]);
            memory.write(*y, sums);
        }
        Verb::UpsampleGrad { dx, dy, sizes } => {
            let mut sums = vec![0.0; memory.len(*dx)];
            let dy = read(dy);
            moves::for_each_corner(memory, sizes, |yi, xi, weight| sums[xi] += weight * dy[yi]);
            memory.write(*dx, sums);
        }
        Verb::Prelu { y, x, alpha } => {
            memory.write(*y, pointwise::prelu(&read(x), &read(x), &read(alpha)));
        }
        Verb::PreluGradInput { dx, dy, x, alpha } => {
            memory.write(*dx, pointwise::prelu(&read(dy), &read(x), &read(alpha)));
        }
        Verb::PreluGradSlope { dalpha, dy, x } => {
            let terms = read(dy).into_iter().zip(read(x)).map(|(dy, x)| dy * x.min(0.0));
            memory.write(*dalpha, sum_rows(&terms.collect::<Vec<_>>(), memory.len(*dalpha)));
        }
        Verb::Gate { y, x, n, fun } => {
            let gate = |[x]: [&[f64]; 1]| pointwise::gate(x, *fun);
            let values = norm::by_row(2 * memory.eval(n), [&read(x)], gate);
            memory.write(*y, values);
        }
        Verb::GateGrad { dx, dy, x, n, fun } => {
            let values = pointwise::gate_grad(&read(dy), &read(x), memory.eval(n), *fun);
            memory.write(*dx, values);
        }
        Verb::DropoutChannels { y, x, channels, rate, layer } => {
            let mask = stream.mask(*rate, memory.layer(*layer));
            let channels = memory.eval(channels);
            let sample = memory.len(*y) / memory.samples;
            let keep = |(i, x)| {
                let kept = mask.keeps(i / sample * channels + i % channels);
                if kept { x / (1.0 - rate) } else { 0.0 }
            };
            let values = read(x).into_iter().enumerate().map(keep).collect();
            memory.write(*y, values);
        }
        Verb::AddNoise { y, x, deviation, layer } => {
            let layer = memory.layer(*layer);
            let noise = |(i, x)| x + deviation * stream.normal(layer, i);
            let values = read(x).into_iter().enumerate().map(noise).collect();
            memory.write(*y, values);
        }
        Verb::Embed { y, x, table, width } => {
            let (table, width) = (read(table), memory.eval(width));
            let named = |x| moves::row(x, table.len() / width) * width;
            let rows = read(x).into_iter().map(named);
            memory.write(*y, rows.flat_map(|at| table[at..at + width].to_vec()).collect());
        }
        Verb::EmbedGrad { dtable, dy, x, width } => {
            let (mut sums, width) = (vec![0.0; memory.len(*dtable)], memory.eval(width));
            let vocabulary = sums.len() / width;
            for (x, dy) in read(x).into_iter().zip(read(dy).chunks(width)) {
                let start = moves::row(x, vocabulary) * width;
                sums[start..].iter_mut().zip(dy).for_each(|(sum, dy)| *sum += dy);
            }
            memory.write(*dtable, sums);
        }
        Verb::Recur { y, gates, before, cells, u, bias, sizes, .. } => {
            let sizes = recurrent::Sizes::new(memory, sizes);
            let bias = bias.as_ref().map(read);
            let pass = recurrent::forward(&read(gates), &read(u), bias.as_deref(), &sizes);
            memory.write(*y, pass.y);
            memory.write(*gates, pass.gates);
            memory.write(*before, pass.before);
            if let Some(cells) = cells {
                memory.write(*cells, pass.cells);
            }
        }
        Verb::RecurStep { y, x, state, cells, w, u, bias, recurrent_bias, cell, units, .. } => {
            let units = memory.eval(units);
            let kept = [read(state), cells.as_ref().map_or_else(|| vec![0.0; units], &read)];
            let sums = [
                recurrent::sums(&read(x), &read(w), bias.as_ref().map(&read).as_deref()),
                recurrent::sums(&kept[0], &read(u), recurrent_bias.as_ref().map(&read).as_deref()),
            ];
            let [h, c] = recurrent::step(*cell, &sums, &kept);
            memory.write(*y, h.clone());
            memory.write(*state, h);
            if let Some(cells) = cells {
                memory.write(*cells, c);
            }
        }
        Verb::RecurGrad { gates, recurrent, dy, u, before, cells, sizes, .. } => {
            let sizes = recurrent::Sizes::new(memory, sizes);
            let kept = [read(gates), read(before), cells.as_ref().map(read).unwrap_or_default()];
            let [x, r] = recurrent::backward(&read(dy), &read(u), &kept, &sizes);
            memory.write(*gates, x);
            if let Some(recurrent) = recurrent {
                memory.write(*recurrent, r);
            }
        }
        Verb::Axpby { y, a, b, alpha, beta } => {
            let values = combine::zip(&read(a), &read(b), |a, b| alpha * a + beta * b);
            memory.write(*y, values);
        }
        Verb::Scale { y, x, alpha } => {
            let values = read(x).iter().map(|x| alpha * x).collect();
            memory.write(*y, values);
        }
        Verb::Multiply { y, a, b } => {
            let values = combine::zip(&read(a), &read(b), |a, b| a * b);
            memory.write(*y, values);
        }
        Verb::Maximum { y, a, b } => {
            let values = combine::zip(&read(a), &read(b), combine::larger);
            memory.write(*y, values);
        }
        Verb::MaximumGrad { da, dy, a, b } => {
            let shares = combine::zip(&read(a), &read(b), combine::share);
            memory.write(*da, combine::zip(&read(dy), &shares, |dy, share| dy * share));
        }
        Verb::Concat { y, parts } => {
            let parts: Vec<_> = parts.iter().map(|(x, n)| (read(x), memory.eval(n))).collect();
            memory.write(*y, combine::concat(&parts));
        }
        Verb::Network { .. }
        | Verb::NetworkStep { .. }
        | Verb::NetworkTraining { .. }
        | Verb::NetworkGrad { .. } => {
            unimplemented!("the layers of another declaration are not known here")
        }
        Verb::Repeat { y, x, rows, kept, state, params, turns, .. } => {
            let room = (*rows, *kept);
            let values = repeat::forward(memory, turns, *x, [state, params], room, stream);
            memory.write(*y, values);
        }
        Verb::RepeatGrad { dx, dy, rows, gradients, turns, .. } => {
            let values = repeat::backward(memory, turns, *dy, gradients, *rows, stream);
            memory.write(*dx, values);
        }
        Verb::Split { y, x, width, start, n } => {
            let [width, start, n] = [width, start, n].map(|dim| memory.eval(dim));
            let rows = read(x);
            let rows = rows.chunks(width).flat_map(|row| row[start..start + n].to_vec());
            let values = rows.collect();
            memory.write(*y, values);
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

//! Normalisation, softmax among it.

use crate::{
    interp::{group_norm, memory::Memory, norm},
    plan::{Buf, Normalization},
};

pub(super) fn run(memory: &mut Memory<'_>, verb: &Normalization) {
    let read = |buf: &Buf| memory.read(*buf);
    match verb {
        Normalization::Softmax { y, x, n } => {
            let values = norm::by_row(memory.eval(n), [&read(x)], |[x]| norm::softmax(x));
            memory.write(*y, values);
        }
        Normalization::SoftmaxGrad { dx, dy, y, n } => {
            let operands = [&read(dy), &read(y)];
            let values =
                norm::by_row(memory.eval(n), operands, |[dy, y]| norm::softmax_grad(dy, y));
            memory.write(*dx, values);
        }
        Normalization::LogSoftmax { y, x, n } => {
            let values = norm::by_row(memory.eval(n), [&read(x)], |[x]| norm::log_softmax(x));
            memory.write(*y, values);
        }
        Normalization::LogSoftmaxGrad { dx, dy, y, n } => {
            let operands = [&read(dy), &read(y)];
            let values =
                norm::by_row(memory.eval(n), operands, |[dy, y]| norm::log_softmax_grad(dy, y));
            memory.write(*dx, values);
        }
        Normalization::BatchNorm {
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
        Normalization::BatchNormGrad { dx, dgamma, dbeta, dy, x, gamma, mean, rstd } => {
            let [x, dy, gamma, mean, rstd] = [x, dy, gamma, mean, rstd].map(read);
            let gradients = norm::batch_norm_grad(&dy, &x, &gamma, &mean, &rstd);
            for (buf, values) in [dx, dgamma, dbeta].into_iter().zip(gradients) {
                memory.write(*buf, values);
            }
        }
        Normalization::Normalize { y, x, gamma, beta, mean, var, epsilon } => {
            let [x, gamma, beta, mean, var] = [x, gamma, beta, mean, var].map(read);
            let rstd = norm::rstd(&var, *epsilon);
            memory.write(*y, norm::normalize(&x, &gamma, &beta, &mean, &rstd));
        }
        Normalization::NormalizeGrad { dx, dy, gamma, var, epsilon } => {
            let (gamma, rstd) = (read(gamma), norm::rstd(&read(var), *epsilon));
            let zeros = vec![0.0; gamma.len()];
            memory.write(*dx, norm::normalize(&read(dy), &gamma, &zeros, &zeros, &rstd));
        }
        Normalization::GroupNorm { y, stats, x, gamma, beta, sizes } => {
            let (sizes, beta) = (group_norm::Sizes::new(memory, sizes), beta.as_ref().map(read));
            let [values, kept] =
                group_norm::forward(&read(x), &read(gamma), beta.as_deref(), &sizes);
            memory.write(*y, values);
            memory.write(*stats, kept);
        }
        Normalization::GroupNormGradInput { dx, dy, x, stats, gamma, sizes } => {
            let [dy, x, stats, gamma] = [dy, x, stats, gamma].map(read);
            let sizes = group_norm::Sizes::new(memory, sizes);
            memory.write(*dx, group_norm::grad_input(&dy, &x, &stats, &gamma, &sizes));
        }
        Normalization::GroupNormGradScale { dgamma, dbeta, dy, x, stats, sizes } => {
            let sizes = group_norm::Sizes::new(memory, sizes);
            let sums = group_norm::grad_scale(&read(dy), &read(x), &read(stats), &sizes);
            let gradients = Some(dgamma).into_iter().chain(dbeta);
            gradients.zip(sums).for_each(|(buf, sum)| memory.write(*buf, sum));
        }
    }
}

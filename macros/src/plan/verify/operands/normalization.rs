//! Normalisation, softmax among it.

use super::{
    Fixed, Gradient, Is, Multiple, Operand, Param, PartOf, Row, Same, Value, divides, ensure,
};
use crate::plan::Normalization;

pub(super) fn operands(verb: &Normalization) -> Vec<Operand> {
    match verb {
        Normalization::Softmax { y, x, n } | Normalization::LogSoftmax { y, x, n } => {
            vec![(*y, Row, Same(*x)), (*x, Value, Multiple(n.clone()))]
        }
        Normalization::SoftmaxGrad { dx, dy, y, n }
        | Normalization::LogSoftmaxGrad { dx, dy, y, n } => {
            vec![(*dx, Row, Same(*dy)), (*dy, Row, Multiple(n.clone())), (*y, Row, Same(*dy))]
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
            ..
        } => {
            let fixed = [*mean, *rstd].map(|buf| (buf, Fixed, Same(*gamma)));
            let params = [*running_mean, *running_var, *beta].map(|buf| (buf, Param, Same(*gamma)));
            let rest = [(*y, Row, Same(*x)), (*x, Value, Same(*y)), (*gamma, Param, PartOf(*x))];
            fixed.into_iter().chain(params).chain(rest).collect()
        }
        Normalization::BatchNormGrad { dx, dgamma, dbeta, dy, x, gamma, mean, rstd } => {
            let fixed = [*mean, *rstd].map(|buf| (buf, Fixed, Same(*gamma)));
            let gradients = [*dgamma, *dbeta].map(|buf| (buf, Gradient, Same(*gamma)));
            let rows = [(*dx, Row, Same(*x)), (*dy, Row, Same(*x)), (*x, Value, Same(*dy))];
            let gamma = [(*gamma, Param, PartOf(*x))];
            fixed.into_iter().chain(gradients).chain(rows).chain(gamma).collect()
        }
        Normalization::Normalize { y, x, gamma, beta, mean, var, .. } => {
            let params = [*beta, *mean, *var].map(|buf| (buf, Param, Same(*gamma)));
            let rest = [(*y, Row, Same(*x)), (*x, Value, Same(*y)), (*gamma, Param, PartOf(*x))];
            params.into_iter().chain(rest).collect()
        }
        Normalization::NormalizeGrad { dx, dy, gamma, var, .. } => vec![
            (*dx, Row, Same(*dy)),
            (*dy, Row, Same(*dx)),
            (*gamma, Param, PartOf(*dy)),
            (*var, Param, Same(*gamma)),
        ],
        Normalization::GroupNorm { y, stats, x, gamma, beta, sizes } => {
            let beta = beta.map(|beta| (beta, Param, Same(*gamma)));
            let operands = [
                (*y, Row, Is(sizes.len())),
                (*x, Value, Is(sizes.len())),
                (*stats, Row, Is(sizes.stats().len())),
                (*gamma, Param, Is(sizes.channels.clone())),
            ];
            operands.into_iter().chain(beta).collect()
        }
        Normalization::GroupNormGradInput { dx, dy, x, stats, gamma, sizes } => vec![
            (*dx, Row, Is(sizes.len())),
            (*dy, Row, Is(sizes.len())),
            (*x, Value, Is(sizes.len())),
            (*stats, Row, Is(sizes.stats().len())),
            (*gamma, Param, Is(sizes.channels.clone())),
        ],
        Normalization::GroupNormGradScale { dgamma, dbeta, dy, x, stats, sizes } => {
            let dbeta = dbeta.map(|dbeta| (dbeta, Gradient, Same(*dgamma)));
            let operands = [
                (*dgamma, Gradient, Is(sizes.channels.clone())),
                (*dy, Row, Is(sizes.len())),
                (*x, Value, Is(sizes.len())),
                (*stats, Row, Is(sizes.stats().len())),
            ];
            operands.into_iter().chain(dbeta).collect()
        }
    }
}

/// What else holds of their sizes.
pub(super) fn sizes(verb: &Normalization) -> Result<(), String> {
    match verb {
        Normalization::GroupNorm { sizes, .. }
        | Normalization::GroupNormGradInput { sizes, .. }
        | Normalization::GroupNormGradScale { sizes, .. } => {
            ensure(divides(&sizes.groups, &sizes.channels), || {
                format!("{} groups do not divide the channels", sizes.groups)
            })
        }
        _ => Ok(()),
    }
}

//! Normalisation by groups of channels: `y = gamma · (x - mean) · rstd + beta`.

use super::memory::Memory;
use crate::plan::Groups;

/// The sizes, symbols bound.
pub(super) struct Sizes {
    pixels: usize,
    channels: usize,
    groups: usize,
    centred: bool,
    epsilon: f64,
}

impl Sizes {
    pub(super) fn new(memory: &Memory<'_>, sizes: &Groups) -> Self {
        let Groups { pixels, channels, groups, centred, epsilon, .. } = sizes;
        let [pixels, channels, groups] = [pixels, channels, groups].map(|dim| memory.eval(dim));
        Self { pixels, channels, groups, centred: *centred, epsilon: *epsilon }
    }

    /// The group that scalar `i` belongs to, of those of all blocks.
    fn group(&self, i: usize) -> usize {
        let width = self.channels / self.groups;
        i / (self.pixels * self.channels) * self.groups + i % self.channels / width
    }

    /// The means of `value` over each group, of `len` scalars.
    fn means(&self, len: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let each = (self.pixels * self.channels / self.groups) as f64;
        let mut means = vec![0.0; len / (self.pixels * self.channels) * self.groups];
        (0..len).for_each(|i| means[self.group(i)] += value(i) / each);
        means
    }

    fn means_if_centred(&self, len: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut means = self.means(len, value);
        if !self.centred {
            means.fill(0.0);
        }
        means
    }

    /// Mean and `rstd` of each group, from the statistics kept block by block.
    fn kept(&self, stats: &[f64]) -> Vec<[f64; 2]> {
        let kept = if self.groups == 1 { 1 } else { self.channels };
        let groups = |block: &[f64]| {
            let (mean, rstd) = block.split_at(kept);
            let firsts = (0..kept).step_by(kept / self.groups);
            firsts.map(|c| [mean[c], rstd[c]]).collect::<Vec<_>>()
        };
        stats.chunks(2 * kept).flat_map(groups).collect()
    }

    fn keep(&self, means: &[f64], rstds: &[f64]) -> Vec<f64> {
        let each = if self.groups == 1 { 1 } else { self.channels / self.groups };
        let spread = |values: &[f64]| -> Vec<f64> {
            values.iter().flat_map(|value| vec![*value; each]).collect()
        };
        let blocks = means.chunks(self.groups).zip(rstds.chunks(self.groups));
        blocks.flat_map(|(means, rstds)| [spread(means), spread(rstds)].concat()).collect()
    }
}

/// `y`, and the statistics that are kept.
pub(super) fn forward(
    x: &[f64],
    gamma: &[f64],
    beta: Option<&[f64]>,
    sizes: &Sizes,
) -> [Vec<f64>; 2] {
    let means = sizes.means_if_centred(x.len(), |i| x[i]);
    let vars = sizes.means(x.len(), |i| (x[i] - means[sizes.group(i)]).powi(2));
    let rstds: Vec<f64> = vars.iter().map(|var| 1.0 / (var + sizes.epsilon).sqrt()).collect();
    let y = x.iter().enumerate().map(|(i, x)| {
        let (c, group) = (i % sizes.channels, sizes.group(i));
        gamma[c] * (x - means[group]) * rstds[group] + beta.map_or(0.0, |beta| beta[c])
    });
    [y.collect(), sizes.keep(&means, &rstds)]
}

/// With `d = gamma · dy` and `h = (x - mean) · rstd`: `dx = rstd · (d - mean d - h · mean(d · h))`.
pub(super) fn grad_input(
    dy: &[f64],
    x: &[f64],
    stats: &[f64],
    gamma: &[f64],
    sizes: &Sizes,
) -> Vec<f64> {
    let stats = sizes.kept(stats);
    let d = |i: usize| dy[i] * gamma[i % sizes.channels];
    let h = |i: usize| {
        let [mean, rstd] = stats[sizes.group(i)];
        (x[i] - mean) * rstd
    };
    let centres = sizes.means_if_centred(x.len(), d);
    let slopes = sizes.means(x.len(), |i| d(i) * h(i));
    let dx = |i: usize| {
        let group = sizes.group(i);
        stats[group][1] * (d(i) - centres[group] - h(i) * slopes[group])
    };
    (0..x.len()).map(dx).collect()
}

/// `dgamma[c] = Σ dy · h` and `dbeta[c] = Σ dy`.
pub(super) fn grad_scale(dy: &[f64], x: &[f64], stats: &[f64], sizes: &Sizes) -> [Vec<f64>; 2] {
    let stats = sizes.kept(stats);
    let (mut dgamma, mut dbeta) = (vec![0.0; sizes.channels], vec![0.0; sizes.channels]);
    for (i, (dy, x)) in dy.iter().zip(x).enumerate() {
        let [mean, rstd] = stats[sizes.group(i)];
        dgamma[i % sizes.channels] += dy * (x - mean) * rstd;
        dbeta[i % sizes.channels] += dy;
    }
    [dgamma, dbeta]
}

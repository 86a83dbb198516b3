//! Normalisation by groups of channels.

use crate::{
    kernel::Groups,
    simd::{Cpu, Scalar},
};

/// One group of one block.
#[derive(Clone, Copy)]
struct Group {
    block: usize,
    group: usize,
    sizes: Groups,
}

impl Group {
    /// All groups of `len` scalars.
    fn all(len: usize, sizes: Groups) -> impl Iterator<Item = Self> {
        (0..len / sizes.block())
            .flat_map(move |block| (0..sizes.groups).map(move |group| Self { block, group, sizes }))
    }

    /// The indices of its scalars.
    fn scalars(self) -> impl Iterator<Item = usize> {
        let Groups { pixels, channels, groups, .. } = self.sizes;
        let width = channels / groups;
        (0..pixels * width).map(move |i| {
            (self.block * pixels + i / width) * channels + self.group * width + i % width
        })
    }

    /// Where its mean and its `rstd` lie, once for every kept channel.
    fn places(self) -> impl Iterator<Item = [usize; 2]> {
        let (kept, width) = (self.sizes.kept(), self.sizes.kept() / self.sizes.groups);
        let start = 2 * self.block * kept + self.group * width;
        (start..start + width).map(move |place| [place, place + kept])
    }

    fn stats<T: Scalar>(self, stats: &[T]) -> [f64; 2] {
        self.places().next().map_or([0.0; 2], |places| places.map(|place| stats[place].to_f64()))
    }

    fn mean_of(self, value: impl Fn(usize) -> f64) -> f64 {
        self.scalars().map(value).sum::<f64>() / self.scalars().count() as f64
    }
}

/// `y = gamma · (x - mean) · rstd + beta`.
pub fn group_norm<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    stats: &mut [T],
    x: &[T],
    gamma: &[T],
    beta: Option<&[T]>,
    sizes: Groups,
) {
    for group in Group::all(x.len(), sizes) {
        let mean = if sizes.centred { group.mean_of(|i| x[i].to_f64()) } else { 0.0 };
        let deviation = |i: usize| x[i].to_f64() - mean;
        let var = group.mean_of(|i| deviation(i) * deviation(i));
        let rstd = 1.0 / libm::sqrt(var + sizes.epsilon);
        for [of_mean, of_rstd] in group.places() {
            (stats[of_mean], stats[of_rstd]) = (T::from_f64(mean), T::from_f64(rstd));
        }
        for i in group.scalars() {
            let c = i % sizes.channels;
            let beta = beta.map_or(0.0, |beta| beta[c].to_f64());
            y[i] = T::from_f64(gamma[c].to_f64() * deviation(i) * rstd + beta);
        }
    }
}

/// With `d = gamma · dy`, `x̂ = (x - mean) · rstd` and means over the group:
/// `dx = rstd · (d - mean d - x̂ · mean(d · x̂))`, without `mean d` where nothing was centred.
pub fn group_norm_grad_input<T: Scalar>(
    _cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    x: &[T],
    stats: &[T],
    gamma: &[T],
    sizes: Groups,
) {
    for group in Group::all(x.len(), sizes) {
        let [mean, rstd] = group.stats(stats);
        let d = |i: usize| dy[i].to_f64() * gamma[i % sizes.channels].to_f64();
        let normal = |i: usize| (x[i].to_f64() - mean) * rstd;
        let centre = if sizes.centred { group.mean_of(d) } else { 0.0 };
        let slope = group.mean_of(|i| d(i) * normal(i));
        for i in group.scalars() {
            dx[i] = T::from_f64(rstd * (d(i) - centre - normal(i) * slope));
        }
    }
}

/// `dgamma[c] = Σ dy · (x - mean) · rstd` and `dbeta[c] = Σ dy`.
pub fn group_norm_grad_scale<T: Scalar>(
    _cpu: Cpu,
    dgamma: &mut [T],
    mut dbeta: Option<&mut [T]>,
    dy: &[T],
    x: &[T],
    stats: &[T],
    sizes: Groups,
) {
    for c in 0..sizes.channels {
        let mut sums = [0.0; 2];
        for group in Group::all(x.len(), sizes) {
            let [mean, rstd] = group.stats(stats);
            for i in group.scalars().filter(|i| i % sizes.channels == c) {
                sums[0] += dy[i].to_f64() * (x[i].to_f64() - mean) * rstd;
                sums[1] += dy[i].to_f64();
            }
        }
        dgamma[c] = T::from_f64(sums[0]);
        if let Some(dbeta) = &mut dbeta {
            dbeta[c] = T::from_f64(sums[1]);
        }
    }
}

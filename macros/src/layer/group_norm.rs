//! Group normalisation.

use super::{Check, Kind, Layer, Param, divisors, normalization};
use crate::{
    plan::{Buf, Groups, lower::Lower},
    shape::{Dim, Shape},
    syntax::{Spanned, args::Args},
};

const DOC: &str = "\
`y = gamma · (x - mean) / √(var + epsilon) + beta` with mean and variance over all pixels and the
channels of each of `groups` shares of the channels of a sample, over any shape (Wu and He 2018).

- `groups`: the number of groups, which divides the channels.
- `epsilon = 0.001`: added to the variance, from 1e-9 to 1.

Parameters: `gamma [channels]`, `beta [channels]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "group_norm",
    doc: DOC,
    args: &["groups", "epsilon"],
    examples: &[
        "[2, 3, 6] -> [2, 3, 6] { group_norm(2) }",
        "[2, 2, 1] -> [2, 2, 4] { conv2d(4, kernel = 1), group_norm(1, epsilon = 0.1) }",
        "[4, 4] -> [4, 4] { #[freeze] group_norm(2) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct GroupNorm {
    groups: Spanned<usize>,
    epsilon: f64,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let (groups, epsilon) = (args.count("groups"), args.float_or("epsilon", 1e-3, 1e-9..=1.0));
    Some(Box::new(GroupNorm { groups: groups?, epsilon: epsilon?.value }))
}

impl GroupNorm {
    fn sizes(&self, input: &Shape) -> Groups {
        normalization::by_group(input, self.groups.value.into(), self.epsilon)
    }

    /// Whether every group has as many channels, as far as can be known.
    fn divides(&self, input: &Shape) -> bool {
        let channels = input.channels();
        let whole = channels.literal().is_some_and(|channels| channels % self.groups.value == 0);
        whole || self.groups.value == 1 || channels.is_unknown()
    }

    fn report_groups(&self, input: &Shape, check: &mut Check<'_>) {
        let (Spanned { value: groups, span }, channels) = (self.groups, input.channels());
        let expected = match channels.literal() {
            Some(channels) => divisors::words(channels),
            None => "1, where the number of channels is symbolic".to_owned(),
        };
        check
            .error(span, format!("`groups = {groups}` does not divide the {channels} channels"))
            .found(groups)
            .expected(expected);
    }
}

impl Layer for GroupNorm {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if self.divides(input) {
            let width = input.channels().literal().map(|channels| channels / self.groups.value);
            let width = width.map_or(Dim::Unknown, Dim::from);
            let values = Dim::product([normalization::pixels(input), width]);
            normalization::expect_several("group_norm", &values, input, check);
        } else {
            self.report_groups(input, check);
        }
        input.clone()
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        normalization::params(input, true)
    }

    fn canonical(&self) -> String {
        format!("{}, epsilon = {:?}", self.groups.value, self.epsilon)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let sizes = self.sizes(cx.input());
        normalization::forward(cx, sizes)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let sizes = self.sizes(cx.input());
        normalization::backward(cx, dy, sizes)
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, plan, shape, training};

    #[test]
    fn statistics_lie_with_every_channel() {
        let plan_of =
            |groups: usize| plan(&format!("[5, 5, 8] -> [5, 5, 8] {{ group_norm({groups}) }}"));
        assert_eq!(shape(&plan_of(4).inference, "group_norm1.stats"), "[1, 2, 8]");
        assert_eq!(shape(&plan_of(1).inference, "group_norm1.stats"), "[1, 2, 1]");
    }

    #[test]
    fn forward_and_backward() {
        let backward = ["GroupNormGradScale", "GroupNormGradInput"];
        let training = training("[3, 3, 4] -> [3, 3, 4] { group_norm(2) }");
        assert_eq!(training, [["GroupNorm"].as_slice(), &backward]);
    }

    #[test]
    fn groups_divide_the_channels() {
        let mistake = mistake("[4, 4, 6] -> [4, 4, 6] { group_norm(4) }");
        assert!(mistake.starts_with("`groups = 4` does not divide the 6 channels"), "{mistake}");
        assert!(mistake.contains("expected: a divisor of 6: 1, 2, 3, 6"), "{mistake}");
    }

    #[test]
    fn one_value_has_no_variance() {
        let mistake = mistake("[6] -> [6] { group_norm(6) }");
        assert!(mistake.starts_with("`group_norm` over one value"), "{mistake}");
    }
}

//! Windows of transposed convolutions, which lie over the output.

use super::{Misfit, Sliding};
use crate::{
    layer::Check,
    plan::Window,
    shape::{Dim, Shape},
    syntax::args::Padding,
};

impl Sliding {
    /// The output's height and width, which a convolution of this window would bring back to the
    /// input's.
    pub(in crate::layer) fn transposed_output(
        &self,
        input: &Shape,
        check: &mut Check<'_>,
    ) -> [Dim; 2] {
        let sizes = [0, 1].map(|axis| self.transposed_size(axis, &self.size(input, axis)));
        for axis in [0, 1] {
            let said = axis == 1 && sizes[0] == sizes[1];
            match sizes[axis] {
                Err(Misfit::TooLarge) if !said => self.report_nothing_left(axis, input, check),
                Err(Misfit::Symbolic) if !said => self.report_symbolic(axis, input, check),
                _ => {}
            }
        }
        sizes.map(|size| size.unwrap_or(Dim::Unknown))
    }

    fn transposed_size(&self, axis: usize, input: &Dim) -> Result<Dim, Misfit> {
        let stride = Dim::from(self.stride[axis]);
        match (&self.padding, input.literal()) {
            _ if input.is_unknown() => Ok(Dim::Unknown),
            (Padding::Same | Padding::Causal, _) => Ok(Dim::product([input.clone(), stride])),
            (_, None) => Err(Misfit::Symbolic),
            (_, Some(size)) => {
                let spanned = self.spanned(axis, size);
                let cut = self.explicit_padding(axis).saturating_mul(2);
                let left = spanned.checked_sub(cut).filter(|left| *left > 0);
                left.map(Dim::from).ok_or(Misfit::TooLarge)
            }
        }
    }

    /// What the windows of `size` inputs cover: `(size - 1) · stride + extent`.
    fn spanned(&self, axis: usize, size: usize) -> usize {
        (size - 1).saturating_mul(self.stride[axis]).saturating_add(self.extent(axis))
    }

    fn report_nothing_left(&self, axis: usize, input: &Shape, check: &mut Check<'_>) {
        let Padding::Number(padding) = &self.padding else { return };
        let size = self.size(input, axis).literal().unwrap_or(1);
        let (padding, most) = (padding[axis], (self.spanned(axis, size) - 1) / 2);
        check
            .error(padding.span, format!("padding {} leaves nothing of the output", padding.value))
            .found(format!(
                "padding {} on each side of {}",
                padding.value,
                self.spanned(axis, size)
            ))
            .expected(format!("at most {most}"))
            .help("the padding of a transposed convolution cuts its output; make it smaller");
    }

    /// The window of the convolution from the output back to the input.
    pub(in crate::layer) fn transposed_window(&self, input: &Shape, output: &Shape) -> Window {
        self.window(output, input)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        layer::testing::{mistake, model, plan},
        plan::{Convolution, Verb},
    };

    #[test]
    fn outputs_follow_kernel_stride_and_padding() {
        for (arguments, size) in [
            ("kernel = 3", 7),
            ("kernel = 3, stride = 2", 11),
            ("kernel = 2, stride = 3", 14),
            ("kernel = 3, stride = 2, padding = same", 10),
            ("kernel = 4, stride = 2, padding = 1", 10),
            ("kernel = 3, dilation = 2", 9),
        ] {
            let sizes = format!("[5, 5, 1] -> [{size}, {size}, 2]");
            model(&format!("{sizes} {{ conv2d_transpose(2, {arguments}) }}"));
        }
    }

    #[test]
    fn the_window_lies_over_the_output() {
        let plan = plan(
            "[5, 5, 1] -> [10, 10, 2] { conv2d_transpose(2, kernel = 3, stride = 2, padding = same) }",
        );
        let Verb::Convolution(Convolution::Conv2dGradInput { conv, .. }) =
            &plan.inference.steps[0].verb
        else {
            panic!("{plan:?}")
        };
        assert_eq!(conv.window.input, [10.into(), 10.into()]);
        assert_eq!((&conv.window.output, conv.window.padding), (&[5.into(), 5.into()], [0, 0]));
    }

    #[test]
    fn a_padding_leaves_something() {
        let mistake =
            mistake("[2, 2, 1] -> [1, 1, 1] { conv2d_transpose(1, kernel = 3, padding = 2) }");
        assert!(mistake.starts_with("padding 2 leaves nothing of the output"), "{mistake}");
        assert!(mistake.contains("expected: at most 1"), "{mistake}");
    }
}

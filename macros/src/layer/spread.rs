//! One value for each channel, `[c]` or `[1, 1, c]`, in the place of one for every pixel of an image
//! `[h, w, c]`.

use crate::{
    plan::{Arrange, Buf, Strided, lower::Lower},
    shape::{Dim, Shape},
};

/// Whether a value has one for each channel of an image.
pub(super) fn fits(shape: &Shape, image: &Shape) -> bool {
    could_fit(shape, image) && shape.channels() == image.channels()
}

/// The same, but for the number of channels.
pub(super) fn could_fit(shape: &Shape, image: &Shape) -> bool {
    let known = !shape.has_unknown() && !image.has_unknown() && shape != image;
    let flat = shape.dims().iter().rev().skip(1).all(|size| *size == Dim::ONE);
    known && image.rank() == 3 && [1, 3].contains(&shape.rank()) && flat
}

/// The value as it is seen from every pixel.
fn view(image: &Shape) -> Strided {
    let channels = image.channels();
    let pixels = Dim::product(image.dims()[..2].iter().cloned());
    let axes = vec![[pixels, Dim::ZERO], [channels.clone(), Dim::ONE]];
    Strided::new(channels, Dim::ZERO, axes)
}

/// The value for every pixel of the output, where it is not.
pub(super) fn to_output(cx: &mut Lower<'_>, x: Buf, shape: &Shape) -> Buf {
    let output = cx.output().clone();
    if *shape == output {
        return x;
    }
    let y = cx.new_row("spread", output.clone());
    cx.push(Arrange::Gather { y, x, view: view(&output) });
    y
}

/// The gradient of a value from that of what it was seen as: the sum over all pixels.
pub(super) fn back(
    cx: &mut Lower<'_>,
    dy: Buf,
    shape: &Shape,
    new: impl FnOnce(&mut Lower<'_>) -> Buf,
) -> Buf {
    let output = cx.output().clone();
    if *shape == output {
        return dy;
    }
    let d = new(cx);
    cx.push(Arrange::Scatter { y: d, x: dy, view: view(&output) });
    d
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn the_current_value_or_a_named_one() {
        for network in [
            "{ global_avg_pool2d, multiply(input) }",
            "{ mean: adaptive_avg_pool2d(1), from(input), multiply(mean) }",
        ] {
            let model = model(&format!("[3, 2, 4] -> [3, 2, 4] {network}"));
            assert_eq!(model.nodes.last().unwrap().output.to_string(), "[3, 2, 4]");
        }
    }

    #[test]
    fn seen_from_every_pixel_and_summed_over_them() {
        let [forward, backward] = training(
            "[3, 2, 4] -> [3, 2, 4] { a: conv2d(4, kernel = 1), global_avg_pool2d, add(a) }",
        );
        assert_eq!(forward[forward.len() - 2..], ["Gather", "Axpby"]);
        assert_eq!(backward[0], "Scatter");
    }

    #[test]
    fn of_the_channels_of_the_image_alone() {
        let mistake =
            mistake("[3, 2, 4] -> [3, 2, 4] { global_avg_pool2d, dense(3), multiply(input) }");
        assert!(
            mistake.contains("expected: equal shapes, or [4] or [1, 1, 4], one for each"),
            "{mistake}"
        );
        assert!(mistake.contains("help: `dense(4)` before it"), "{mistake}");
    }
}

//! What layers over images ask of their input.

use super::Check;
use crate::shape::{Dim, Shape};

/// Squares smaller than this are hardly meant as images.
const SMALLEST_SIDE: usize = 4;

/// Whether `input` is `[height, width, channels]`; reports it where it surely is not.
pub(super) fn expect(layer: &str, input: &Shape, check: &mut Check<'_>) -> bool {
    if input.rank() == 3 {
        return true;
    }
    if !input.dims().iter().all(Dim::is_unknown) {
        check
            .error(check.keyword, format!("`{layer}` takes an image"))
            .found(input)
            .expected("[height, width, channels]")
            .help(format!("add `reshape({})` before it", likely(input)));
    }
    false
}

/// The sizes `[height, width]` of an image.
pub(super) fn size(image: &Shape) -> [Dim; 2] {
    [image.dims()[0].clone(), image.dims()[1].clone()]
}

/// The image that `shape` may be meant as: grey or coloured squares are recognised.
fn likely(shape: &Shape) -> String {
    match shape.dims() {
        [Dim::Literal(len)] => {
            let square = |channels: usize| {
                let side = (len / channels).isqrt();
                let fits = side >= SMALLEST_SIDE && side * side * channels == *len;
                fits.then(|| format!("[{side}, {side}, {channels}]"))
            };
            square(1).or_else(|| square(3)).unwrap_or_else(|| "[height, width, channels]".into())
        }
        [height, width] => format!("[{height}, {width}, 1]"),
        _ => "[height, width, channels]".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_recognised() {
        assert_eq!(likely(&Shape::literal(&[784])), "[28, 28, 1]");
        assert_eq!(likely(&Shape::literal(&[3072])), "[32, 32, 3]");
        assert_eq!(likely(&Shape::literal(&[9])), "[height, width, channels]");
        assert_eq!(likely(&Shape::literal(&[10])), "[height, width, channels]");
        assert_eq!(likely(&Shape::literal(&[28, 14])), "[28, 14, 1]");
    }
}

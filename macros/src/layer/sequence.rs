//! What layers over sequences ask of their input.

use super::Check;
use crate::shape::{Dim, Shape};

/// Whether `input` is `[time, features]`; reports it where it surely is not.
pub(super) fn expect(layer: &str, input: &Shape, check: &mut Check<'_>) -> bool {
    if input.rank() == 2 {
        return true;
    }
    if !input.dims().iter().all(Dim::is_unknown) {
        check
            .error(check.keyword, format!("`{layer}` takes a sequence"))
            .found(input)
            .expected("[time, features]")
            .help(format!("add `reshape({})` before it", likely(input)));
    }
    false
}

/// The size of a sequence as that of an image of height 1.
pub(super) fn size(sequence: &Shape) -> [Dim; 2] {
    [Dim::ONE, sequence.dims()[0].clone()]
}

/// The sequence that `shape` may be meant as: features of one step each, or the rows of an image.
fn likely(shape: &Shape) -> String {
    match shape.dims() {
        [len] => format!("[{len}, 1]"),
        [height, width, channels] => {
            format!("[{height}, {}]", Dim::product([width.clone(), channels.clone()]))
        }
        _ => "[time, features]".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_and_images_are_read_step_by_step() {
        assert_eq!(likely(&Shape::literal(&[128])), "[128, 1]");
        assert_eq!(likely(&Shape::literal(&[28, 28, 3])), "[28, 84]");
    }
}

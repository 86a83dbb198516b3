//! What layers share that show their input's values in another order.

use crate::{
    plan::{Arrange, Buf, Strided, lower::Lower},
    shape::{Dim, Shape},
};

/// The distance between neighbours along every axis of a shape.
pub(super) fn strides(shape: &Shape) -> Vec<Dim> {
    let after = |axis: usize| Dim::product(shape.dims()[axis + 1..].iter().cloned());
    (0..shape.rank()).map(after).collect()
}

/// The part of `whole` that has the shape `part` and starts at `start`, every `step`th along each axis.
pub(super) fn part(whole: &Shape, part: &Shape, start: &[usize], step: &[usize]) -> Strided {
    let strides = strides(whole);
    let places = strides.iter().zip(start).map(|(s, at)| Dim::product([s.clone(), (*at).into()]));
    let first = Dim::sum(places);
    let steps = strides.iter().zip(step).map(|(s, step)| Dim::product([s.clone(), (*step).into()]));
    let axes = part.dims().iter().cloned().zip(steps).map(|(size, stride)| [size, stride]);
    Strided::new(whole.len(), first, axes.collect())
}

/// Appends `y`, the values that a view sees.
pub(super) fn gather(cx: &mut Lower<'_>, view: Strided) -> Buf {
    let (y, x) = (cx.new_y(), cx.x());
    cx.push(Arrange::Gather { y, x, view });
    y
}

/// Appends the gradient of [`gather`].
pub(super) fn gather_grad(cx: &mut Lower<'_>, dy: Buf, view: Strided) -> Buf {
    let dx = cx.new_dx();
    cx.push(Arrange::Scatter { y: dx, x: dy, view });
    dx
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_that_are_as_one_are_joined() {
        let whole = Shape::literal(&[4, 5, 3]);
        let rows = part(&whole, &Shape::literal(&[2, 5, 3]), &[1, 0, 0], &[1, 1, 1]);
        assert_eq!((&rows.start, &rows.axes[4]), (&15.into(), &[30.into(), Dim::ONE]));
        let columns = part(&whole, &Shape::literal(&[4, 2, 3]), &[0, 1, 0], &[1, 2, 1]);
        assert_eq!((&columns.start, columns.last()), (&3.into(), Some(3 * 15 + 3 + 6 + 2)));
        assert_eq!(columns.axes[3], [2.into(), 6.into()]);
    }
}

//! What is said of windows: mistakes, notes and canonical words.

use super::{Over, Sliding, pair, values};
use crate::{
    layer::Check,
    shape::{MAX_SCALARS, Shape},
    syntax::{Spanned, args::Padding},
};

impl Over {
    /// The words for the whole, for what lies along an axis, and for one element.
    fn words(self, axis: usize) -> [&'static str; 3] {
        match self {
            Self::Image => ["image", ["rows", "columns"][axis], "pixels"],
            Self::Time => ["sequence", "steps", "steps"],
        }
    }
}

impl Sliding {
    pub(super) fn report_too_large(&self, axis: usize, input: &Shape, check: &mut Check<'_>) {
        let Spanned { value: kernel, span } = self.kernel[axis];
        let (word, dilation) = (self.word, self.dilation[axis]);
        let [whole, lines, elements] = self.over.words(axis);
        let (at, spans) = match dilation {
            1 => (String::new(), "is larger than".to_owned()),
            _ => (
                format!(" at dilation {dilation}"),
                format!("spans {} {elements}, more than", self.extent(axis)),
            ),
        };
        let size = self.size(input, axis).literal().unwrap_or(0);
        let room = self.padded(axis, size);
        let padded = if room > size { format!(", {room} with padding") } else { String::new() };
        let most = room.saturating_sub(1) / dilation + 1;
        check
            .error(span, format!("{word} {kernel}{at} {spans} its input {input}"))
            .found(format!("{word} {kernel}{at}"))
            .expected(format!("at most {most}{at}: the input has {size} {lines}{padded}"))
            .help(format!("make it smaller, or pad the {whole} with `padding = same`"));
    }

    pub(super) fn report_reach(&self, axis: usize, check: &mut Check<'_>) {
        let [_, _, elements] = self.over.words(axis);
        check
            .error(self.kernel[axis].span, "this window reaches too far")
            .found(format!("{} {elements}", self.extent(axis)))
            .expected(format!("at most {MAX_SCALARS}"))
            .help("make the kernel or the dilation smaller");
    }

    pub(super) fn report_symbolic(&self, axis: usize, input: &Shape, check: &mut Check<'_>) {
        let expected = match self.over {
            Over::Image => "literal height and width",
            Over::Time => "a literal number of steps",
        };
        check
            .error(self.kernel[axis].span, format!("{} slides over a symbolic size", self.word))
            .found(input)
            .expected(expected)
            .help("use `padding = same` and stride 1, which keep the size");
    }

    /// Reports a padding so wide that a window could lie wholly outside its input, where a pooling
    /// has no value.
    pub(in crate::layer) fn check_padding_of_pooling(&self, check: &mut Check<'_>) {
        let Padding::Number(padding) = &self.padding else { return };
        let wrong = |axis: usize| padding[axis].value >= self.kernel[axis].value;
        let Some(axis) = [0, 1].into_iter().find(|axis| wrong(*axis)) else { return };
        let (padding, size) = (padding[axis], self.kernel[axis].value);
        let [whole, ..] = self.over.words(axis);
        check
            .error(padding.span, format!("padding {} is not less than size {size}", padding.value))
            .found(format!("padding {}", padding.value))
            .expected(format!("at most {}", size - 1))
            .note(format!("a window that lay wholly outside the {whole} would have no value"))
            .help(format!("write `padding = {}` or `padding = same`", size - 1));
    }

    /// Which elements of `input` no window sees, for the table.
    pub(in crate::layer) fn note(&self, input: &Shape) -> String {
        let [rows, columns] = self.unused(input);
        let unused = match self.over {
            Over::Image => unused([(rows, "row"), (columns, "column")]),
            Over::Time => unused([(columns, "step"), (0, "")]),
        };
        let [.., elements] = self.over.words(0);
        let gaps = self.has_gaps().then(|| format!("{elements} between windows are not used"));
        let remarks: Vec<String> = unused.into_iter().chain(gaps).collect();
        remarks.join("; ")
    }

    /// `kernel = (3, 3), stride = (1, 1), padding = valid`.
    pub(in crate::layer) fn canonical(&self) -> String {
        let padding = match &self.padding {
            Padding::Valid => "valid".to_owned(),
            Padding::Same => "same".to_owned(),
            Padding::Causal => "causal".to_owned(),
            Padding::Number(sizes) => self.written(values(*sizes)),
        };
        let [kernel, stride] = [values(self.kernel), self.stride].map(|pair| self.written(pair));
        format!("{} = {kernel}, stride = {stride}, padding = {padding}", self.word)
    }

    /// `(3, 3)`, or over time `3`.
    pub(in crate::layer) fn written(&self, sizes: [usize; 2]) -> String {
        match self.over {
            Over::Image => pair(sizes),
            Over::Time => sizes[1].to_string(),
        }
    }
}

fn unused(counts: [(usize, &str); 2]) -> Option<String> {
    let count = |(n, one): (usize, &str)| match n {
        0 => None,
        1 => Some(one.to_owned()),
        n => Some(format!("{n} {one}s")),
    };
    let parts: Vec<String> = counts.into_iter().filter_map(count).collect();
    let verb = if counts[0].0 + counts[1].0 == 1 { "is" } else { "are" };
    (!parts.is_empty()).then(|| format!("the last {} {verb} not used", parts.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::model;

    #[test]
    fn notes_count_rows_and_columns() {
        let unused = |rows, columns| unused([(rows, "row"), (columns, "column")]);
        assert_eq!(unused(0, 0), None);
        assert_eq!(unused(1, 0).unwrap(), "the last row is not used");
        assert_eq!(unused(1, 1).unwrap(), "the last row and column are not used");
        assert_eq!(unused(0, 2).unwrap(), "the last 2 columns are not used");
        assert_eq!(unused(1, 3).unwrap(), "the last row and 3 columns are not used");
    }

    #[test]
    fn notes_tell_of_gaps() {
        let note = |network| model(network).nodes[0].note.clone();
        let skipping = "[5, 5, 1] -> [3, 3, 1] { conv2d(1, kernel = 1, stride = 2) }";
        assert_eq!(note(skipping), "pixels between windows are not used");
        let skipping = "[6, 1] -> [3, 1] { conv1d(1, kernel = 1, stride = 2) }";
        assert_eq!(note(skipping), "the last step is not used; steps between windows are not used");
    }
}

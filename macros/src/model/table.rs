//! The table of shapes below a message.

/// One line: a layer as far as it is known.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) output: String,
    pub(crate) parameters: String,
    pub(crate) note: String,
}

impl Row {
    fn cells(&self) -> [&str; 4] {
        [&self.name, &self.output, &self.parameters, &self.note]
    }
}

/// The rows under their headings; an arrow points at the last, which is the layer in question.
pub(crate) fn render(rows: &[Row]) -> String {
    let headings = ["layer", "output", "parameters", ""];
    let cells: Vec<_> = std::iter::once(headings).chain(rows.iter().map(Row::cells)).collect();
    let widths: [usize; 4] = std::array::from_fn(|column| {
        cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
    });
    let lines = cells.iter().enumerate().map(|(i, row)| {
        let arrow = if i > 0 && i == rows.len() { "->" } else { "  " };
        let [name, output, parameters, note] = widths;
        let line = format!(
            "{arrow} {:name$}  {:output$}  {:>parameters$}  {:note$}",
            row[0], row[1], row[2], row[3]
        );
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_the_last_row_is_marked() {
        let row = |name: &str, output: &str, parameters: &str, note: &str| Row {
            name: name.to_owned(),
            output: output.to_owned(),
            parameters: parameters.to_owned(),
            note: note.to_owned(),
        };
        let rows = [
            row("input", "[28, 28, 1]", "", ""),
            row("conv2d1", "[26, 26, 32]", "320", "drops 1 column"),
            row("dense1", "[10]", "216330", ""),
        ];
        let expected = "   layer    output        parameters
   input    [28, 28, 1]
   conv2d1  [26, 26, 32]         320  drops 1 column
-> dense1   [10]              216330";
        assert_eq!(render(&rows), expected);
    }
}

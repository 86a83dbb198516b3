//! The table of shapes below a message.

use super::Node;
use crate::shape::Shape;

/// One line: a layer as far as it is known.
#[derive(Clone, Debug)]
pub(super) struct Row {
    name: String,
    output: String,
    parameters: String,
    note: String,
}

/// Rows shown above the last one; those before them are only counted.
const SHOWN: usize = 8;

const HEADINGS: [&str; 4] = ["layer", "output", "parameters", ""];

impl Row {
    pub(super) fn input(name: &str, shape: &Shape) -> Self {
        Self::new(name, shape.to_string(), String::new(), "")
    }

    pub(super) fn node(node: &Node) -> Self {
        let none = node.params.is_empty() || node.layer.network().is_some();
        let parameters = if none { String::new() } else { node.parameters().to_string() };
        Self::new(&node.name, node.output.to_string(), parameters, &node.note)
    }

    /// The layer in question, whose output is not to be relied on.
    pub(super) fn wrong(name: &str) -> Self {
        Self::new(name, String::new(), String::new(), "")
    }

    pub(super) fn unknown(name: &str) -> Self {
        Self::new(name, "?".to_owned(), String::new(), "")
    }

    fn new(name: &str, output: String, parameters: String, note: &str) -> Self {
        Self { name: name.to_owned(), output, parameters, note: note.to_owned() }
    }

    /// The rows up to that of a layer.
    pub(super) fn up_to<'r>(name: &str, rows: &'r [Self]) -> &'r [Self] {
        let place = rows.iter().position(|row| row.name == name);
        place.map_or(rows, |place| &rows[..=place])
    }

    /// The rows under their headings; an arrow points at the last, which is the layer in question.
    pub(super) fn render(rows: &[Self]) -> String {
        let skipped = rows.len().saturating_sub(SHOWN + 2);
        let mut cells = vec![HEADINGS];
        cells.extend(rows[..rows.len().min(1)].iter().map(Self::cells));
        cells.extend(rows[rows.len().min(skipped + 1)..].iter().map(Self::cells));
        let mut lines = align(&cells);
        if let Some(last) = lines.last_mut() {
            last.replace_range(..2, "->");
        }
        if skipped > 0 {
            lines.insert(2, format!("   .. {skipped} more"));
        }
        lines.join("\n")
    }

    fn cells(&self) -> [&str; 4] {
        [&self.name, &self.output, &self.parameters, &self.note]
    }
}

fn align(cells: &[[&str; 4]]) -> Vec<String> {
    let [name, output, parameters, _] = std::array::from_fn(|column| {
        cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
    });
    let lines = cells.iter().map(|row| {
        let line =
            format!("   {:name$}  {:output$}  {:>parameters$}  {}", row[0], row[1], row[2], row[3]);
        line.trim_end().to_owned()
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_the_last_row_is_marked() {
        let rows = [
            Row::input("input", &Shape::literal(&[28, 28, 1])),
            Row::new("conv2d1", "[26, 26, 32]".to_owned(), "320".to_owned(), "drops 1 column"),
            Row::new("dense1", "[10]".to_owned(), "216330".to_owned(), ""),
        ];
        let expected = "   layer    output        parameters
   input    [28, 28, 1]
   conv2d1  [26, 26, 32]         320  drops 1 column
-> dense1   [10]              216330";
        assert_eq!(Row::render(&rows), expected);
    }

    #[test]
    fn long_tables_are_cut_in_the_middle() {
        let rows: Vec<_> = (0..20).map(|i| Row::wrong(&format!("layer{i}"))).collect();
        let table = Row::render(&rows);
        let lines: Vec<_> = table.lines().map(str::trim).collect();
        assert_eq!(lines[1..4], ["layer0", ".. 10 more", "layer11"]);
        assert_eq!(lines.last(), Some(&"-> layer19"));
    }
}

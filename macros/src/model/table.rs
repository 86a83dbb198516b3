//! The table of shapes beneath a diagnostic.

use super::{Model, Node};
use crate::shape::Shape;

/// Layers shown above the one that is wrong; those before them are counted.
const SHOWN: usize = 8;

impl Model {
    /// The shapes of all layers.
    pub(super) fn table(&self) -> String {
        self.render(None)
    }

    /// The shapes up to a layer that is wrong, which would yield `output`.
    pub(super) fn table_until(&self, name: &str, output: &Shape) -> String {
        self.render(Some((name, output)))
    }

    fn render(&self, wrong: Option<(&str, &Shape)>) -> String {
        let skipped = self.nodes.len().saturating_sub(SHOWN);
        let mut rows = vec![
            ["layer".to_owned(), "output".to_owned(), "parameters".to_owned()],
            ["input".to_owned(), self.input.to_string(), String::new()],
        ];
        rows.extend(self.nodes[skipped..].iter().map(row));
        if let Some((name, output)) = wrong {
            rows.push([name.to_owned(), output.to_string(), "<- here".to_owned()]);
        }
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
        let (first, second) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
        let mut lines = rows.iter().map(|[name, shape, parameters]| {
            format!("    {name:first$}  {shape:second$}  {parameters}").trim_end().to_owned()
        });
        let mut text: Vec<String> = lines.by_ref().take(2).collect();
        if skipped > 0 {
            text.push(format!("    .. {skipped} more"));
        }
        text.extend(lines);
        text.join("\n")
    }
}

fn row(node: &Node) -> [String; 3] {
    let parameters =
        if node.params.is_empty() { String::new() } else { node.parameters().to_string() };
    [node.name.clone(), node.output.to_string(), parameters]
}

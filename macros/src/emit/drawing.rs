//! The drawing of the model card: the graph of the layers as SVG, from the inputs down.
//!
//! A layer stands below all that it reads. Its colours suit light pages and dark ones.

use std::fmt::Write as _;

use crate::model::{Model, Node, Source};

const HEIGHT: usize = 34;
/// From one row of boxes to the next.
const ROW: usize = 54;
const GAP: usize = 18;
/// Of a character.
const WIDTH: usize = 7;

/// A box of the drawing.
#[derive(Debug, PartialEq)]
struct Block {
    lines: [String; 2],
    has_parameters: bool,
    /// The blocks that it reads.
    reads: Vec<usize>,
    /// Rows of blocks above it.
    row: usize,
    /// Its middle.
    x: usize,
    width: usize,
}

impl Block {
    fn new(lines: [String; 2], reads: Vec<usize>, row: usize) -> Self {
        let longest = lines.iter().map(|line| line.chars().count()).max();
        let width = longest.unwrap_or_default() * WIDTH + 16;
        Self { lines, has_parameters: false, reads, row, x: 0, width }
    }

    const fn top(&self) -> usize {
        self.row * ROW + GAP
    }
}

/// The drawing as an image in Markdown.
pub(super) fn image(model: &Model) -> String {
    let svg = svg(&placed(blocks(model)));
    let mut text = format!("![{}: the graph of its layers](data:image/svg+xml,", model.name);
    for char in svg.chars() {
        match char {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '.' | '/' | '=' | ':' | ',' | '\'' => {
                text.push(char);
            }
            _ => {
                let mut bytes = [0; 4];
                for byte in char.encode_utf8(&mut bytes).bytes() {
                    write!(text, "%{byte:02X}").expect("strings take all text");
                }
            }
        }
    }
    text + ")"
}

/// The inputs, then the layers.
fn blocks(model: &Model) -> Vec<Block> {
    let input = |name: &str, shape| Block::new([name.to_owned(), format!("{shape}")], vec![], 0);
    let mut blocks: Vec<Block> = match &model.ports[..] {
        [] => vec![input("input", &model.input)],
        ports => ports.iter().map(|port| input(&port.name, &port.shape)).collect(),
    };
    let inputs = blocks.len();
    for node in &model.nodes {
        let sources = match &node.body {
            Some(body) => vec![body.end],
            None => node.inputs.clone(),
        };
        let mut reads: Vec<usize> =
            sources.into_iter().map(|source| index(model, source, inputs)).collect();
        reads.sort_unstable();
        reads.dedup();
        let row = reads.iter().map(|read| blocks[*read].row + 1).max().unwrap_or_default();
        let mut block = Block::new([title(node), node.output.to_string()], reads, row);
        block.has_parameters = !node.params.is_empty() || node.layer.network().is_some();
        blocks.push(block);
    }
    blocks
}

/// The block that a value comes from; a turn of a `repeat` starts from what the `repeat` reads.
fn index(model: &Model, source: Source, inputs: usize) -> usize {
    match source {
        Source::Input => 0,
        Source::Port(port) => port,
        Source::Node(node) => inputs + node,
        Source::Turn(repeat) => index(model, model.nodes[repeat].inputs[0], inputs),
    }
}

fn title(node: &Node) -> String {
    let Node { name, .. } = node;
    match &node.body {
        Some(body) => format!("{name} × {}", body.times),
        None if name.starts_with(node.kind()) => name.clone(),
        None => format!("{name}: {}", node.kind()),
    }
}

/// Side by side in each row, in the middle of the widest.
fn placed(mut blocks: Vec<Block>) -> Vec<Block> {
    let rows = blocks.iter().map(|block| block.row + 1).max().unwrap_or_default();
    let mut widths = vec![GAP; rows];
    for block in &mut blocks {
        block.x = widths[block.row] + block.width / 2;
        widths[block.row] += block.width + GAP;
    }
    let widest = widths.iter().copied().max().unwrap_or_default();
    for block in &mut blocks {
        block.x += (widest - widths[block.row]) / 2;
    }
    blocks
}

fn svg(blocks: &[Block]) -> String {
    let mut lines = String::new();
    let mut width = blocks.iter().map(|block| right(block) + GAP).max().unwrap_or_default();
    for to in blocks {
        for from in &to.reads {
            let (line, reach) = arrow(blocks, &blocks[*from], to);
            lines += &line;
            width = width.max(reach + GAP);
        }
    }
    let height = blocks.iter().map(|block| block.top() + HEIGHT + GAP).max().unwrap_or_default();
    let boxes: String = blocks.iter().map(rectangle).collect();
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' \
         font-family='monospace' font-size='11' text-anchor='middle'>\
         <marker id='a' refX='7' refY='4' markerWidth='8' markerHeight='8' orient='auto'>\
         <path d='M0 0L8 4L0 8z' fill='#8a94a0'/></marker>\
         <g fill='none' stroke='#8a94a0'>{lines}</g>{boxes}</svg>"
    )
}

const fn right(block: &Block) -> usize {
    block.x + block.width.div_ceil(2)
}

/// An arrow, straight down to the next row, and otherwise around the blocks of the rows between, and
/// how far to the right it goes.
fn arrow(blocks: &[Block], from: &Block, to: &Block) -> (String, usize) {
    let between = |block: &&Block| from.row < block.row && block.row < to.row;
    let Some(between) = blocks.iter().filter(between).map(right).max() else {
        let (start, end) = (from.top() + HEIGHT, to.top());
        return (format!("<path marker-end='url(#a)' d='M{} {start}L{} {end}'/>", from.x, to.x), 0);
    };
    let (x, end) = (right(from), right(to));
    let side = between.max(x).max(end) + GAP / 2 + 3 * (to.row - from.row);
    // A cubic curve goes three quarters of the way to its control points.
    let control = |x: usize| x + (side - x) * 4 / 3;
    let (from, to) = (from.top() + HEIGHT / 2, to.top() + HEIGHT / 2);
    let line = format!(
        "<path marker-end='url(#a)' d='M{x} {from}C{} {from} {} {to} {end} {to}'/>",
        control(x),
        control(end)
    );
    (line, side)
}

fn rectangle(block: &Block) -> String {
    let (x, y, width) = (block.x, block.top(), block.width);
    let fill = if block.has_parameters { "#d6e6f5" } else { "#f7f7f7" };
    let [name, shape] = block.lines.each_ref().map(|line| escaped(line));
    format!(
        "<rect x='{}' y='{y}' width='{width}' height='{HEIGHT}' rx='5' fill='{fill}' \
         stroke='#7f8fa0'/><text x='{x}' y='{}' fill='#1b1f24'>{name}</text>\
         <text x='{x}' y='{}' fill='#59636e'>{shape}</text>",
        x - width / 2,
        y + 14,
        y + 28
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::{Block, GAP, ROW, blocks, image, placed, right, svg};
    use crate::layer::testing::model;

    const GRAPHS: [&str; 4] = [
        "[4] -> [3] { dense(8), relu, dense(3) }",
        "[4] -> [4] { residual { dense(8), relu, dense(4) }, parallel(add) { { dense(4) }, { tanh } } }",
        "[4] -> [4] { stem: dense(4), repeat(3) { residual { dense(4), tanh } }, add(stem) }",
        "(a: [4], b: [2]) -> [3] { concat(a, b), dense(3) }",
    ];

    fn drawn(network: &str) -> Vec<Block> {
        placed(blocks(&model(network)))
    }

    #[test]
    fn layers_stand_below_what_they_read() {
        for network in GRAPHS {
            let blocks = drawn(network);
            for block in &blocks {
                assert!(block.reads.iter().all(|read| blocks[*read].row < block.row), "{blocks:?}");
            }
        }
    }

    #[test]
    fn boxes_do_not_overlap() {
        for network in GRAPHS {
            let blocks = drawn(network);
            for (index, b) in blocks.iter().enumerate() {
                for a in blocks[..index].iter().filter(|a| a.row == b.row) {
                    assert!(right(a) < b.x - b.width / 2, "{a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn an_arrow_over_several_rows_goes_around_those_between() {
        let blocks = drawn("[4] -> [4] { residual { dense(8), relu, dense(4) } }");
        let text = svg(&blocks);
        assert_eq!(text.matches('C').count(), 1, "{text}");
        let width = text.split('\'').nth(3).and_then(|width| width.parse().ok());
        let boxes = blocks.iter().map(right).max().unwrap_or_default() + GAP;
        assert!(width.unwrap_or(0) > boxes, "there is room for it in {text}");
    }

    #[test]
    fn a_drawing_is_one_word_of_markdown() {
        for network in GRAPHS {
            let text = image(&model(network));
            let (_, link) = text.split_once("](").expect("an image");
            let link = link.strip_suffix(')').expect("an end");
            assert!(!link.contains(|c: char| c.is_whitespace() || "()<>\"#".contains(c)), "{link}");
        }
    }

    #[test]
    fn a_row_has_its_height() {
        let blocks = drawn(GRAPHS[0]);
        assert_eq!(
            blocks.iter().map(Block::top).collect::<Vec<_>>(),
            [0, 1, 2, 3].map(|r| r * ROW + GAP)
        );
    }
}

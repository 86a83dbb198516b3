//! The table of layers that `summary` prints.

use alloc::{format, string::String, vec::Vec};

use crate::{
    network::{LayerInfo, Network},
    simd::Scalar,
};

/// The table of a network, as text of many lines.
pub(crate) fn render<N: Network>() -> String {
    let inputs = N::INPUTS.iter().map(|(name, shape)| LayerRow::new(name, "", shape));
    let mut rows: Vec<LayerRow> = inputs.chain(N::LAYERS.iter().map(LayerRow::from)).collect();
    if is_chain::<N>() {
        rows.iter_mut().for_each(|row| row.inputs.clear());
    }
    let widths = Widths {
        name: width(&rows, |row| &row.name).max(5),
        shape: width(&rows, |row| &row.shape).max(6),
        inputs: width(&rows, |row| &row.inputs),
    };
    let headings = LayerRow {
        name: "layer".into(),
        shape: "output".into(),
        parameters: "parameters".into(),
        macs: "MACs".into(),
        inputs: if widths.inputs > 0 { "connected to".into() } else { String::new() },
        note: String::new(),
    };
    let widths = Widths { inputs: widths.inputs.max(headings.inputs.len()), ..widths };
    let connected = if widths.inputs > 0 { widths.inputs + 2 } else { 0 };
    let rule = "─".repeat(widths.name + widths.shape + connected + 32);
    let mut text = format!("{}\n{rule}\n{}{rule}\n", N::NAME, headings.line(&widths));
    rows.iter().for_each(|row| text += &row.line(&widths));
    text += &format!("{rule}\n");
    text + &totals::<N>()
}

/// Whether every layer reads the one before it and nothing else.
fn is_chain<N: Network>() -> bool {
    let names = N::LAYERS.iter().map(|layer| layer.name);
    let before = core::iter::once(N::INPUTS[0].0).chain(names);
    N::LAYERS.iter().zip(before).all(|(layer, before)| layer.inputs == [before])
}

struct Widths {
    name: usize,
    shape: usize,
    inputs: usize,
}

struct LayerRow {
    name: String,
    shape: String,
    parameters: String,
    macs: String,
    /// What it reads.
    inputs: String,
    note: String,
}

impl LayerRow {
    fn new(name: &str, kind: &str, shape: &[usize]) -> Self {
        let automatic =
            name.strip_prefix(kind).is_some_and(|ordinal| ordinal.parse::<u32>().is_ok());
        let name =
            if kind.is_empty() || automatic { name.into() } else { format!("{name} ({kind})") };
        let [parameters, macs, inputs, note] = [const { String::new() }; 4];
        Self { name, shape: format!("{shape:?}"), parameters, macs, inputs, note }
    }

    fn line(&self, widths: &Widths) -> String {
        let Self { name, shape, parameters, macs, inputs, note } = self;
        let (name_width, shape_width) = (widths.name, widths.shape);
        let mut text =
            format!("{name:name_width$}  {shape:shape_width$}  {parameters:>12}  {macs:>12}  ");
        if widths.inputs > 0 {
            text += &format!("{inputs:width$}  ", width = widths.inputs);
        }
        format!("{}\n", (text + note).trim_end())
    }
}

impl From<&LayerInfo> for LayerRow {
    fn from(layer: &LayerInfo) -> Self {
        let mut row = Self::new(layer.name, layer.kind, layer.output);
        let count = |count: usize| if count == 0 { String::new() } else { grouped(count) };
        row.parameters = count(layer.parameters);
        row.macs = count(layer.macs);
        row.inputs = layer.inputs.join(", ");
        let frozen = if layer.frozen { "frozen" } else { "" };
        let separator = if layer.frozen && !layer.note.is_empty() { ", " } else { "" };
        row.note = format!("{frozen}{separator}{}", layer.note);
        row
    }
}

fn totals<N: Network>() -> String {
    let trained: usize =
        N::PARAMS.iter().filter(|param| param.trained).map(|param| param.len).sum();
    let bytes = |values: usize| bytes(values * size_of::<N::Scalar>());
    let mut text = format!("parameters  {}", grouped(N::PARAMETERS));
    if trained < N::PARAMETERS {
        text += &format!(" ({} trained)", grouped(trained));
    }
    text += &format!(" · {} of {}\n", bytes(N::TRAINED + N::STATE), N::Scalar::NAME);
    text += &format!("one sample  {} MACs", grouped(N::MACS));
    text + &format!(" · {} of scratch\n", self::bytes(N::SCRATCH_BYTES))
}

fn width(rows: &[LayerRow], column: impl Fn(&LayerRow) -> &String) -> usize {
    rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0)
}

/// `1234567` as `1,234,567`.
fn grouped(count: usize) -> String {
    let digits = format!("{count}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn bytes(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

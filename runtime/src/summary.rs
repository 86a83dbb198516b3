//! The table of layers that `summary` prints.

use alloc::{format, string::String, vec::Vec};

use crate::{
    network::{LayerInfo, Network},
    simd::Scalar,
};

/// The table of a network, as text of many lines.
pub(crate) fn render<N: Network>() -> String {
    let input = LayerRow::new("input", "", N::INPUT_SHAPE);
    let rows: Vec<LayerRow> =
        core::iter::once(input).chain(N::LAYERS.iter().map(LayerRow::from)).collect();
    let name_width = width(&rows, |row| &row.name).max(5);
    let shape_width = width(&rows, |row| &row.shape).max(6);
    let rule = "─".repeat(name_width + shape_width + 32);
    let mut text = format!("{}\n{rule}\n", N::NAME);
    text += &line("layer", "output", "parameters", "MACs", "", name_width, shape_width);
    text += &format!("{rule}\n");
    for row in &rows {
        let LayerRow { name, shape, parameters, macs, note } = row;
        text += &line(name, shape, parameters, macs, note, name_width, shape_width);
    }
    text += &format!("{rule}\n");
    text + &totals::<N>()
}

struct LayerRow {
    name: String,
    shape: String,
    parameters: String,
    macs: String,
    note: String,
}

impl LayerRow {
    fn new(name: &str, kind: &str, shape: &[usize]) -> Self {
        let automatic =
            name.strip_prefix(kind).is_some_and(|ordinal| ordinal.parse::<u32>().is_ok());
        let name =
            if kind.is_empty() || automatic { name.into() } else { format!("{name} ({kind})") };
        let [parameters, macs, note] = [const { String::new() }; 3];
        Self { name, shape: format!("{shape:?}"), parameters, macs, note }
    }
}

impl From<&LayerInfo> for LayerRow {
    fn from(layer: &LayerInfo) -> Self {
        let mut row = Self::new(layer.name, layer.kind, layer.output);
        let count = |count: usize| if count == 0 { String::new() } else { grouped(count) };
        row.parameters = count(layer.parameters);
        row.macs = count(layer.macs);
        let frozen = if layer.frozen { "frozen" } else { "" };
        let separator = if layer.frozen && !layer.note.is_empty() { ", " } else { "" };
        row.note = format!("{frozen}{separator}{}", layer.note);
        row
    }
}

fn line(
    name: &str,
    shape: &str,
    parameters: &str,
    macs: &str,
    note: &str,
    name_width: usize,
    shape_width: usize,
) -> String {
    let text =
        format!("{name:name_width$}  {shape:shape_width$}  {parameters:>12}  {macs:>12}  {note}");
    format!("{}\n", text.trim_end())
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

//! Several values become one.

/// `f(a, b)`, element by element.
pub(super) fn zip(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect()
}

/// The larger of two; a NaN wins.
pub(super) fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// The share of a gradient that goes to `a`, of which `b` may be the larger.
pub(super) fn share(a: f64, b: f64) -> f64 {
    match a.partial_cmp(&b) {
        Some(std::cmp::Ordering::Greater) => 1.0,
        Some(std::cmp::Ordering::Equal) => 0.5,
        _ => 0.0,
    }
}

/// Rows side by side, of parts with the length of a row.
pub(super) fn concat(parts: &[(Vec<f64>, usize)]) -> Vec<f64> {
    let rows = parts[0].0.len() / parts[0].1;
    let row = |row: usize| parts.iter().flat_map(move |(x, n)| x[row * n..(row + 1) * n].to_vec());
    (0..rows).flat_map(row).collect()
}

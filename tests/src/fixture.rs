//! Tensors that `fixtures/make.py` computed, and numbers that both sides make from an index.

use std::{fs, path::Path};

use safetensors::{Dtype, SafeTensors};

/// A file of fixtures.
pub struct Fixture(Vec<u8>);

impl Fixture {
    /// Reads `fixtures/{name}.safetensors`.
    #[must_use]
    pub fn read(name: &str) -> Self {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        Self(
            fs::read(dir.join(format!("{name}.safetensors")))
                .expect("the fixture is in the repository"),
        )
    }

    /// The values of a tensor, widened to `f64`.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Vec<f64> {
        let file = SafeTensors::deserialize(&self.0).expect("the fixture is whole");
        let tensor = file.tensor(name).unwrap_or_else(|_| panic!("no tensor `{name}`"));
        let bytes = tensor.data();
        match tensor.dtype() {
            Dtype::F32 => {
                bytes.as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect()
            }
            Dtype::F64 => bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
            other => panic!("`{name}` has the type {other:?}"),
        }
    }
}

/// `noise` of `fixtures/make.py`: numbers in `(-scale, scale)`.
#[must_use]
pub fn noise(len: usize, salt: u64, scale: f64) -> Vec<f64> {
    let value = |i: u64| {
        let mut h = (i + salt * 7919).wrapping_mul(2_654_435_761);
        h ^= h >> 15;
        h = h.wrapping_mul(2_246_822_519) & 0xFFFF_FFFF;
        f64::from(((h as f64 / 4_294_967_296.0 * 2.0 - 1.0) * scale) as f32)
    };
    (0..len as u64).map(value).collect()
}

/// The distance of two tensors, relative to the norm of the expected one.
#[must_use]
pub fn distance(actual: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(actual.len(), expected.len(), "lengths of the tensors");
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let difference = norm(&mut actual.iter().zip(expected).map(|(a, e)| a - e));
    difference / norm(&mut expected.iter().copied()).max(f64::MIN_POSITIVE)
}

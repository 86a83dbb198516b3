//! What can be wrong with weight files.

use std::{fmt, io};

use thiserror::Error;

/// A weight file that cannot be written or used; every variant names the file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file cannot be read.
    #[error("cannot read {file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file cannot be written; what was there before is still there.
    #[error("cannot write {file}: {source}")]
    Write {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not whole, or not of the format.
    #[error("{file} is not a whole safetensors file: {reason}")]
    Format {
        /// The file.
        file: String,
        /// What the reader said.
        reason: String,
    },
    /// The values are not those that were written.
    #[error(
        "{file} is damaged: the checksum of its values is {found:016x}, expected {expected:016x}"
    )]
    Checksum {
        /// The file.
        file: String,
        /// The checksum of the values in the file.
        found: u64,
        /// The checksum that was written.
        expected: u64,
    },
    /// The file holds the weights of another network.
    #[error("{file} does not hold the weights of `{network}`:{}", list(differences))]
    Mismatch {
        /// The file.
        file: String,
        /// The name of the network.
        network: &'static str,
        /// Every difference.
        differences: Vec<Difference>,
    },
}

fn list(differences: &[Difference]) -> String {
    differences.iter().map(|difference| format!("\n  - {difference}")).collect()
}

/// One way in which a file differs from a network.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The file lacks a tensor.
    Missing {
        /// Its name.
        name: String,
        /// The shape the network has.
        shape: Vec<usize>,
    },
    /// The file has a tensor that the network has not.
    Unexpected {
        /// Its name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A tensor has another shape.
    Shape {
        /// Its name.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The shape the network has.
        expected: Vec<usize>,
    },
    /// A tensor has another element type.
    Type {
        /// Its name.
        name: String,
        /// The type in the file.
        found: String,
        /// The type the network has.
        expected: String,
    },
    /// A line of the architecture is another.
    Architecture {
        /// The line in the file, empty where it has no more.
        found: String,
        /// The line of the network, empty where it has no more.
        expected: String,
    },
    /// The file does not say what network it belongs to.
    NoArchitecture,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_nothing = |line: &str| match line {
            "" => "nothing".to_owned(),
            line => format!("`{line}`"),
        };
        match self {
            Self::Missing { name, shape } => write!(f, "`{name}` {shape:?} is missing"),
            Self::Unexpected { name, shape } => {
                write!(f, "`{name}` {shape:?} is no parameter of the network")
            }
            Self::Shape { name, found, expected } => {
                write!(f, "`{name}` has the shape {found:?}, expected {expected:?}")
            }
            Self::Type { name, found, expected } => {
                write!(f, "`{name}` holds {found}, expected {expected}")
            }
            Self::Architecture { found, expected } => {
                let (found, expected) = (or_nothing(found), or_nothing(expected));
                write!(f, "the architecture has {found}, expected {expected}")
            }
            Self::NoArchitecture => f.write_str(
                "it does not say what network it belongs to; `load_weights_only` does not ask",
            ),
        }
    }
}

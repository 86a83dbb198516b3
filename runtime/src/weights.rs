//! Weight files: `.safetensors` with names such as `conv2d1.weight`.
//!
//! A file also holds, as metadata, the architecture of its network, the fingerprint of that, and a
//! checksum of the values. [`load`](Weights::load) accepts a file only if all of it agrees and lists
//! every difference otherwise; [`load_weights_only`](Weights::load_weights_only) asks for names,
//! shapes and types alone, for files of other programs.

mod error;
mod file;
mod header;

use std::path::Path;

use safetensors::SafeTensors;

pub use error::{Difference, WeightsError};

use crate::{buffer::Parameters, network::Network};

/// Saving and loading, for every network.
pub trait Weights: Network {
    /// Writes the weights to a file: all of it or nothing. The file is written beside `path` first and
    /// takes its place when it is whole and on the disk, so a crash leaves the old one.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    fn save(&self, path: impl AsRef<Path>) -> Result<(), WeightsError> {
        file::write(path.as_ref(), &self.to_bytes())
    }

    /// A network with the weights of a file that [`save`](Weights::save) wrote.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is damaged, or belongs to another network: then every difference
    /// of names, shapes, types and architecture is listed.
    fn load(path: impl AsRef<Path>) -> Result<Self, WeightsError> {
        let (bytes, name) = file::read(path.as_ref())?;
        read(&bytes, &name, Check::Everything)
    }

    /// A network with the weights of a file of whatever program, if names, shapes and types agree.
    /// Layouts are not checked: dense weights are `[in, out]`, convolutions `[kh, kw, in / groups, out]`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is damaged, or its tensors are not those of the network.
    fn load_weights_only(path: impl AsRef<Path>) -> Result<Self, WeightsError> {
        let (bytes, name) = file::read(path.as_ref())?;
        read(&bytes, &name, Check::Tensors)
    }

    /// What [`save`](Weights::save) writes.
    fn to_bytes(&self) -> Vec<u8> {
        file::serialize(self)
    }

    /// A network from what [`to_bytes`](Weights::to_bytes) gave, such as an `include_bytes!` of a file.
    ///
    /// # Errors
    ///
    /// As [`load`](Weights::load).
    fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        read(bytes, "the given bytes", Check::Everything)
    }
}

impl<N: Network> Weights for N {}

/// How much of a file has to agree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    Everything,
    Tensors,
}

fn read<N: Network>(bytes: &[u8], file: &str, check: Check) -> Result<N, WeightsError> {
    let format = |e: safetensors::SafeTensorError| WeightsError::Format {
        file: file.to_owned(),
        reason: e.to_string(),
    };
    let tensors = SafeTensors::deserialize(bytes).map_err(format)?;
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(format)?;
    let header = metadata.metadata().as_ref().and_then(|map| map.get(header::KEY));
    let damaged = || WeightsError::Format {
        file: file.to_owned(),
        reason: format!("its metadata `{}` cannot be read", header::KEY),
    };
    let header = header.map(|text| header::parse(text).ok_or_else(damaged)).transpose()?;

    let mut differences = file::differences::<N>(&tensors);
    if check == Check::Everything {
        header::compare::<N>(header.as_ref(), &mut differences);
    }
    if !differences.is_empty() {
        return Err(WeightsError::Mismatch {
            file: file.to_owned(),
            network: N::NAME,
            differences,
        });
    }
    let mut parameters = Parameters::zeroed(N::TRAINED, N::STATE);
    let found = file::copy::<N>(&tensors, parameters.all_mut());
    match header {
        Some(header) if header.checksum != found => {
            Err(WeightsError::Checksum { file: file.to_owned(), found, expected: header.checksum })
        }
        _ => Ok(N::from_parameters(parameters)),
    }
}

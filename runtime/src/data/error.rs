//! What can be wrong with data files.

use std::{io, path::PathBuf};

use thiserror::Error;

/// A data file that cannot be used; every variant names the file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The compressed data is damaged.
    #[error("{} is not a valid gzip file: {reason}", file.display())]
    Gzip {
        /// The file.
        file: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// The file is compressed and the feature `gzip` is off.
    #[error("{} is compressed: build with the feature `gzip`, or unpack it", file.display())]
    GzipDisabled {
        /// The file.
        file: PathBuf,
    },
    /// The file does not start as an IDX file does.
    #[error(
        "{} is not an IDX file: it starts with {found:02x?}, expected 00 00, an element type and a rank",
        file.display()
    )]
    Magic {
        /// The file.
        file: PathBuf,
        /// The first four bytes.
        found: [u8; 4],
    },
    /// The elements are not bytes.
    #[error("{} holds elements of the type 0x{found:02x}, expected 0x08 (unsigned bytes)", file.display())]
    ElementType {
        /// The file.
        file: PathBuf,
        /// The code of the type.
        found: u8,
    },
    /// The file has another number of dimensions, or other sizes, than the network's inputs.
    #[error("{} has the shape {found:?}, expected {expected}", file.display())]
    Shape {
        /// The file.
        file: PathBuf,
        /// The sizes in the file.
        found: Vec<usize>,
        /// What is needed.
        expected: String,
    },
    /// The file ends early.
    #[error("{} is truncated: {found} bytes, expected {expected}", file.display())]
    Truncated {
        /// The file.
        file: PathBuf,
        /// The bytes there are.
        found: u64,
        /// The bytes that its header announces.
        expected: u64,
    },
    /// Something follows the announced data.
    #[error("{} goes on after the {expected} bytes that its header announces", file.display())]
    Trailing {
        /// The file.
        file: PathBuf,
        /// The bytes that its header announces.
        expected: u64,
    },
    /// The header announces more than any machine holds.
    #[error("{} announces the impossible shape {found:?}", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The sizes in the file.
        found: Vec<usize>,
    },
    /// Images and labels do not belong together.
    #[error("{} holds {images} images, but {} holds {labels} labels", images_file.display(), labels_file.display())]
    CountMismatch {
        /// The file of images.
        images_file: PathBuf,
        /// The number of images.
        images: usize,
        /// The file of labels.
        labels_file: PathBuf,
        /// The number of labels.
        labels: usize,
    },
    /// A file of a data set is missing.
    #[error("{} has no file `{name}` or `{name}.gz`", dir.display())]
    Missing {
        /// The folder.
        dir: PathBuf,
        /// The file's name.
        name: String,
    },
}

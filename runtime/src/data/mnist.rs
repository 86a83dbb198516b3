//! MNIST (LeCun 1998), or any data set in four files of its format.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{DataError, Images};

/// Grey images of 28 by 28 pixels with labels from 0 to 9.
pub type Mnist = Images<28, 28, 1>;

/// Reads the training and the test set of a folder that holds `train-images-idx3-ubyte`,
/// `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, each with or
/// without `.gz`.
///
/// # Errors
///
/// When a file is missing, damaged, or of another shape.
pub fn load(dir: impl AsRef<Path>) -> Result<(Mnist, Mnist), DataError> {
    let dir = dir.as_ref();
    fs::read_dir(dir).map_err(|source| DataError::Io { file: dir.to_owned(), source })?;
    let part = |prefix: &str| {
        let images = find(dir, &format!("{prefix}-images-idx3-ubyte"))?;
        let labels = find(dir, &format!("{prefix}-labels-idx1-ubyte"))?;
        Mnist::load_idx(images, labels)
    };
    Ok((part("train")?, part("t10k")?))
}

fn find(dir: &Path, name: &str) -> Result<PathBuf, DataError> {
    let candidates = [dir.join(name), dir.join(format!("{name}.gz"))];
    let found = candidates.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| DataError::Missing { dir: dir.to_owned(), name: name.to_owned() })
}

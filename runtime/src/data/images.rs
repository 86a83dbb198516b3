//! Labelled images that stay bytes until they are read.

use std::path::{Path, PathBuf};

use super::{DataError, Dataset, idx};
use crate::simd::Scalar;

/// Images of `H` by `W` pixels with `C` channels, and their labels.
///
/// Pixels are kept as bytes and become `(pixel / 255 - mean) / deviation` when a sample is read; mean
/// and deviation are 0 and 1 unless [`normalized`](Images::normalized) says otherwise.
#[derive(Clone, Debug)]
pub struct Images<const H: usize, const W: usize, const C: usize> {
    pixels: Vec<u8>,
    labels: Vec<u8>,
    scale: f64,
    shift: f64,
}

impl<const H: usize, const W: usize, const C: usize> Images<H, W, C> {
    /// Bytes of one image.
    const LEN: usize = H * W * C;

    /// Reads a file of images and one of labels, both IDX, gzipped or not.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or is damaged, when the images are not `[count, H, W]` (or
    /// `[count, H, W, C]`), the labels not `[count]`, or the counts differ.
    pub fn load_idx(images: impl AsRef<Path>, labels: impl AsRef<Path>) -> Result<Self, DataError> {
        let (images_file, labels_file) = (images.as_ref(), labels.as_ref());
        let (images, labels) = (idx::read(images_file)?, idx::read(labels_file)?);
        let count = Self::count(images_file, &images.shape)?;
        if labels.shape.len() != 1 {
            let file = labels_file.to_owned();
            return Err(shape_error(file, labels.shape, "one label an image: [count]".into()));
        }
        if count != labels.data.len() {
            return Err(DataError::CountMismatch {
                images_file: images_file.to_owned(),
                images: count,
                labels_file: labels_file.to_owned(),
                labels: labels.data.len(),
            });
        }
        Ok(Self { pixels: images.data, labels: labels.data, scale: 1.0 / 255.0, shift: 0.0 })
    }

    fn count(file: &Path, shape: &[usize]) -> Result<usize, DataError> {
        match *shape {
            [count, height, width] if (height, width, 1) == (H, W, C) => Ok(count),
            [count, height, width, channels] if (height, width, channels) == (H, W, C) => Ok(count),
            _ if C == 1 => {
                Err(shape_error(file.into(), shape.to_vec(), format!("[count, {H}, {W}]")))
            }
            _ => Err(shape_error(file.into(), shape.to_vec(), format!("[count, {H}, {W}, {C}]"))),
        }
    }

    /// The same images, whose values are shifted by `mean` and divided by `deviation` after scaling
    /// to `[0, 1]`; a deviation of 0, that of images that are all of one value, counts as 1.
    #[must_use]
    pub fn normalized(mut self, mean: f64, deviation: f64) -> Self {
        let deviation = if deviation == 0.0 { 1.0 } else { deviation };
        self.scale = 1.0 / (255.0 * deviation);
        self.shift = -mean / deviation;
        self
    }

    /// The number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of an image, row by row.
    ///
    /// # Panics
    ///
    /// When there is no such image.
    #[must_use]
    pub fn image(&self, index: usize) -> &[u8] {
        &self.pixels[index * Self::LEN..(index + 1) * Self::LEN]
    }

    /// All labels.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    fn write<T: Scalar>(&self, index: usize, into: &mut [T]) {
        let (scale, shift) = (T::from_f64(self.scale), T::from_f64(self.shift));
        for (value, pixel) in into.iter_mut().zip(self.image(index)) {
            *value = T::from_f64(f64::from(*pixel)) * scale + shift;
        }
    }
}

fn shape_error(file: PathBuf, found: Vec<usize>, expected: String) -> DataError {
    DataError::Shape { file, found, expected }
}

impl<T: Scalar, const H: usize, const W: usize, const C: usize> Dataset<[[[T; C]; W]; H]>
    for Images<H, W, C>
where
    [[[T; C]; W]; H]: crate::array::Array<Scalar = T>,
{
    type Target = u8;

    fn len(&self) -> usize {
        self.len()
    }
    fn input(&self, index: usize, into: &mut [[[T; C]; W]; H]) {
        self.write(index, into.as_flattened_mut().as_flattened_mut());
    }
    fn target(&self, index: usize) -> u8 {
        self.labels[index]
    }
}

/// Flat images, for networks without convolutions.
impl<T: Scalar + crate::array::Array<Scalar = T>> Dataset<[T; 784]> for Images<28, 28, 1> {
    type Target = u8;

    fn len(&self) -> usize {
        self.len()
    }
    fn input(&self, index: usize, into: &mut [T; 784]) {
        self.write(index, into);
    }
    fn target(&self, index: usize) -> u8 {
        self.labels[index]
    }
}

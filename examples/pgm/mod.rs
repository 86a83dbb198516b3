//! Rows of small grey images in one file, as a portable grey map: `autoencoder` and `unet` draw so.

use std::{fs, path::Path};

/// 28 by 28 pixels from 0, black, to 1, white.
pub(crate) type Image = [[[f32; 1]; 28]; 28];

/// Writes rows of equally many images, one below the other, and makes the folder of the file.
pub(crate) fn write(path: &Path, rows: &[Vec<Image>]) -> Result<(), String> {
    let columns = rows.first().map_or(0, Vec::len);
    let mut pgm = format!("P5\n{} {}\n255\n", 28 * columns, 28 * rows.len()).into_bytes();
    for (row, y) in rows.iter().flat_map(|row| (0..28).map(move |y| (row, y))) {
        let pixels = row.iter().flat_map(|image| image[y].as_flattened());
        pgm.extend(pixels.map(|value| (255.0 * value).round() as u8));
    }
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = folder.and_then(|()| fs::write(path, pgm));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}

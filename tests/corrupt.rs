//! Damaged files: always a typed error that names the file and the reason, never a panic, a hang or
//! memory that is not there. A kill during `save` leaves a whole file.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use monograd::{
    data::{DataError, Images, idx},
    prelude::*,
    weights::WeightsError,
};
use proptest::prelude::*;

network! {
    Small: [4] -> [3] { dense(4), batch_norm, relu, dense(3), softmax }
}

fn file(dir: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.path().join(name);
    fs::write(&path, bytes).expect("the folder is there");
    path
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("there is room for a folder")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("vectors take all bytes");
    encoder.finish().expect("likewise")
}

/// An IDX file of `count` pictures of 3 by 2, and one of their labels.
fn pictures(count: u8) -> [Vec<u8>; 2] {
    let pixels = (0..count * 6).map(|i| i.wrapping_mul(37));
    let images = [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 3, 0, 0, 0, 2].into_iter().chain(pixels);
    let labels = [0, 0, 8, 1, 0, 0, 0, count].into_iter().chain((0..count).map(|i| i % 10));
    [images.collect(), labels.collect()]
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let bit = at % (8 * bytes.len());
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

/// The text names the file and says more than that.
fn names(text: &str, path: &Path) -> Result<(), TestCaseError> {
    let name = path.file_name().expect("it is a file").to_string_lossy();
    prop_assert!(text.contains(&*name) && text.len() > name.len() + 10, "{text}");
    Ok(())
}

/// Reads an IDX file; what is read is whole.
fn reads(path: &Path) -> Result<Result<idx::Idx, DataError>, TestCaseError> {
    let read = idx::read(path);
    match &read {
        Ok(idx) => prop_assert_eq!(idx.shape.iter().product::<usize>(), idx.data.len()),
        Err(error) => names(&error.to_string(), path)?,
    }
    Ok(read)
}

proptest! {
    #[test]
    fn a_truncated_idx_file_is_an_error(count in 1..40_u8, cut in any::<usize>(), zip: bool) {
        let [images, _] = pictures(count);
        let bytes = if zip { gzip(&images) } else { images };
        let dir = folder();
        let path = file(&dir, "images.idx", &bytes[..cut % bytes.len()]);
        prop_assert!(reads(&path)?.is_err());
    }

    #[test]
    fn a_flipped_bit_of_an_idx_file_is_an_error_or_a_pixel(count in 1..40_u8, at in any::<usize>()) {
        let [images, _] = pictures(count);
        let dir = folder();
        let path = file(&dir, "images.idx", &flipped(&images, at));
        let in_header = at % (8 * images.len()) < 8 * 16;
        prop_assert_eq!(reads(&path)?.is_err(), in_header);
    }

    #[test]
    fn a_flipped_bit_of_a_gzip_file_is_an_error_or_nothing(count in 1..40_u8, at in any::<usize>()) {
        let [images, _] = pictures(count);
        let dir = folder();
        let path = file(&dir, "images.gz", &flipped(&gzip(&images), at));
        if let Ok(idx) = reads(&path)? {
            prop_assert_eq!(idx.data, &images[16..]);
        }
    }

    #[test]
    fn arbitrary_bytes_are_no_files(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let dir = folder();
        let path = file(&dir, "anything", &bytes);
        reads(&path)?.ok();
        let error = Small::load(&path).expect_err("these are no weights");
        names(&error.to_string(), &path)?;
    }

    #[test]
    fn images_and_labels_of_other_counts_are_an_error(images in 1..40_u8, labels in 1..40_u8) {
        let dir = folder();
        let images_file = file(&dir, "images.idx", &pictures(images)[0]);
        let labels_file = file(&dir, "labels.idx", &pictures(labels)[1]);
        match Images::<3, 2, 1>::load_idx(&images_file, &labels_file) {
            Ok(_) => prop_assert_eq!(images, labels),
            Err(error) => {
                prop_assert_ne!(images, labels);
                names(&error.to_string(), &images_file)?;
                names(&error.to_string(), &labels_file)?;
            }
        }
    }

    #[test]
    fn truncated_weights_are_an_error(cut in any::<usize>(), only: bool) {
        let bytes = Small::init(1).to_bytes();
        let dir = folder();
        let path = file(&dir, "cut.safetensors", &bytes[..cut % bytes.len()]);
        let loaded = if only { Small::load_weights_only(&path) } else { Small::load(&path) };
        names(&loaded.expect_err("cut short").to_string(), &path)?;
    }

    #[test]
    fn a_flipped_bit_of_weights_is_an_error_or_nothing(at in any::<usize>()) {
        let net = Small::init(1);
        let dir = folder();
        let path = file(&dir, "flipped.safetensors", &flipped(&net.to_bytes(), at));
        match Small::load(&path) {
            Ok(loaded) => prop_assert_eq!(loaded.parameters().all(), net.parameters().all()),
            Err(error) => names(&error.to_string(), &path)?,
        }
    }
}

network! { #[scalar(f64)] Exact: [3] -> [2] { dense(2) } }

/// The signs of two weights change: what one bit does to a checksum, another must not undo.
#[test]
fn two_flipped_signs_are_an_error() {
    let dir = folder();
    let net = Exact::init(1);
    let bytes = net.to_bytes();
    let signs: Vec<usize> =
        (bytes.len() - 8 * Exact::PARAMETERS..bytes.len()).skip(7).step_by(8).collect();
    for (i, a) in signs.iter().enumerate() {
        for b in &signs[..i] {
            let bytes = flipped(&flipped(&bytes, 8 * a + 7), 8 * b + 7);
            let path = file(&dir, "signs.safetensors", &bytes);
            let error = Exact::load(&path).expect_err("two weights are others").to_string();
            assert!(error.contains("damaged"), "{error}");
        }
    }
}

#[test]
fn what_a_header_announces_is_not_believed() {
    let dir = folder();
    let idx = [0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 0, 28, 0, 0, 0, 28, 1, 2, 3];
    for (name, bytes) in [("huge.idx", idx.to_vec()), ("huge.gz", gzip(&idx))] {
        let path = file(&dir, name, &bytes);
        assert!(matches!(idx::read(&path), Err(DataError::Truncated { .. })));
    }
    let tensor = r#"{"dense1.weight":{"dtype":"F32","shape":[4294967296,4],"data_offsets":[0,68719476736]}}"#;
    let length = |length: u64| length.to_le_bytes().to_vec();
    let mut header = length(tensor.len() as u64);
    header.extend(tensor.bytes());
    for bytes in [header, length(u64::MAX), length(1 << 40)] {
        let path = file(&dir, "huge.safetensors", &bytes);
        assert!(matches!(Small::load(&path), Err(WeightsError::Format { .. })));
    }
}

#[test]
fn every_difference_is_listed() {
    mod other {
        monograd::network! {
            #[scalar(f64)]
            pub(super) Small: [4] -> [3] {
                stem: dense(5), batch_norm, tanh, dense(3, bias = false), softmax,
            }
        }
    }
    let dir = folder();
    let path = file(&dir, "other.safetensors", &other::Small::init(1).to_bytes());
    let error = Small::load(&path).expect_err("it is another network");
    let text = error.to_string();
    let WeightsError::Mismatch { differences, .. } = error else { panic!("{text}") };
    for words in [
        "other.safetensors",
        "stem.weight",
        "stem.bias",
        "dense1.weight",
        "dense1.bias",
        "dense2.bias",
        "dense2.weight",
        "[5, 3]",
        "[4, 3]",
        "batch_norm1.gamma",
        "batch_norm1.var",
        "F32",
        "F64",
        "tanh",
        "relu",
        "scalar f64",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(differences.len() >= 12, "{text}");
}

network! {
    /// Some 3 MB, so that writing takes its time.
    Large: [512] -> [512] { dense(1024), relu, dense(512) }
}

/// Where the child of the test below saves.
const FILE: &str = "MONOGRAD_SAVE_IN_A_LOOP";

#[test]
fn a_kill_during_save_leaves_a_whole_file() {
    if let Some(path) = env::var_os(FILE) {
        let networks = [Large::init(1), Large::init(2)];
        loop {
            networks.iter().for_each(|net| net.save(&path).expect("the folder is there"));
        }
    }
    let dir = folder();
    let path = dir.path().join("weights.safetensors");
    let networks = [Large::init(1), Large::init(2)];
    networks[0].save(&path).expect("the folder is there");
    for round in 0..25 {
        let mut child = Command::new(env::current_exe().expect("the test has a path"))
            .args(["--exact", "a_kill_during_save_leaves_a_whole_file"])
            .env(FILE, &path)
            .stdout(Stdio::null())
            .spawn()
            .expect("the test runs again");
        thread::sleep(Duration::from_millis(40 + 3 * round));
        child.kill().expect("it saves until it is killed");
        child.wait().expect("it was killed");
        let loaded = Large::load(&path).expect("a whole file");
        let same = |net: &Large| net.parameters().all() == loaded.parameters().all();
        assert!(networks.iter().any(same));
    }
}

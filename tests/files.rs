//! Weight and data files: what was written is read again, and damage is always a typed error that
//! names the file.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use monograd::{
    data::{DataError, idx, mnist},
    prelude::*,
    weights::Difference,
};
use proptest::prelude::*;

network! { Small: [4] -> [3] { dense(5), batch_norm, tanh, dense(3), softmax } }
network! { Other: [4] -> [3] { dense(6), relu, dense(3), softmax } }
network! { Alike: [4] -> [3] { dense(5), batch_norm, relu, dense(3), softmax } }
network! { Large: [512] -> [512] { dense(512), tanh, dense(512) } }

fn values<N: Network>(net: &N) -> &[N::Scalar] {
    net.parameters().all()
}

#[test]
fn weights_come_back_bit_for_bit() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("small.safetensors");
    let net = Small::init(9);
    net.save(&path).expect("it can be written");
    assert_eq!(values(&Small::load(&path).expect("it is whole")), values(&net));
    assert_eq!(values(&Small::load_weights_only(&path).expect("it fits")), values(&net));
    assert_eq!(fs::read(&path).expect("it is there"), net.to_bytes());
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1, "nothing else is left");
}

#[test]
fn another_network_is_told_in_every_difference() {
    let error = Small::from_bytes(&Other::init(1).to_bytes()).expect_err("another network");
    let WeightsError::Mismatch { network: "Small", differences, .. } = &error else {
        panic!("{error}");
    };
    let shape = |name: &str, found: &[usize], expected: &[usize]| Difference::Shape {
        name: name.into(),
        found: found.into(),
        expected: expected.into(),
    };
    assert!(differences.contains(&shape("dense1.weight", &[4, 6], &[4, 5])), "{error}");
    assert!(differences.contains(&shape("dense2.weight", &[6, 3], &[5, 3])), "{error}");
    let missing = Difference::Missing { name: "batch_norm1.gamma".into(), shape: vec![5] };
    assert!(differences.contains(&missing), "{error}");
    let architecture = |d: &&Difference| matches!(d, Difference::Architecture { .. });
    assert!(differences.iter().any(|d| architecture(&d)), "{error}");
}

#[test]
fn weights_alone_do_not_ask_for_the_architecture() {
    let net = Alike::init(2);
    let error = Small::from_bytes(&net.to_bytes()).expect_err("tanh is not relu");
    assert!(error.to_string().contains("relu"), "{error}");
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("alike.safetensors");
    net.save(&path).expect("it can be written");
    assert_eq!(values(&Small::load_weights_only(&path).expect("it fits")), values(&net));
    let error = Other::load_weights_only(&path).expect_err("shapes differ");
    assert!(matches!(error, WeightsError::Mismatch { .. }), "{error}");
}

#[test]
fn missing_files_and_folders_are_named() {
    let error = Small::load("no/such.safetensors").expect_err("there is none").to_string();
    assert!(error.contains("no/such.safetensors"), "{error}");
    let error = Small::init(1).save("no/such.safetensors").expect_err("no folder").to_string();
    assert!(error.contains("no/such.safetensors"), "{error}");
    let error = mnist::load("no/such/folder").expect_err("no folder").to_string();
    assert!(error.contains("no/such/folder"), "{error}");
}

proptest! {
    #[test]
    fn cut_weights_are_an_error(cut in 0.0..1.0_f64) {
        let bytes = Small::init(1).to_bytes();
        let end = (bytes.len() as f64 * cut) as usize;
        prop_assert!(Small::from_bytes(&bytes[..end]).is_err());
    }

    /// Header, metadata and values: no flipped bit goes by unseen where it changes the network.
    #[test]
    fn flipped_bits_are_an_error_or_harmless(at in 0.0..1.0_f64, bit in 0_u8..8) {
        let net = Small::init(1);
        let mut bytes = net.to_bytes();
        let at = (bytes.len() as f64 * at) as usize;
        bytes[at] ^= 1 << bit;
        if let Ok(read) = Small::from_bytes(&bytes) {
            prop_assert_eq!(values(&read), values(&net));
        }
    }

    #[test]
    fn any_bytes_are_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Small::from_bytes(&bytes).is_err());
    }

    #[test]
    fn damaged_images_are_an_error(cut in 0.0..1.0_f64, zipped: bool) {
        let file = written(&image_file(2, zipped)[..], Some(cut));
        prop_assert!(named(idx::read(file.path()), file.path()));
    }

    /// A flipped bit of a compressed file is seen, or changes nothing of what is read.
    #[test]
    fn flipped_bits_of_gzip_are_seen(at in 0.0..1.0_f64, bit in 0_u8..8) {
        let mut bytes = image_file(2, true);
        let at = (bytes.len() as f64 * at) as usize;
        bytes[at] ^= 1 << bit;
        let file = written(&bytes, None);
        match idx::read(file.path()) {
            Ok(read) => prop_assert_eq!(read.shape, [2, 28, 28]),
            error => prop_assert!(named(error, file.path())),
        }
    }

    #[test]
    fn any_header_is_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let file = written(&[&[0, 0, 8], &bytes[..]].concat(), None);
        if let Err(error) = idx::read(file.path()) {
            prop_assert!(named(Err(error), file.path()));
        }
    }
}

/// So many images of the size of MNIST's.
fn image_file(count: u8, zipped: bool) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28];
    bytes.extend((0..usize::from(count) * 784).map(|i| (i * 31 % 251) as u8));
    if !zipped {
        return bytes;
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&bytes).and_then(|()| encoder.finish()).expect("it fits into memory")
}

fn written(bytes: &[u8], cut: Option<f64>) -> tempfile::NamedTempFile {
    let end = cut.map_or(bytes.len(), |cut| (bytes.len() as f64 * cut) as usize);
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(&bytes[..end]).expect("there is room");
    file
}

fn named(result: Result<idx::Idx, DataError>, path: &Path) -> bool {
    result.is_err_and(|error| error.to_string().contains(&path.display().to_string()))
}

#[test]
fn images_and_labels_belong_together() {
    let labels = written(&[0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9], None);
    let images = written(&image_file(2, true), None);
    let error = mnist::Mnist::load_idx(images.path(), labels.path()).expect_err("two and three");
    assert!(matches!(error, DataError::CountMismatch { images: 2, labels: 3, .. }), "{error}");
    let swapped = mnist::Mnist::load_idx(labels.path(), images.path()).expect_err("no images");
    assert!(matches!(swapped, DataError::Shape { .. }), "{swapped}");
    let labels = written(&[0, 0, 8, 1, 0, 0, 0, 2, 7, 8], None);
    let set = mnist::Mnist::load_idx(images.path(), labels.path()).expect("two and two");
    let mut image = [[[0.0_f32; 1]; 28]; 28];
    set.input(1, &mut image);
    assert_eq!(image[0][2][0], f32::from((786 * 31 % 251) as u8) / 255.0);
    assert_eq!(set.labels(), [7, 8]);
}

/// The file that the process of the next test writes over and over, until it is killed.
const FILE: &str = "MONOGRAD_TEST_SAVES_TO";

#[test]
#[ignore = "runs in a process of its own"]
fn saves_for_ever() {
    let path = std::env::var_os(FILE).expect("started by the next test");
    let net = Large::init(1);
    loop {
        net.save(&path).expect("it can be written");
    }
}

#[test]
fn a_kill_during_save_leaves_a_whole_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("large.safetensors");
    let net = Large::init(1);
    net.save(&path).expect("it can be written");
    let modified = || fs::metadata(&path).and_then(|data| data.modified()).expect("it is there");
    let before = modified();
    for round in 1..=12 {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "saves_for_ever", "--ignored"])
            .env(FILE, &path)
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        thread::sleep(Duration::from_millis(40 + 7 * round));
        child.kill().and_then(|()| child.wait()).expect("it ran");
        let read = Large::load(&path).expect("the old file or a new one");
        assert!(values(&read) == values(&net), "round {round}");
    }
    assert_ne!(modified(), before, "it was written meanwhile");
}

//! Weight and data files: what was written is read again, and what does not belong together is told.

use std::{fs, io::Write};

use monograd::{
    data::{DataError, mnist},
    prelude::*,
    weights::Difference,
};

network! { Small: [4] -> [3] { dense(5), batch_norm, tanh, dense(3), softmax } }
network! { Other: [4] -> [3] { dense(6), relu, dense(3), softmax } }
network! { Alike: [4] -> [3] { dense(5), batch_norm, relu, dense(3), softmax } }

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

/// So many images of the size of MNIST's.
fn image_file(count: u8) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28];
    bytes.extend((0..usize::from(count) * 784).map(|i| (i * 31 % 251) as u8));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&bytes).and_then(|()| encoder.finish()).expect("it fits into memory")
}

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("there is room");
    file
}
#[test]
fn images_and_labels_belong_together() {
    let labels = written(&[0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]);
    let images = written(&image_file(2));
    let error = mnist::Mnist::load_idx(images.path(), labels.path()).expect_err("two and three");
    assert!(matches!(error, DataError::CountMismatch { images: 2, labels: 3, .. }), "{error}");
    let swapped = mnist::Mnist::load_idx(labels.path(), images.path()).expect_err("no images");
    assert!(matches!(swapped, DataError::Shape { .. }), "{swapped}");
    let labels = written(&[0, 0, 8, 1, 0, 0, 0, 2, 7, 8]);
    let set = mnist::Mnist::load_idx(images.path(), labels.path()).expect("two and two");
    let mut image = [[[0.0_f32; 1]; 28]; 28];
    set.input(1, &mut image);
    assert_eq!(image[0][2][0], f32::from((786 * 31 % 251) as u8) / 255.0);
    assert_eq!(set.labels(), [7, 8]);
}

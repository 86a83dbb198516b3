//! Bytes in and out.

use std::{
    collections::HashMap,
    fs,
    io::{self, Write},
    path::Path,
};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::{Difference, WeightsError, header};
use crate::{
    network::{Network, ParamInfo},
    simd::Scalar,
};

pub(super) fn read(path: &Path) -> Result<(Vec<u8>, String), WeightsError> {
    let file = path.display().to_string();
    match fs::read(path) {
        Ok(bytes) => Ok((bytes, file)),
        Err(source) => Err(WeightsError::Read { file, source }),
    }
}

/// Writes beside `path`, then takes its place.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), WeightsError> {
    try_write(path, bytes)
        .map_err(|source| WeightsError::Write { file: path.display().to_string(), source })
}

fn try_write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".weights-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The file is whole by now; that its name reaches the disk at once, not every file system can say.
    #[cfg(unix)]
    let _ = fs::File::open(dir).and_then(|dir| dir.sync_all());
    Ok(())
}

pub(super) fn serialize<N: Network>(net: &N) -> Vec<u8> {
    let values = net.parameters().all();
    let tensors: Vec<Vec<u8>> = N::PARAMS
        .iter()
        .map(|param| little_endian(&values[param.offset..param.offset + param.len]))
        .collect();
    let named = N::PARAMS.iter().zip(&tensors).map(|(param, bytes)| (param.name, &bytes[..]));
    let checksum = checksum(named.collect());
    let views = N::PARAMS.iter().zip(&tensors).map(|(param, bytes)| {
        let view = TensorView::new(dtype::<N>(), param.shape.to_vec(), bytes);
        (param.name, view.expect("a parameter is as long as its shape says"))
    });
    let metadata = HashMap::from([(header::KEY.to_owned(), header::render::<N>(checksum))]);
    safetensors::serialize(views, Some(metadata)).expect("the tensors are consistent")
}

/// Every tensor that is missing, too many, or of another shape or type.
pub(super) fn differences<N: Network>(tensors: &SafeTensors<'_>) -> Vec<Difference> {
    let mut differences: Vec<Difference> =
        N::PARAMS.iter().flat_map(|param| of_param::<N>(tensors, param)).collect();
    let mut unexpected: Vec<_> = tensors
        .iter()
        .filter(|(name, _)| !N::PARAMS.iter().any(|param| param.name == *name))
        .map(|(name, view)| (name.to_owned(), view.shape().to_vec()))
        .collect();
    unexpected.sort();
    differences
        .extend(unexpected.into_iter().map(|(name, shape)| Difference::Unexpected { name, shape }));
    differences
}

/// Another shape and another type are two differences.
fn of_param<N: Network>(tensors: &SafeTensors<'_>, param: &ParamInfo) -> Vec<Difference> {
    let (name, expected) = (param.name.to_owned(), param.shape.to_vec());
    let Ok(view) = tensors.tensor(param.name) else {
        return vec![Difference::Missing { name, shape: expected }];
    };
    let mut differences = Vec::new();
    if view.shape() != param.shape {
        let (name, found) = (name.clone(), view.shape().to_vec());
        differences.push(Difference::Shape { name, found, expected });
    }
    if view.dtype() != dtype::<N>() {
        let (found, expected) = (format!("{:?}", view.dtype()), format!("{:?}", dtype::<N>()));
        differences.push(Difference::Type { name, found, expected });
    }
    differences
}

/// Copies tensors that were found to agree into the arena; yields their checksum.
pub(super) fn copy<N: Network>(tensors: &SafeTensors<'_>, values: &mut [N::Scalar]) -> u64 {
    let mut named = Vec::new();
    for param in N::PARAMS {
        let Ok(view) = tensors.tensor(param.name) else { continue };
        named.push((param.name, view.data()));
        let into = &mut values[param.offset..param.offset + param.len];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(into);
        bytes.copy_from_slice(view.data());
        to_native::<N::Scalar>(bytes);
    }
    checksum(named)
}

/// The checksum of tensors, in the order of their names: that of layers may be another.
fn checksum(mut tensors: Vec<(&str, &[u8])>) -> u64 {
    tensors.sort_unstable_by_key(|(name, _)| *name);
    tensors.iter().fold(FNV_OFFSET, |hash, (_, bytes)| fnv(hash, bytes))
}

fn dtype<N: Network>() -> Dtype {
    if size_of::<N::Scalar>() == 4 { Dtype::F32 } else { Dtype::F64 }
}

fn little_endian<T: Scalar>(values: &[T]) -> Vec<u8> {
    let mut bytes = bytemuck::cast_slice(values).to_vec();
    to_native::<T>(&mut bytes);
    bytes
}

/// Files are little-endian; on other machines every scalar is turned round.
fn to_native<T>(bytes: &mut [u8]) {
    if cfg!(target_endian = "big") {
        bytes.chunks_mut(size_of::<T>()).for_each(<[u8]>::reverse);
    }
}

const FNV_OFFSET: u64 = 0xCBF2_9CE4_8422_2325;

/// FNV-1a over words of eight bytes, whose upper half is mixed into the lower: products alone would
/// leave a difference in the last bit there, and another in a later word would take it away.
fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    let step = |hash: u64, word: u64| {
        let hash = (hash ^ word).wrapping_mul(0x0000_0100_0000_01B3);
        hash ^ hash >> 32
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(hash, |hash, word| step(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, byte| step(hash, u64::from(*byte)))
}

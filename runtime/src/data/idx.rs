//! The IDX format of MNIST: `00 00`, an element type, a rank, the sizes as big-endian `u32`, the data.
//!
//! Files may be gzipped, in one member or several, which is seen by their content. Nothing is believed
//! before it is there: a header that announces more than the file holds costs no memory.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use super::DataError;

/// Unsigned bytes of any rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx {
    /// The sizes, outermost first.
    pub shape: Vec<usize>,
    /// The elements, row-major.
    pub data: Vec<u8>,
}

/// The code of unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;

/// Reads a file of unsigned bytes.
///
/// # Errors
///
/// When the file cannot be read, is damaged, or is not exactly as long as its header says.
pub fn read(path: impl AsRef<Path>) -> Result<Idx, DataError> {
    let path = path.as_ref();
    let io = |source| DataError::Io { file: path.to_owned(), source };
    let mut file = BufReader::new(File::open(path).map_err(io)?);
    let mut start = Vec::new();
    file.by_ref().take(2).read_to_end(&mut start).map_err(io)?;
    let whole = start.as_slice().chain(file);
    if start == GZIP { read_gzip(path, whole) } else { parse(path, whole) }
}

/// The first two bytes of a gzip file.
const GZIP: [u8; 2] = [0x1F, 0x8B];

#[cfg(feature = "gzip")]
fn read_gzip(path: &Path, file: impl BufRead) -> Result<Idx, DataError> {
    parse(path, Members(Some(member(&[], file))))
}

/// A gzip member whose first bytes were already read.
#[cfg(feature = "gzip")]
type Member<R> = flate2::bufread::GzDecoder<std::io::Chain<&'static [u8], R>>;

#[cfg(feature = "gzip")]
fn member<R: BufRead>(start: &'static [u8], rest: R) -> Member<R> {
    flate2::bufread::GzDecoder::new(start.chain(rest))
}

/// The contents of the members of a gzip file, one after another (RFC 1952, 2.2); it ends before
/// bytes that begin no member.
#[cfg(feature = "gzip")]
struct Members<R>(Option<Member<R>>);

#[cfg(feature = "gzip")]
impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while let Some(current) = &mut self.0 {
            let count = current.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let rest = self.0.take().map(|ended| ended.into_inner().into_inner().1);
            self.0 = rest.map(next_member).transpose()?.flatten();
        }
        Ok(0)
    }
}

#[cfg(feature = "gzip")]
fn next_member<R: BufRead>(mut rest: R) -> std::io::Result<Option<Member<R>>> {
    let mut start = Vec::new();
    rest.by_ref().take(2).read_to_end(&mut start)?;
    Ok((start == GZIP).then(|| member(&GZIP, rest)))
}

#[cfg(not(feature = "gzip"))]
fn read_gzip(path: &Path, _: impl BufRead) -> Result<Idx, DataError> {
    Err(DataError::GzipDisabled { file: path.to_owned() })
}

/// Reads the format from any source; `path` is what errors name.
pub(crate) fn parse(path: &Path, mut source: impl Read) -> Result<Idx, DataError> {
    let file = || path.to_owned();
    let mut magic = [0; 4];
    fill(path, &mut source, &mut magic, 0)?;
    if magic[..2] != [0, 0] || magic[3] == 0 {
        return Err(DataError::Magic { file: file(), found: magic });
    }
    if magic[2] != UNSIGNED_BYTE {
        return Err(DataError::ElementType { file: file(), found: magic[2] });
    }
    let mut sizes = vec![0; 4 * usize::from(magic[3])];
    fill(path, &mut source, &mut sizes, 4)?;
    let sizes = sizes.as_chunks::<4>().0;
    let shape: Vec<usize> = sizes.iter().map(|size| u32::from_be_bytes(*size) as usize).collect();
    let header = 4 + 4 * shape.len() as u64;
    let len = shape.iter().try_fold(1_usize, |len, size| len.checked_mul(*size));
    let Some(len) = len.filter(|len| isize::try_from(*len).is_ok()) else {
        return Err(DataError::TooLarge { file: file(), found: shape });
    };
    let data = payload(path, source, len as u64, header)?;
    Ok(Idx { shape, data })
}

/// Reads exactly `len` bytes, growing with what arrives.
fn payload(path: &Path, source: impl Read, len: u64, header: u64) -> Result<Vec<u8>, DataError> {
    let mut data = Vec::new();
    // One byte more shows what follows the data, and makes the decoder check its sum.
    let read = source.take(len + 1).read_to_end(&mut data);
    read.map_err(|error| damaged(path, error, header + data.len() as u64, header + len))?;
    let found = data.len() as u64;
    if found < len {
        return Err(truncated(path, header + found, header + len));
    }
    if found > len {
        return Err(DataError::Trailing { file: path.to_owned(), expected: header + len });
    }
    Ok(data)
}

fn fill(
    path: &Path,
    source: &mut impl Read,
    buffer: &mut [u8],
    before: u64,
) -> Result<(), DataError> {
    let expected = before + buffer.len() as u64;
    let mut filled = 0;
    while filled < buffer.len() {
        let found = before + filled as u64;
        match source.read(&mut buffer[filled..]) {
            Ok(0) => return Err(truncated(path, found, expected)),
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(damaged(path, error, found, expected)),
        }
    }
    Ok(())
}

fn truncated(path: &Path, found: u64, expected: u64) -> DataError {
    DataError::Truncated { file: path.to_owned(), found, expected }
}

/// What an error of reading means: an end before its time, damage, or trouble with the file.
fn damaged(path: &Path, error: std::io::Error, found: u64, expected: u64) -> DataError {
    let file = path.to_owned();
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => truncated(path, found, expected),
        std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => {
            DataError::Gzip { file, reason: error.to_string() }
        }
        _ => DataError::Io { file, source: error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(bytes: &[u8]) -> Result<Idx, DataError> {
        parse(Path::new("some.idx"), bytes)
    }

    #[test]
    fn reads_what_the_header_announces() {
        let idx = parsed(&[0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9]).expect("a whole file");
        assert_eq!(idx, Idx { shape: vec![1, 3], data: vec![7, 8, 9] });
    }

    #[test]
    fn every_cut_is_an_error_that_names_the_file() {
        let whole = [0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9];
        for len in 0..whole.len() {
            let error = parsed(&whole[..len]).expect_err("cut short");
            assert!(matches!(error, DataError::Truncated { found, .. } if found == len as u64));
            assert!(error.to_string().contains("some.idx"));
        }
    }

    #[test]
    fn a_huge_header_costs_nothing() {
        let huge = [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 1];
        assert!(matches!(parsed(&huge), Err(DataError::TooLarge { .. })));
        let large = [0, 0, 8, 2, 255, 255, 255, 255, 0, 0, 255, 255, 1, 2];
        assert!(matches!(parsed(&large), Err(DataError::Truncated { found: 14, .. })));
    }

    #[test]
    fn other_formats_are_told_apart() {
        assert!(matches!(parsed(b"\x89PNG"), Err(DataError::Magic { .. })));
        assert!(matches!(parsed(&[0, 0, 13, 1]), Err(DataError::ElementType { found: 13, .. })));
        assert!(matches!(parsed(&[0, 0, 8, 1, 0, 0, 0, 1, 5, 6]), Err(DataError::Trailing { .. })));
    }

    #[cfg(feature = "gzip")]
    fn zipped(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn members_are_read_one_after_another() {
        let whole = [0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9];
        let read = |bytes: &[u8], buffer| {
            read_gzip(Path::new("some.gz"), BufReader::with_capacity(buffer, bytes))
        };
        for cut in 0..=whole.len() {
            let mut file = [zipped(&whole[..cut]), zipped(&[]), zipped(&whole[cut..])].concat();
            let expected = Idx { shape: vec![1, 3], data: vec![7, 8, 9] };
            assert_eq!(read(&file, 1).expect("three members"), expected);
            file.extend([0, 0x1F, 0]);
            assert_eq!(read(&file, 64).expect("bytes that are no member"), expected);
        }
        let more = [zipped(&whole), zipped(&[1])].concat();
        assert!(matches!(read(&more, 64), Err(DataError::Trailing { .. })));
        let cut = [zipped(&whole[..13]), zipped(&whole[13..])[..15].to_vec()].concat();
        assert!(matches!(read(&cut, 64), Err(DataError::Truncated { .. })));
    }
}

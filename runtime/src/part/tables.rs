//! The tables of a network with networks as layers, computed while the program compiles.

use crate::{
    init::Init,
    network::{Network, Packing, ParamInfo},
    predict::packed_len,
    regularize::Regularizer,
};

/// Parameters start at multiples of this in prepared weights.
const PACKED_ALIGN: usize = 32;

/// Room for the matrices of a layer in prepared weights.
#[must_use]
pub const fn matrices<N: Network>() -> usize {
    packed_len(N::PARAMS, true).next_multiple_of(PACKED_ALIGN)
}

/// Room for its other parameters there.
#[must_use]
pub const fn values<N: Network>() -> usize {
    packed_len(N::PARAMS, false).next_multiple_of(PACKED_ALIGN)
}

/// What a table is filled with before its entries are known.
pub const EMPTY: ParamInfo = ParamInfo {
    name: "",
    layer: 0,
    shape: &[],
    offset: 0,
    len: 0,
    copies: 1,
    trained: false,
    decays: false,
    init: Init::Zeros,
    fan_in: 0,
    fan_out: 0,
    packing: Packing::Plain,
    packed: 0,
    regularizer: Regularizer::NONE,
    max_norm: None,
};

/// The parameters of a layer that is a network.
#[derive(Clone, Copy, Debug)]
pub struct PartParams {
    /// Its own table.
    pub params: &'static [ParamInfo],
    /// The scalars of its own trained range.
    pub trained: usize,
    /// The names that its parameters have in the network around it, one after the other.
    pub names: &'static [u8],
    /// What these names begin with.
    pub prefix: &'static str,
    /// Its index among the layers around it.
    pub layer: usize,
    /// Whether it is frozen there.
    pub frozen: bool,
    /// Where its parameters lie.
    pub place: super::Place,
}

/// The bytes of the names of all parameters of `N`, each behind `prefix`.
#[must_use]
pub const fn names_len<N: Network>(prefix: &str) -> usize {
    let (mut len, mut at) = (0, 0);
    while at < N::PARAMS.len() {
        len += prefix.len() + N::PARAMS[at].name.len();
        at += 1;
    }
    len
}

/// These names, one after the other.
#[must_use]
pub const fn names<N: Network, const LEN: usize>(prefix: &str) -> [u8; LEN] {
    let (mut names, mut end, mut at) = ([0; LEN], 0, 0);
    while at < N::PARAMS.len() {
        end = append(&mut names, end, prefix.as_bytes());
        end = append(&mut names, end, N::PARAMS[at].name.as_bytes());
        at += 1;
    }
    names
}

/// Writes `part` from `end` on; yields where it ends.
const fn append(bytes: &mut [u8], end: usize, part: &[u8]) -> usize {
    let mut at = 0;
    while at < part.len() {
        bytes[end + at] = part[at];
        at += 1;
    }
    end + at
}

/// The table of a network, of its own parameters and those of `parts`, in the order of the arena.
#[must_use]
pub const fn join_params<const LEN: usize>(
    own: &[ParamInfo],
    parts: &[PartParams],
) -> [ParamInfo; LEN] {
    let mut all = [EMPTY; LEN];
    let mut len = 0;
    let mut pass = 0;
    while pass < 2 {
        let trained = pass == 0;
        let mut at = 0;
        while at < own.len() {
            if own[at].trained == trained {
                all[len] = own[at];
                len += 1;
            }
            at += 1;
        }
        let mut part = 0;
        while part < parts.len() {
            len = parts[part].append(trained, &mut all, len);
            part += 1;
        }
        pass += 1;
    }
    all
}

impl PartParams {
    /// Writes those that are trained around the layer, or those that are not, from `len` on.
    const fn append(&self, trained: bool, all: &mut [ParamInfo], mut len: usize) -> usize {
        let (mut at, mut name) = (0, 0);
        while at < self.params.len() {
            let end = name + self.prefix.len() + self.params[at].name.len();
            if (self.params[at].trained && !self.frozen) == trained {
                all[len] = self.moved(self.params[at], name, end);
                len += 1;
            }
            name = end;
            at += 1;
        }
        len
    }

    /// A parameter as the network around the layer has it, its name at `start..end`.
    const fn moved(&self, mut param: ParamInfo, start: usize, end: usize) -> ParamInfo {
        param.name = text(self.names.split_at(end).0.split_at(start).1);
        param.layer = self.layer;
        param.offset = if param.offset < self.trained {
            self.place.trained + param.offset
        } else {
            self.place.state + param.offset - self.trained
        };
        param.trained = param.trained && !self.frozen;
        param.packed += if matches!(param.packing, Packing::Matrix) {
            self.place.matrices
        } else {
            self.place.values
        };
        param
    }
}

/// Bytes that are text.
///
/// # Panics
///
/// If they are not.
#[must_use]
pub const fn text(bytes: &[u8]) -> &str {
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("parts of texts are cut where they were joined"),
    }
}

/// The bytes of all parts.
#[must_use]
pub const fn text_len(parts: &[&str]) -> usize {
    let (mut len, mut at) = (0, 0);
    while at < parts.len() {
        len += parts[at].len();
        at += 1;
    }
    len
}

/// The parts, one after the other.
#[must_use]
pub const fn join_text<const LEN: usize>(parts: &[&str]) -> [u8; LEN] {
    let (mut bytes, mut end, mut at) = ([0; LEN], 0, 0);
    while at < parts.len() {
        end = append(&mut bytes, end, parts[at].as_bytes());
        at += 1;
    }
    bytes
}

/// FNV-1a of an architecture, in hexadecimal, as the macro computes it of one without parts.
#[must_use]
pub const fn fingerprint(architecture: &str) -> [u8; 16] {
    let (bytes, mut hash, mut at) = (architecture.as_bytes(), 0xCBF2_9CE4_8422_2325_u64, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01B3);
        at += 1;
    }
    let (mut digits, mut at) = ([0; 16], 0);
    while at < 16 {
        digits[at] = b"0123456789abcdef"[(hash >> (60 - 4 * at)) as usize & 15];
        at += 1;
    }
    digits
}

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
    /// The sizes of what [`place`](PartParams::place) has the starts of, of one turn.
    pub sizes: super::Place,
    /// The turns of each `repeat` around it, from outside in; one after the other they follow `place`.
    pub turns: &'static [usize],
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

/// The bytes of the names of all parameters of `N` in all turns, each behind `prefix` and the numbers of
/// its turn.
#[must_use]
pub const fn names_len<N: Network>(prefix: &str, turns: &[usize]) -> usize {
    let (mut len, mut turn) = (0, 0);
    while turn < all(turns) {
        let mut at = 0;
        while at < N::PARAMS.len() {
            len += prefix.len() + numbers_len(turns, turn) + N::PARAMS[at].name.len();
            at += 1;
        }
        turn += 1;
    }
    len
}

/// These names, one after the other.
#[must_use]
pub const fn names<N: Network, const LEN: usize>(prefix: &str, turns: &[usize]) -> [u8; LEN] {
    let (mut names, mut end, mut turn) = ([0; LEN], 0, 0);
    while turn < all(turns) {
        let mut at = 0;
        while at < N::PARAMS.len() {
            end = append(&mut names, end, prefix.as_bytes());
            end = append_numbers(&mut names, end, turns, turn);
            end = append(&mut names, end, N::PARAMS[at].name.as_bytes());
            at += 1;
        }
        turn += 1;
    }
    names
}

/// The number of turns of all `repeat`, from outside in.
const fn all(turns: &[usize]) -> usize {
    match turns {
        [] => 1,
        [times, within @ ..] => *times * all(within),
    }
}

/// The bytes of the numbers of a turn in names: `2.0.` of the fifth of 3 times 2.
const fn numbers_len(turns: &[usize], turn: usize) -> usize {
    let [times, within @ ..] = turns else { return 0 };
    let (mut number, mut len) = (turn / all(within) % *times, 2);
    while number >= 10 {
        (number, len) = (number / 10, len + 1);
    }
    len + numbers_len(within, turn)
}

/// Writes these numbers from `end` on; yields where they end.
const fn append_numbers(bytes: &mut [u8], end: usize, turns: &[usize], turn: usize) -> usize {
    let [times, within @ ..] = turns else { return end };
    let end = append_number(bytes, end, turn / all(within) % *times);
    let end = append(bytes, end, b".");
    append_numbers(bytes, end, within, turn)
}

const fn append_number(bytes: &mut [u8], end: usize, number: usize) -> usize {
    let end = if number >= 10 { append_number(bytes, end, number / 10) } else { end };
    append(bytes, end, &[b'0' + (number % 10) as u8])
}

/// Writes `part` from `end` on; yields where it ends.
const fn append(bytes: &mut [u8], end: usize, part: &[u8]) -> usize {
    bytes.split_at_mut(end).1.split_at_mut(part.len()).0.copy_from_slice(part);
    end + part.len()
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
            if trained != parts[part].frozen {
                len = parts[part].append(true, &mut all, len);
            }
            if !trained {
                len = parts[part].append(false, &mut all, len);
            }
            part += 1;
        }
        pass += 1;
    }
    all
}

impl PartParams {
    /// Writes those of all turns that its declaration trains, or those that it does not, from `len` on.
    const fn append(&self, trained: bool, table: &mut [ParamInfo], mut len: usize) -> usize {
        let (mut name, mut turn) = (0, 0);
        while turn < all(self.turns) {
            let mut at = 0;
            while at < self.params.len() {
                let before = self.prefix.len() + numbers_len(self.turns, turn);
                let end = name + before + self.params[at].name.len();
                if self.params[at].trained == trained {
                    table[len] = self.moved(self.params[at], turn, name, end);
                    len += 1;
                }
                name = end;
                at += 1;
            }
            turn += 1;
        }
        len
    }

    /// A parameter of a turn as the network around the layer has it, its name at `start..end`.
    const fn moved(
        &self,
        mut param: ParamInfo,
        turn: usize,
        start: usize,
        end: usize,
    ) -> ParamInfo {
        let super::Place { trained, state, matrices, values } = self.place;
        param.name = text(self.names.split_at(end).0.split_at(start).1);
        param.layer = self.layer;
        param.offset = if param.offset < self.sizes.trained {
            trained + turn * self.sizes.trained + param.offset
        } else {
            state + turn * self.sizes.state + param.offset - self.sizes.trained
        };
        param.trained = param.trained && !self.frozen;
        param.packed += if matches!(param.packing, Packing::Matrix) {
            matrices + turn * self.sizes.matrices
        } else {
            values + turn * self.sizes.values
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

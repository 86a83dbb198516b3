//! The metadata of a weight file: one entry, so that the same weights give the same bytes.

use super::Difference;
use crate::network::Network;

/// The name of the entry.
pub(super) const KEY: &str = "monograd";

/// What the entry says.
pub(super) struct Header {
    pub(super) checksum: u64,
    fingerprint: String,
    architecture: String,
}

/// The entry of a network: lines of `key value`, then the architecture.
pub(super) fn render<N: Network>(checksum: u64) -> String {
    format!(
        "version {}\nnetwork {}\nfingerprint {}\nchecksum {checksum:016x}\narchitecture\n{}",
        env!("CARGO_PKG_VERSION"),
        N::NAME,
        N::FINGERPRINT,
        N::ARCHITECTURE,
    )
}

/// Reads an entry; `None` where it is not of this form.
pub(super) fn parse(text: &str) -> Option<Header> {
    let (head, architecture) = text.split_once("\narchitecture\n")?;
    let value = |key: &str| head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    Some(Header {
        checksum: u64::from_str_radix(value("checksum")?, 16).ok()?,
        fingerprint: value("fingerprint")?.to_owned(),
        architecture: architecture.to_owned(),
    })
}

/// Adds every line in which the architecture differs from the network's.
pub(super) fn compare<N: Network>(header: Option<&Header>, differences: &mut Vec<Difference>) {
    let Some(header) = header else {
        differences.push(Difference::NoArchitecture);
        return;
    };
    if header.fingerprint == N::FINGERPRINT && header.architecture == N::ARCHITECTURE {
        return;
    }
    let (found, expected): (Vec<&str>, Vec<&str>) =
        (header.architecture.lines().collect(), N::ARCHITECTURE.lines().collect());
    let line = |lines: &[&str], i: usize| lines.get(i).copied().unwrap_or_default().to_owned();
    let before = differences.len();
    for i in 0..found.len().max(expected.len()) {
        let (found, expected) = (line(&found, i), line(&expected, i));
        if found != expected {
            differences.push(Difference::Architecture { found, expected });
        }
    }
    if differences.len() == before {
        let found = format!("fingerprint {}", header.fingerprint);
        let expected = format!("fingerprint {}", N::FINGERPRINT);
        differences.push(Difference::Architecture { found, expected });
    }
}

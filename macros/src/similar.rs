//! Did you mean: the nearest of some words.

/// The candidate nearest to `word`, if one is near enough to be what was meant.
pub(crate) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let word = word.to_lowercase();
    let limit = (word.chars().count() / 3).max(1);
    let distances = candidates.into_iter().map(|candidate| (distance(&word, candidate), candidate));
    let close = distances.filter(|(distance, candidate)| {
        *distance <= limit && *distance < candidate.chars().count()
    });
    close.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// The first candidate that begins with `word`, where that says enough.
pub(crate) fn begun<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let word = word.to_lowercase();
    candidates.into_iter().find(|candidate| word.len() >= 3 && candidate.starts_with(&word))
}

/// Insertions, deletions, substitutions and swaps of neighbours that lead from one word to the other
/// (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substituted = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = substituted.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_hand_are_understood() {
        let words = ["dense", "dropout", "conv2d", "relu", "gelu"];
        for (slip, meant) in [
            ("dens", Some("dense")),
            ("desne", Some("dense")),
            ("Dense", Some("dense")),
            ("drop_out", Some("dropout")),
            ("conv2", Some("conv2d")),
            ("rellu", Some("relu")),
            ("capsule", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(slip, words), meant, "{slip}");
        }
    }

    #[test]
    fn distances_count_edits() {
        assert_eq!(distance("kernel", "kernel"), 0);
        assert_eq!(distance("kernal", "kernel"), 1);
        assert_eq!(distance("kenrel", "kernel"), 1);
        assert_eq!(distance("", "abc"), 3);
    }
}

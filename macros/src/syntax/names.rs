//! Words: what a layer may be called, and what a misspelt one was meant to be.

/// Methods and constants that every network has: a layer of the same name would hide them.
const METHODS: &[&str] = &[
    "backward",
    "clone",
    "fmt",
    "forward",
    "forward_watched",
    "from_bytes",
    "from_parameters",
    "from_static",
    "gradients",
    "infer",
    "init",
    "load",
    "load_weights_only",
    "parameters",
    "parameters_mut",
    "predict",
    "predict_batch",
    "predict_rows",
    "predict_with",
    "save",
    "scratch",
    "seam",
    "step",
    "summary",
    "tape",
    "to_bytes",
];

/// Whether a generated method has this name.
pub(crate) fn is_reserved(name: &str) -> bool {
    METHODS.contains(&name) || name.strip_suffix("_mut").is_some_and(|base| METHODS.contains(&base))
}

/// The word most like `word`, if one is close enough to be meant.
pub(crate) fn suggest<'a>(word: &str, words: &[&'a str]) -> Option<&'a str> {
    let near = words.iter().map(|candidate| (distance(word, candidate), *candidate));
    let (distance, candidate) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= word.len().max(candidate.len()) / 3).then_some(candidate)
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn only_near_words_are_suggested() {
        assert_eq!(suggest("kernal", &["kernel", "stride"]), Some("kernel"));
        assert_eq!(suggest("banana", &["kernel", "stride"]), None);
        assert_eq!(suggest("anything", &[]), None);
    }
}

//! From a word to a layer.

use super::{Kind, LAYERS};
use crate::similar;

/// Words of other libraries for our layers, in lower case without `_`; Keras' and PyTorch's names
/// for what we call alike need no line.
const SYNONYMS: &[(&str, &str)] = &[
    ("adaptiveavgpool2d", "global_avg_pool2d"),
    ("adaptivemaxpool2d", "global_max_pool2d"),
    ("affine", "dense"),
    ("averagepool2d", "avg_pool2d"),
    ("averagepooling2d", "avg_pool2d"),
    ("avgpool", "avg_pool2d"),
    ("avgpooling2d", "avg_pool2d"),
    ("batchnorm1d", "batch_norm"),
    ("batchnorm2d", "batch_norm"),
    ("batchnormalization", "batch_norm"),
    ("bn", "batch_norm"),
    ("conv", "conv2d"),
    ("convolution", "conv2d"),
    ("convolution2d", "conv2d"),
    ("dropout1d", "dropout"),
    ("dropout2d", "dropout"),
    ("fc", "dense"),
    ("fullyconnected", "dense"),
    ("gap", "global_avg_pool2d"),
    ("globalaveragepool2d", "global_avg_pool2d"),
    ("globalaveragepooling2d", "global_avg_pool2d"),
    ("globalavgpool", "global_avg_pool2d"),
    ("globalmaxpool", "global_max_pool2d"),
    ("globalmaxpooling2d", "global_max_pool2d"),
    ("hardsilu", "hard_swish"),
    ("linear", "dense"),
    ("logistic", "sigmoid"),
    ("lrelu", "leaky_relu"),
    ("maxpool", "max_pool2d"),
    ("maxpooling", "max_pool2d"),
    ("maxpooling2d", "max_pool2d"),
    ("meanpool2d", "avg_pool2d"),
    ("swish", "silu"),
    ("unflatten", "reshape"),
    ("view", "reshape"),
];

/// The kind of a keyword.
pub(crate) fn find(keyword: &str) -> Option<&'static Kind> {
    LAYERS.iter().copied().find(|kind| kind.keyword == keyword)
}

/// All keywords.
pub(crate) fn keywords() -> Vec<&'static str> {
    LAYERS.iter().map(|kind| kind.keyword).collect()
}

/// The kind that a word was most likely meant to be: written otherwise (`MaxPool2d`), another
/// library's word (`linear`), or misspelt.
pub(crate) fn similar(word: &str) -> Option<&'static Kind> {
    let plain = word.to_lowercase().replace('_', "");
    let written = LAYERS.iter().copied().find(|kind| kind.keyword.replace('_', "") == plain);
    let synonym = || SYNONYMS.iter().find(|(other, _)| *other == plain);
    written
        .or_else(|| synonym().and_then(|(_, keyword)| find(keyword)))
        .or_else(|| similar::nearest(word, keywords()).and_then(find))
        .or_else(|| similar::begun(word, keywords()).and_then(find))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_libraries_are_known() {
        for (word, keyword) in [
            ("Conv2D", "conv2d"),
            ("ReLU", "relu"),
            ("MaxPool2d", "max_pool2d"),
            ("MaxPooling2D", "max_pool2d"),
            ("BatchNormalization", "batch_norm"),
            ("Linear", "dense"),
            ("fully_connected", "dense"),
            ("swish", "silu"),
            ("GlobalAveragePooling2D", "global_avg_pool2d"),
            ("LogSoftmax", "log_softmax"),
            ("SELU", "selu"),
            ("rellu", "relu"),
            ("flaten", "flatten"),
            ("batch", "batch_norm"),
        ] {
            assert_eq!(similar(word).map(|kind| kind.keyword), Some(keyword), "{word}");
        }
        assert!(similar("lstm").is_none());
    }

    #[test]
    fn synonyms_name_layers() {
        for (word, keyword) in SYNONYMS {
            assert!(find(keyword).is_some(), "{keyword}");
            assert!(find(word).is_none(), "{word}");
        }
    }
}

//! From a word to a layer.

use super::{Kind, LAYERS};
use crate::similar;

/// Words of other libraries for our layers, in lower case without `_`; Keras' and PyTorch's names
/// for what we call alike need no line.
const SYNONYMS: &[(&str, &str)] = &[
    ("adaptiveaveragepooling2d", "adaptive_avg_pool2d"),
    ("adaptivemaxpooling2d", "adaptive_max_pool2d"),
    ("affine", "dense"),
    ("averagepool1d", "avg_pool1d"),
    ("averagepool2d", "avg_pool2d"),
    ("averagepooling1d", "avg_pool1d"),
    ("averagepooling2d", "avg_pool2d"),
    ("avgpool", "avg_pool2d"),
    ("avgpooling1d", "avg_pool1d"),
    ("avgpooling2d", "avg_pool2d"),
    ("batchnorm1d", "batch_norm"),
    ("batchnorm2d", "batch_norm"),
    ("batchnormalization", "batch_norm"),
    ("bn", "batch_norm"),
    ("conv", "conv2d"),
    ("convolution", "conv2d"),
    ("convolution1d", "conv1d"),
    ("convolution2d", "conv2d"),
    ("convtranspose1d", "conv1d_transpose"),
    ("convtranspose2d", "conv2d_transpose"),
    ("cropping2d", "crop2d"),
    ("deconv2d", "conv2d_transpose"),
    ("deconvolution2d", "conv2d_transpose"),
    ("dropout1d", "dropout"),
    ("dropout2d", "spatial_dropout2d"),
    ("embed", "embedding"),
    ("fc", "dense"),
    ("fullyconnected", "dense"),
    ("gap", "global_avg_pool2d"),
    ("globalaveragepool1d", "global_avg_pool1d"),
    ("globalaveragepool2d", "global_avg_pool2d"),
    ("globalaveragepooling1d", "global_avg_pool1d"),
    ("globalaveragepooling2d", "global_avg_pool2d"),
    ("globalavgpool", "global_avg_pool2d"),
    ("globalmaxpool", "global_max_pool2d"),
    ("globalmaxpooling1d", "global_max_pool1d"),
    ("globalmaxpooling2d", "global_max_pool2d"),
    ("groupnormalization", "group_norm"),
    ("hardsilu", "hard_swish"),
    ("instancenorm1d", "instance_norm"),
    ("instancenorm2d", "instance_norm"),
    ("laststep", "last"),
    ("layernormalization", "layer_norm"),
    ("linear", "dense"),
    ("ln", "layer_norm"),
    ("logistic", "sigmoid"),
    ("lrelu", "leaky_relu"),
    ("maxpool", "max_pool2d"),
    ("maxpooling", "max_pool2d"),
    ("maxpooling1d", "max_pool1d"),
    ("maxpooling2d", "max_pool2d"),
    ("meanpool1d", "avg_pool1d"),
    ("meanpool2d", "avg_pool2d"),
    ("positionalembedding", "position_embedding"),
    ("positionalencoding", "position_embedding"),
    ("rmsnormalization", "rms_norm"),
    ("simplernn", "rnn"),
    ("swish", "silu"),
    ("transpose", "permute"),
    ("unflatten", "reshape"),
    ("upsample", "upsample2d"),
    ("upsampling2d", "upsample2d"),
    ("view", "reshape"),
    ("zeropad2d", "pad2d"),
    ("zeropadding2d", "pad2d"),
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
        assert!(similar("capsule").is_none());
    }

    #[test]
    fn synonyms_name_layers() {
        for (word, keyword) in SYNONYMS {
            assert!(find(keyword).is_some(), "{keyword}");
            assert!(find(word).is_none(), "{word}");
        }
    }
}

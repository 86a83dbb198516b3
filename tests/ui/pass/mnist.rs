use monograd::prelude::*;

network! {
    /// The convolutional classifier of the Keras MNIST tutorial.
    pub MnistCnn: [28, 28, 1] -> [10] {
        conv2d(32, kernel = 3), relu,
        max_pool2d(2),
        flatten,
        dense(128), relu,
        dense(10), softmax,
    }
}

fn main() {
    assert_eq!(MnistCnn::PARAMETERS, 693_962);
    assert_eq!(MnistCnn::INPUT_SHAPE, [28, 28, 1]);
    assert_eq!(MnistCnn::OUTPUT_SHAPE, [10]);
    let names: Vec<_> = MnistCnn::LAYERS.iter().map(|layer| layer.name).collect();
    let expected =
        ["conv2d1", "relu1", "max_pool2d1", "flatten1", "dense1", "relu2", "dense2", "softmax1"];
    assert_eq!(names, expected);
}

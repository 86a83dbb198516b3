use monograd::prelude::*;

network! {
    /// A small residual network with branches.
    pub Graph: [16, 16, 3] -> [10] {
        stem: conv2d(8, kernel = 3, padding = same), relu,
        residual { conv2d(8, kernel = 3, padding = same), batch_norm, relu, conv2d(8, kernel = 1) },
        down: residual(shortcut = { conv2d(16, kernel = 1, stride = 2) }) {
            conv2d(16, kernel = 3, stride = 2, padding = same), batch_norm,
        },
        parallel(concat) {
            { conv2d(4, kernel = 1) },
            { max_pool2d(3, stride = 1, padding = same), residual { relu } },
            {},
        },
        global_avg_pool2d,
        gate: dense(16), sigmoid,
        pooled: from(down), global_max_pool2d,
        multiply(sigmoid1),
        dense(10), softmax,
    }
}

fn main() {
    assert_eq!(Graph::LAYERS[2].inputs, ["relu1"]);
    let sum = Graph::LAYERS.iter().find(|layer| layer.name == "residual1").unwrap();
    assert_eq!(sum.inputs, ["conv2d3", "relu1"]);
    assert!(Graph::summary().contains("connected to"));
    let dot = Graph::graph_dot();
    assert!(dot.contains("\"stem\" [label=\"stem (conv2d)\\n[16, 16, 8]\"];"), "{dot}");
    assert!(dot.contains("\"relu1\" -> \"residual1\";"), "{dot}");
    let net = Graph::init(1);
    let mut scratch = Graph::scratch::<1>();
    let sum: f32 = net.predict(&[[[0.5; 3]; 16]; 16], &mut scratch).iter().sum();
    assert!((sum - 1.0).abs() < 1e-5);
}

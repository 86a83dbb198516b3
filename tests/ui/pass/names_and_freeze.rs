use monograd::prelude::*;

network! {
    pub(crate) Tuned: [12] -> [3] {
        #[freeze]
        body: dense(8), tanh,
        #[freeze] dense(6), tanh,
        head: dense(3), softmax,
    }
}

fn main() {
    let names: Vec<_> = Tuned::LAYERS.iter().map(|layer| layer.name).collect();
    assert_eq!(names, ["body", "tanh1", "dense2", "tanh2", "head", "softmax1"]);
    let trained: Vec<_> = Tuned::PARAMS.iter().filter(|p| p.trained).map(|p| p.name).collect();
    assert_eq!(trained, ["head.weight", "head.bias"]);
    let net = Tuned::init(1);
    let _ = (net.body().weight(), net.dense2().bias(), net.head().weight());
}

use monograd::prelude::*;

network! {
    Net: [4] -> (class: [3], score: [1]) {
        body: dense(8), tanh, dense(3), class: softmax, from(body), score: dense(1)
    }
}

fn main() {
    let samples = [([0.0; 4], (1_u8, [2.0]))];
    let mut net = Net::init(1);
    let losses = NetLosses { class: CrossEntropy, score: MeanSquaredError };
    let trainer = Trainer::new(&mut net).loss(losses).metric(NetOutput::class(MeanAbsolute));
    let _ = trainer.fit(&samples);
}

use monograd::prelude::*;

network! {
    Net: [4] -> [1] { dense(1) }
}

fn main() {
    let samples = [([0.0; 4], [1.0])];
    let mut net = Net::init(1);
    let _ = Trainer::new(&mut net).loss(BinaryCrossEntropy).fit(&samples);
}

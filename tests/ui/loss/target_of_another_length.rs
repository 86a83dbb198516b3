use monograd::prelude::*;

network! {
    Net: [4] -> [2] { dense(2) }
}

fn main() {
    let samples = [([0.0; 4], [1.0; 3])];
    let mut net = Net::init(1);
    let _ = Trainer::new(&mut net).loss(MeanSquaredError).fit(&samples);
}

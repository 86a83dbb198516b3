use monograd::prelude::*;

network! {
    Net: [4] -> [3] { dense(3), repeat(2) { dense(3), softmax } }
}

fn main() {
    let samples = [([0.0; 4], 0_u8)];
    let mut net = Net::init(1);
    let _ = Trainer::new(&mut net).loss(CrossEntropy).fit(&samples);
}

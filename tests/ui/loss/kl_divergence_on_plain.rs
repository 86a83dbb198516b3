use monograd::prelude::*;

network! {
    Net: [4] -> [3] { dense(3) }
}

fn main() {
    let samples = [([0.0; 4], [1.0, 0.0, 0.0])];
    let mut net = Net::init(1);
    let _ = Trainer::new(&mut net).loss(KlDivergence).fit(&samples);
}

use monograd::prelude::*;

network! {
    Net: [4] -> [1] { dense(1) }
}

fn main() {
    let samples = [([0.0; 4], [1.0])];
    let mut net = Net::init(1);
    let trainer = Trainer::new(&mut net).loss(MeanSquaredError);
    let _ = trainer.validation([([0.0; 4], 1_u8)]).fit(&samples);
}

use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] {
        dense(64), relu6(8), hard_sigmoid(slope = 0.2), hard_swish(1), mish(beta = 2), selu(alpha = 1),
        silu(1.0), softplus(beta = 1), softsign(2), sigmoid(1), tanh(scale = 2), dense(10),
    }
}

fn main() {
    let _net = Net::init(1);
}

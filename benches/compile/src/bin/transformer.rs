//! Four blocks of 128 features and four heads that see 128 characters (Radford et al. 2019).

use std::error::Error;

use monograd::{data::Samples, prelude::*};

network! {
    Net: [128] -> [128, 64] {
        embedding(64, width = 128), position_embedding,
        repeat(4) {
            residual { layer_norm, attention(4, causal = true) },
            residual { layer_norm, dense(512), gelu, dense(128) },
        },
        layer_norm, dense(64), softmax,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let input = [1.0; 128];
    let samples = Samples::new(vec![input; 2], vec![[1_u8; 128]; 2])?;
    let mut net = Net::init(1);
    Trainer::new(&mut net)
        .optimizer(Adam::default())
        .loss(CrossEntropy)
        .batch::<2>()
        .epochs(1)
        .fit(&samples)?;
    let mut scratch = Net::scratch::<1>();
    println!("{:?}", net.predict(&input, &mut scratch)[0]);
    Ok(())
}

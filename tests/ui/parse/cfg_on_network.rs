use monograd::prelude::*;

network! {
    #[cfg(feature = "large")]
    Large: [2] -> [1] { dense(4), tanh, dense(1) }
}

fn main() {
    let _ = Large::init(1);
}

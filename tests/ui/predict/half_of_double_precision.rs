use monograd::prelude::*;

network! {
    #[scalar(f64)]
    Net: [4] -> [1] { dense(1) }
}

fn main() {
    let _ = Net::init(1).prepare::<f16>();
}

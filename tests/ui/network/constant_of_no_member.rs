use monograd::prelude::*;

network! {
    pub Net<const HIDDEN: usize in [32, 64]>: [784] -> [10] { dense(HIDDEN), relu, dense(10) }
}

fn main() {
    println!("{}", Net::<48>::PARAMETERS);
}

use monograd::prelude::*;

network! { #[part] pub Body: [8] -> [8] { dense(8), relu } }

network! { pub Net: [8] -> [8] { repeat(2) { #[freeze] Body -> [8], dense(8), tanh } } }

fn main() {
    let _net = Net::init(1);
}

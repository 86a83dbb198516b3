use monograd::prelude::*;

network! { #[part] pub Body: [8] -> [8] { dense(8), relu } }

network! { pub Net: [4] -> [3] { dense(8), relu, #[freeze] body: Body -> [8], dense(3) } }

fn main() {
    let _net = Net::init(1);
}

use monograd::prelude::*;

network! { #[scalar(f64)] pub Body: [8] -> [3] { dense(3) } }

network! { pub Net: [8] -> [5] { body: Body -> [3], dense(5) } }

fn main() {
    let _net = Net::init(1);
}

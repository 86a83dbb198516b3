use monograd::prelude::*;

network! { pub Body: [8] -> [8] { dense(8), relu } }

network! { pub Net: [8] -> [3] { repeat(2) { Body -> [8], tanh }, dense(3) } }

fn main() {
    let _net = Net::init(1);
}

use monograd::prelude::*;

network! { pub Body: [8] -> (a: [3], b: [2]) { stem: dense(4), a: dense(3), from(stem), b: dense(2) } }

network! { pub Net: [8] -> [5] { body: Body -> [5], dense(5) } }

fn main() {
    let _net = Net::init(1);
}

use monograd::prelude::*;

mod parts {
    use monograd::prelude::*;

    network! { pub Body: [8] -> [8] { dense(8), relu } }
}
use parts::Body;

network! { pub Net: [8] -> [3] { body: parts::Body, dense(3), Body, tail: Body -> 3, dense(3) -> [3] } }

fn main() {
    let _net = Net::init(1);
}

use monograd::prelude::*;

mod parts {
    use monograd::prelude::*;

    network! { pub Backbone: [8, 8, 1] -> [16] { flatten, dense(16) } }
}

network! { pub Net: [8, 8, 3] -> [3] { body: parts::Backbone -> [16], dense(3) } }

fn main() {
    let _net = Net::init(1);
}

use monograd::prelude::*;

network! {
    pub Net: (image: [28]) -> [10] { dense(10) }
}

fn main() {
    let _net = Net::init(1);
}

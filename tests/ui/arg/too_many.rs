use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { dropout(0.5, 0.5), dense(10) }
}

fn main() {
    let _net = Net::init(1);
}

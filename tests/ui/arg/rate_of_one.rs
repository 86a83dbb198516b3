use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { dropout(1.0), dense(10) }
}

fn main() {
    let _net = Net::init(1);
}

use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [16] { dense(2), flatten }
}

fn main() {
    let _state = Net::state();
}

use monograd::prelude::*;

network! {
    pub Body: [8, 2] -> [8, 4] { conv1d(4, kernel = 3, padding = same), relu }
}

network! {
    pub Net: [8, 2] -> [3] { body: Body -> [8, 4], last, dense(3) }
}

fn main() {
    let _state = State::<Net>::new();
}

mod vendored {
    pub use monograd as learning;
}

use vendored::learning::prelude::*;

vendored::learning::network! {
    #[monograd(crate = crate::vendored::learning)]
    pub Renamed: [3] -> [2] { dense(2), softmax }
}

fn main() {
    assert_eq!(Renamed::NAME, "Renamed");
}

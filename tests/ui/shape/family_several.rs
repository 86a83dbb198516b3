use monograd::prelude::*;

network! {
    pub Net<const HIDDEN: usize in [32, 64]>: [8, 8, 4] -> [12] {
        dense(HIDDEN), flatten, dnse(HIDDEN), dense(10),
    }
}

struct Nothing;

impl NetVisitor for Nothing {
    type Output = ();
    fn visit<N: NetNetwork>(self, _: &mut N) {}
}

fn main() {
    for mut net in NetSweep::all(1) {
        net.visit(Nothing);
    }
}

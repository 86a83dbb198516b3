use monograd::prelude::*;

fn main() {
    network! {
        Local: [3] -> [2] { dense(2), softmax }
    }
    let net = Local::init(3);
    let mut scratch = Local::scratch::<1>();
    let y = net.predict(&[1.0, 2.0, 3.0], &mut scratch);
    assert!((y[0] + y[1] - 1.0).abs() < 1e-6);
}

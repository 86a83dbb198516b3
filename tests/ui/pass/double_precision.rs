use monograd::prelude::*;

network! {
    #[scalar(f64)]
    Precise: [2] -> [1] { dense(4), tanh, dense(1) }
}

fn main() {
    let net = Precise::init(7);
    let mut scratch = Precise::scratch::<1>();
    let y: &[f64; 1] = net.predict(&[0.5, -0.5], &mut scratch);
    assert!(y[0].is_finite());
}

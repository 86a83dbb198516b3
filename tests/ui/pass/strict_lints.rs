//! The expansion passes every lint that a user may turn on.
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    missing_copy_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unused_lifetimes,
    variant_size_differences
)]

use monograd::prelude::*;

network! {
    /// A small classifier.
    pub Small: [8, 8, 1] -> [3] {
        stem: conv2d(4, kernel = 3), batch_norm, relu, dropout(0.1), global_avg_pool2d,
        dense(3), softmax,
    }
}

network! {
    /// Several classifiers.
    pub Mlp<const HIDDEN: usize in [3, 4]>: [2] -> [3] { dense(HIDDEN), relu, dense(3), softmax }
}

fn main() {
    assert_eq!(MlpSweep::all(1).count(), 2);
    assert_eq!(Mlp::<4>::PARAMETERS, 27);
    let net = Small::init(1);
    let mut scratch = Small::scratch::<1>();
    let y = net.predict(&[[[0.0]; 8]; 8], &mut scratch);
    assert!(y.iter().all(|p| p.is_finite()));
}

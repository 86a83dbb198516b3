//! The same seed gives the same bits on any number of threads.

use monograd::prelude::*;

network! {
    Net: [12, 12, 3] -> [5] {
        conv2d(16, kernel = 3, padding = same), batch_norm, relu,
        max_pool2d(2),
        conv2d(24, kernel = 3), gelu,
        flatten, dropout(0.3),
        dense(64, l1 = 1e-4, l2 = 1e-3, max_norm = 1), tanh,
        dense(5), softmax,
    }
}

/// Images whose class is the strongest of five patches.
fn data() -> Vec<([[[f32; 3]; 12]; 12], u8)> {
    let mut rng = Rng::new(5);
    let sample = |rng: &mut Rng| {
        let mut image = [[[0.0; 3]; 12]; 12];
        image
            .as_flattened_mut()
            .as_flattened_mut()
            .iter_mut()
            .for_each(|v| *v = rng.uniform() as f32);
        let label = (rng.uniform() * 5.0) as u8;
        image[2 * usize::from(label)].iter_mut().for_each(|pixel| pixel[0] += 1.0);
        (image, label)
    };
    (0..300).map(|_| sample(&mut rng)).collect()
}

fn train(threads: usize) -> Vec<u32> {
    let mut net = Net::init(3);
    Trainer::new(&mut net)
        .optimizer(Adam::default())
        .loss(CrossEntropy)
        .batch::<64>()
        .epochs(2)
        .seed(11)
        .threads(threads)
        .quiet()
        .fit(&data())
        .expect("training runs");
    net.parameters().all().iter().map(|value| value.to_bits()).collect()
}

#[test]
fn threads_do_not_change_a_bit() {
    let one = train(1);
    assert_eq!(one, train(2), "two threads");
    assert_eq!(one, train(3), "three threads");
    assert_eq!(one, train(1), "one thread again");
}

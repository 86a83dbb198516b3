//! Blocks that are used under names are the layers that they hold.

use monograd::{half::f16, prelude::*};

network! {
    Used: [8, 8, 2] -> [3] {
        block pair(width, size = 3, mode = same) {
            conv2d(width, kernel = size, padding = mode), batch_norm, relu,
        }
        block stage(width, turns, inner = 2 * width - width) {
            start: pair(width),
            repeat(turns) { residual { pair(inner), pair(width, size = 1) } },
            concat(start),
        }
        stage(4, turns = 2),
        late: stage((1 + 2) * 2, 1),
        parallel(add) { { pair(5, mode = valid) }, { pair(5, mode = valid) } },
        add(parallel1), global_avg_pool2d, dense(3), softmax,
    }
}

network! {
    Written: [8, 8, 2] -> [3] {
        first: conv2d(4, kernel = 3, padding = same), batch_norm, a: relu,
        repeat(2) { residual {
            conv2d(4, kernel = 3, padding = same), batch_norm, relu,
            conv2d(4, kernel = 1, padding = same), batch_norm, relu,
        } },
        concat(a),
        conv2d(6, kernel = 3, padding = same), batch_norm, b: relu,
        repeat(1) { residual {
            conv2d(6, kernel = 3, padding = same), batch_norm, relu,
            conv2d(6, kernel = 1, padding = same), batch_norm, relu,
        } },
        concat(b),
        parallel(add) {
            { conv2d(5, kernel = 3), batch_norm, relu }, { conv2d(5, kernel = 3), batch_norm, relu },
        },
        add(parallel1), global_avg_pool2d, dense(3), softmax,
    }
}

type Image = [[[f32; 2]; 8]; 8];

fn samples() -> Vec<(Image, u8)> {
    let mut rng = Rng::new(7);
    let mut sample = |class: u8| {
        let mut image: Image = Default::default();
        let values = image.iter_mut().flatten().flatten();
        values.for_each(|value| *value = rng.normal() as f32 + f32::from(class));
        (image, class)
    };
    (0..96).map(|index| sample(index % 3)).collect()
}

/// What both networks do in the same way.
trait TrainedOn {
    fn trained(samples: &[(Image, u8)]) -> Self;
}

macro_rules! trained_on {
    ($($net:ty),*) => {$(
        impl TrainedOn for $net {
            fn trained(samples: &[(Image, u8)]) -> Self {
                let mut net = Self::init(3);
                let trainer = Trainer::new(&mut net).loss(CrossEntropy).optimizer(Adam::new(0.01));
                trainer.batch::<16>().epochs(4).quiet().fit(samples).expect("the samples fit");
                net
            }
        }
    )*};
}

trained_on!(Used, Written);

#[test]
fn a_used_block_is_its_layers_bit_for_bit() {
    let samples = samples();
    let (used, written) = (Used::trained(&samples), Written::trained(&samples));
    assert_eq!(Used::MACS, Written::MACS);
    assert_eq!(used.parameters().all(), written.parameters().all());
    assert_ne!(used.parameters().all(), Used::init(3).parameters().all());
}

#[test]
fn layers_of_a_block_are_named_after_its_use() {
    let names: Vec<_> = Used::LAYERS.iter().map(|layer| layer.name).collect();
    assert_eq!(
        names[..5],
        [
            "stage1_start_conv2d1",
            "stage1_start_batch_norm1",
            "stage1_start_relu1",
            "stage1_pair2_conv2d1",
            "stage1_pair2_batch_norm1",
        ]
    );
    let net = Used::init(1);
    assert_eq!(net.late_start_conv2d1().weight().as_slice().len(), 3 * 3 * 8 * 6);
    assert!(Used::PARAMS.iter().any(|param| param.name == "late_pair3_batch_norm1.gamma"));
}

#[test]
fn weights_of_used_blocks_are_saved_and_prepared() {
    let net = Used::trained(&samples());
    let loaded = Used::from_bytes(&net.to_bytes()).expect("its own weights");
    assert_eq!(loaded.parameters().all(), net.parameters().all());
    let small: Prepared<Used, f16> = net.prepare();
    let (mut a, mut b) = (Used::scratch::<1>(), Used::scratch::<1>());
    for (image, _) in &samples()[..8] {
        let (full, half) = (net.predict(image, &mut a), small.predict(image, &mut b));
        assert!(full.iter().zip(half).all(|(full, half)| (full - half).abs() < 1e-2));
    }
}

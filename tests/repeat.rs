//! A `repeat` is its layers written out: values, gradients, running statistics, and what is frozen.

use monograd::{network::Network, prelude::*};

network! {
    #[scalar(f64)]
    Loop: [6, 6, 2] -> (class: [3], score: [1]) {
        conv2d(4, kernel = 3, padding = same),
        repeat(3) {
            turn: conv2d(4, kernel = 3, padding = same), norm: batch_norm, relu,
            max_pool2d(3, stride = 1, padding = 1),
            residual {
                #[freeze] still: conv2d(4, kernel = 1), #[freeze] rest: batch_norm,
                repeat(2) { inner: batch_norm, tanh },
            },
        },
        body: flatten, dense(3), class: softmax,
        from(body), score: dense(1),
    }
}

network! {
    #[scalar(f64)]
    Written: [6, 6, 2] -> (class: [3], score: [1]) {
        block turn(width) {
            turn: conv2d(width, kernel = 3, padding = same), norm: batch_norm, relu,
            max_pool2d(3, stride = 1, padding = 1),
            residual {
                #[freeze] still: conv2d(4, kernel = 1), #[freeze] rest: batch_norm,
                first: batch_norm, tanh, second: batch_norm, tanh,
            },
        }
        conv2d(4, kernel = 3, padding = same),
        a: turn(4), b: turn(4), c: turn(4),
        body: flatten, dense(3), class: softmax,
        from(body), score: dense(1),
    }
}

type Image = [[[f64; 2]; 6]; 6];

fn samples() -> Vec<(Image, (u8, [f64; 1]))> {
    let mut rng = Rng::new(4);
    let mut image = || -> Image {
        std::array::from_fn(|_| std::array::from_fn(|_| std::array::from_fn(|_| rng.normal())))
    };
    (0..20).map(|i| (image(), (i % 3, [f64::from(i) / 10.0]))).collect()
}

/// The parameters of a layer of `Written` that stand for one turn of one of `Loop`.
fn written(layer: &str, turn: usize) -> String {
    let of = ["a", "b", "c"];
    match layer {
        "turn" | "norm" | "still" | "rest" => format!("{}_{layer}", of[turn]),
        "inner" => format!("{}_{}", of[turn / 2], ["first", "second"][turn % 2]),
        layer => layer.to_owned(),
    }
}

/// Calls `f` with the place of every part of the parameters in both.
fn pairs(mut f: impl FnMut(&str, std::ops::Range<usize>, std::ops::Range<usize>)) {
    for param in Loop::PARAMS {
        let (layer, name) = param.name.split_once('.').expect("a layer and a parameter");
        let len = param.len / param.copies;
        for turn in 0..param.copies {
            let name = format!("{}.{name}", written(layer, turn));
            let other = Written::PARAMS.iter().find(|p| p.name == name).expect("it is written out");
            assert_eq!((other.len, other.trained), (len, param.trained), "{name}");
            let start = param.offset + turn * len;
            f(&name, start..start + len, other.offset..other.offset + len);
        }
    }
}

fn train<N: Network<Input = Image, Scalar = f64>>(
    net: &mut N,
    losses: impl Loss<N, (u8, [f64; 1])>,
) -> f64 {
    let trainer = Trainer::new(net).loss(losses).optimizer(Sgd::new(1e-3)).batch::<8>().epochs(2);
    trainer.quiet().fit(&samples()).expect("training runs").last().loss
}

#[test]
fn turns_are_layers_written_out() {
    let (mut turns, mut all) = (Loop::init(5), Written::init(6));
    pairs(|_, from, to| {
        all.parameters_mut().all_mut()[to].copy_from_slice(&turns.parameters().all()[from]);
    });
    let start = turns.clone();
    let losses = [
        train(&mut turns, LoopLosses { class: CrossEntropy, score: MeanSquaredError }),
        train(&mut all, WrittenLosses { class: CrossEntropy, score: MeanSquaredError }),
    ];
    assert!(losses[0] < 10.0 && (losses[0] - losses[1]).abs() < 1e-10, "{losses:?}");
    pairs(|name, from, to| {
        let [before, after] = [&start, &turns].map(|net| &net.parameters().all()[from.clone()]);
        assert_eq!(before != after, !name.contains("still") && !name.contains("rest"), "{name}");
        let other = &all.parameters().all()[to];
        let distance = after.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(distance < 1e-10, "{name} is {distance:.1e} from what it is written out");
    });
    let (mut a, mut b) = (Loop::scratch::<1>(), Written::scratch::<1>());
    for (image, _) in samples() {
        let (a, b) = (turns.predict(&image, &mut a), all.predict(&image, &mut b));
        let distance = a.class.iter().zip(b.class).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(distance < 1e-10 && (a.score[0] - b.score[0]).abs() < 1e-10, "{a:?} {b:?}");
    }
}

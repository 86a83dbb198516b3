//! Several inputs and outputs.

use monograd::{
    half::f16,
    network::{Network, Packing},
    prelude::*,
};

network! {
    /// Names that the expansion has words for too.
    Names: (state: [4], weights: [2], cpu: [3], rows: [1], index: [4, 4, 1])
        -> (sum: [3], rest: [2], target: [1], share: [1], losses: [2])
    {
        batch_norm, concat(weights, cpu, rows), joined: dense(5), relu,
        from(index), max_pool2d(2), flatten, concat(joined, relu1),
        body: dense(6), tanh,
        dense(3), sum: softmax,
        from(tanh1), rest: dense(2),
        from(tanh1), target: dense(1),
        from(tanh1), dense(1), share: sigmoid,
        from(tanh1), dense(2), losses: log_softmax,
    }
}

type Target = (u8, [f32; 2], [f32; 1], [f32; 1], u8);

fn sample(seed: u64) -> (NamesInput, Target) {
    let mut rng = Rng::new(seed);
    let mut next = || rng.normal() as f32;
    let input = NamesInput {
        state: [next(), next(), next(), next()],
        weights: [next(), next()],
        cpu: [next(), next(), next()],
        rows: [next()],
        index: [[[next()]; 4]; 4],
    };
    let class = u8::from(input.cpu[0] > 0.0);
    let target = (class + u8::from(input.rows[0] > 0.0), [input.state[0]; 2], [0.5], [1.0], class);
    (input, target)
}

fn data(count: u64) -> Vec<(<Names as Network>::Input, Target)> {
    (0..count).map(sample).map(|(input, target)| (input.into(), target)).collect()
}

fn trained(data: &[(<Names as Network>::Input, Target)]) -> Names {
    let mut net = Names::init(1);
    let losses = NamesLosses {
        sum: CrossEntropy,
        rest: MeanSquaredError,
        target: MeanAbsoluteError,
        share: BinaryCrossEntropy,
        losses: NegativeLogLikelihood,
    };
    let trainer = Trainer::new(&mut net).loss(losses).batch::<16>().epochs(20).quiet();
    let history = trainer.optimizer(Adam::new(0.01)).fit(data).expect("training runs");
    assert!(history.last().loss < 0.7 * history.epochs[0].train.loss, "{history:?}");
    net
}

#[test]
fn any_names_will_do() {
    let net = trained(&data(100));
    let (input, _) = sample(3);
    let mut scratch = Names::scratch::<1>();
    let output: NamesOutput<'_> = net.predict(&input, &mut scratch);
    assert!((output.sum.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{output:?}");
}

/// The losses that suit the heads, from what `predict` yields.
fn expected(net: &Names, samples: u64) -> f64 {
    let mut scratch = Names::scratch::<1>();
    let ln = |p: f32| f64::from(p).ln();
    let losses = (0..samples).map(|seed| {
        let (input, (sum, rest, target, share, class)) = sample(seed);
        let y = net.predict(&input, &mut scratch);
        let squares = |a: &[f32], b: &[f32]| -> f64 {
            let squares = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2));
            squares.sum::<f64>() / a.len() as f64
        };
        let binary = share[0] * y.share[0] + (1.0 - share[0]) * (1.0 - y.share[0]);
        squares(y.rest, &rest) + squares(y.target, &target)
            - ln(y.sum[usize::from(sum)])
            - ln(binary)
            - f64::from(y.losses[usize::from(class)])
    });
    losses.sum::<f64>() / samples as f64
}

#[test]
fn evaluation_adds_the_losses_of_the_heads() {
    let data = data(70);
    let mut net = trained(&data);
    let full = evaluate(&net, &data).expect("there are samples").loss;
    assert!((full - expected(&net, 70)).abs() < 1e-5, "{full}");

    let small = net.prepare::<f16>();
    let half = evaluate(&small, &data).expect("there are samples").loss;
    for param in Names::PARAMS.iter().filter(|param| param.packing == Packing::Matrix) {
        let values = &mut net.parameters_mut().all_mut()[param.offset..param.offset + param.len];
        values.iter_mut().for_each(|value| *value = f16::from_f32(*value).to_f32());
    }
    let rounded = evaluate(&net, &data).expect("there are samples").loss;
    assert!((half - rounded).abs() < 1e-5, "{half} is not {rounded}");
    assert!(half != full && (half - full).abs() < 1e-2, "{half} beside {full}");
}

#[test]
fn metrics_are_of_one_output() {
    let data = data(70);
    let net = trained(&data);
    let losses = NamesLosses {
        sum: CrossEntropy,
        rest: MeanSquaredError,
        target: MeanSquaredError,
        share: BinaryCrossEntropy,
        losses: NegativeLogLikelihood,
    };
    let mut confusion = NamesOutput::losses(ConfusionMatrix::new(2));
    let alone = Evaluator::new(&net, losses.clone()).run(&data).expect("there are samples");
    let report = Evaluator::new(&net, losses)
        .metric(NamesOutput::sum(TopK::new(2)))
        .metric(NamesOutput::rest(RootMeanSquare))
        .metric(&mut confusion)
        .run(&data)
        .expect("there are samples");
    assert_eq!(report.loss, alone.loss, "a clone of the losses");
    let mut scratch = Names::scratch::<1>();
    let (mut squares, mut right) = (0.0, 0);
    for (input, (_, rest, .., class)) in (0..70).map(sample) {
        let y = net.predict(&input, &mut scratch);
        squares += y.rest.iter().zip(rest).map(|(y, t)| f64::from(y - t).powi(2)).sum::<f64>();
        right += usize::from((y.losses[1] > y.losses[0]) == (class == 1));
    }
    let rms = report.metric_of("rest", "root mean square error").expect("it was asked for");
    assert!((rms - (squares / 140.0).sqrt()).abs() < 1e-6, "{report}");
    let accuracy = report.metric_of("losses", "accuracy").expect("it was asked for");
    assert!((accuracy - right as f64 / 70.0).abs() < 1e-12, "{report}");
    assert!(report.metric_of("sum", "accuracy").is_none());
    assert!(report.to_string().contains(" · sum top-k accuracy "), "{report}");

    let report = evaluate(&net, &data).expect("there are samples");
    assert_eq!(report.metric_of("losses", "accuracy"), Some(accuracy));
    let names = report.metrics.iter().map(|measure| measure.output.expect("an output"));
    assert_eq!(names.collect::<Vec<_>>(), ["sum", "rest", "target", "share", "losses"]);
}

#[test]
fn targets_of_every_output_are_checked() {
    let (input, mut target) = sample(1);
    target.4 = 2;
    let error = evaluate(&Names::init(1), &[(input.into(), target)]).expect_err("two classes");
    let text = "sample 0 of the test data: label 2 is not one of the 2 classes 0 to 1, \
                for the output `losses`";
    assert_eq!(error.to_string(), text);
}

network! {
    /// An input that is an output itself, and one that is both.
    Passed: (a: [2], b: [3]) -> (b: [3], c: [1], a: [2]) { c: dense(1) }
}

#[test]
fn an_input_may_be_an_output() {
    let mut net = Passed::init(1);
    let input = PassedInput { a: [1.0, 2.0], b: [3.0, 4.0, 5.0] };
    let mut scratch = Passed::scratch::<1>();
    let output = net.predict(&input, &mut scratch);
    assert_eq!((output.a, output.b), (&[1.0, 2.0], &[3.0, 4.0, 5.0]));
    let losses = PassedLosses { b: MeanSquaredError, c: MeanSquaredError, a: MeanSquaredError };
    let data = [(<Passed as Network>::Input::from(&input), ([0.0; 3], [7.0], [0.0; 2]))];
    let trainer = Trainer::new(&mut net).loss(losses).batch::<1>().epochs(200).quiet();
    trainer.optimizer(Adam::new(0.1)).fit(&data).expect("training runs");
    assert!((net.predict(&input, &mut scratch).c[0] - 7.0).abs() < 0.1);
}

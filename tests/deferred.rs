//! Large weights, which the trainer moves while it computes their gradients, move as all others do.

use monograd::{
    array::Array,
    optim::Segment,
    prelude::*,
    simd::{Cpu, Scalar},
};

const ROWS: usize = 24;

network! {
    Large: [300] -> [10] {
        dense(601), relu,
        dropout(0.1),
        dense(512), tanh,
        dense(10), softmax,
    }
}

network! {
    #[scalar(f64)]
    Exact: [300] -> [10] { dense(601), relu, dense(512), tanh, dense(10), softmax }
}

/// An optimizer of a user's own: it may look at all gradients.
struct Whole(Adam<f32>);

impl Optimizer<f32> for Whole {
    fn rate(&self) -> f64 {
        self.0.rate()
    }
    fn decays(&self) -> bool {
        self.0.decays()
    }
    fn prepare(&mut self, len: usize) {
        self.0.prepare(len);
    }
    fn begin(&mut self) {
        self.0.begin();
    }
    fn update(&mut self, cpu: Cpu, segment: &Segment, parameters: &mut [f32], gradients: &[f32]) {
        let len = Large::PARAMS.iter().map(|param| param.len).sum::<usize>();
        let is_here =
            |range: &std::ops::Range<usize>| gradients[range.clone()].iter().any(|g| *g != 0.0);
        assert!(gradients.len() >= len && Large::DEFERRED.iter().all(is_here));
        self.0.update(cpu, segment, parameters, gradients);
    }
}

fn data<N: Network>() -> Vec<(N::Input, u8)> {
    let mut rng = Rng::new(3);
    let mut sample = |row: usize| {
        let mut input = [N::Input::ZEROED];
        let values = N::Input::flat_mut(&mut input).iter_mut();
        values.for_each(|value| *value = N::Scalar::from_f64(rng.uniform() - 0.5));
        (input[0], (row % 10) as u8)
    };
    // The last batch is a short one.
    (0..3 * ROWS - 5).map(&mut sample).collect()
}

fn trainer(net: &mut Large, threads: usize) -> Trainer<'_, Large, u8, ROWS> {
    let trainer = Trainer::new(net).loss(CrossEntropy).batch::<ROWS>();
    trainer.epochs(2).seed(7).threads(threads).quiet()
}

/// The weights after two epochs of `trainer`.
fn trained(train: impl FnOnce(&mut Large)) -> Vec<f32> {
    let mut net = Large::init(1);
    train(&mut net);
    net.parameters().all().to_vec()
}

fn is_same(optimizer: impl Fn() -> Box<dyn FnOnce(Trainer<'_, Large, u8, ROWS>)>) {
    let whole = trained(|net| optimizer()(trainer(net, 1).clip_norm(f64::INFINITY)));
    assert_ne!(whole, Large::init(1).parameters().all());
    for threads in [1, 2, 3] {
        let parts = trained(|net| optimizer()(trainer(net, threads)));
        assert!(whole == parts, "the weights differ with {threads} threads");
    }
}

macro_rules! same {
    ($($name:ident: $optimizer:expr;)*) => {$(
        #[test]
        fn $name() {
            is_same(|| Box::new(|trainer| {
                trainer.optimizer($optimizer).fit(&data::<Large>()).expect("labels are below 10");
            }));
        }
    )*};
}

same! {
    sgd: Sgd::new(0.1).l1(1e-4);
    momentum: Sgd::new(0.1).momentum(0.9);
    adam: Adam::new(1e-3);
    adamw: AdamW::new(1e-3).weight_decay(0.1);
    rms_prop: RmsProp::new(1e-3).l2(1e-3);
    adagrad: Adagrad::new(1e-2);
    of_ones_own: Whole(Adam::new(1e-3));
}

#[test]
fn every_large_weight_is_deferred() {
    let large = Large::PARAMS.iter().filter(|param| param.len >= 1 << 17);
    let mut large: Vec<_> = large.map(|param| param.offset..param.offset + param.len).collect();
    large.reverse();
    assert_eq!(large.len(), 2);
    assert_eq!(Large::DEFERRED, large);
}

#[test]
fn an_optimizer_of_ones_own_moves_as_ours_does() {
    let data = data::<Large>();
    let whole = trained(|net| {
        trainer(net, 2).optimizer(Whole(Adam::new(1e-3))).fit(&data).expect("labels are digits");
    });
    let ours = trained(|net| {
        trainer(net, 2).optimizer(Adam::new(1e-3)).fit(&data).expect("labels are digits");
    });
    assert!(whole == ours, "the weights differ");
}

#[test]
fn a_layer_has_its_rate() {
    let data = data::<Large>();
    let weights = |factor: f64| {
        let mut net = Large::init(1);
        let trainer = trainer(&mut net, 2).optimizer(Sgd::new(0.1)).layer_rate("dense1", factor);
        trainer.epochs(1).fit(&data[..ROWS]).expect("labels are below 10");
        net.dense1().weight().iter().flatten().copied().collect::<Vec<f32>>()
    };
    let (start, once, half) = (weights(0.0), weights(1.0), weights(0.5));
    let fresh = Large::init(1);
    assert!(
        start.iter().eq(fresh.dense1().weight().iter().flatten()),
        "a rate of zero moves nothing"
    );
    let halfway = start.iter().zip(&once).map(|(start, once)| (start + once) / 2.0);
    assert!(halfway.zip(&half).all(|(a, b)| (a - b).abs() < 1e-7));
    assert!(once != start);
}

/// The whole backward pass has the gradients that a step of plain descent moves by.
#[test]
fn backward_has_all_gradients() {
    use monograd::{
        loss::Loss,
        network::{Context, Entry},
    };
    let data = &data::<Exact>()[..ROWS];
    let (inputs, labels): (Vec<_>, Vec<_>) = data.iter().copied().unzip();
    let mut net = Exact::init(2);
    let (mut tape, mut gradients) = (Exact::tape::<ROWS>(), Exact::gradients());
    let context = Context { cpu: Cpu::detect(), seed: 0, step: 0 };
    net.forward::<ROWS>(context, &inputs, &mut tape);
    let (outputs, d) = Exact::seam::<ROWS>(&mut tape, inputs.len(), Entry::Head);
    Loss::<Exact, u8>::gradient(&CrossEntropy, outputs, &labels, d);
    net.backward::<ROWS>(context, Entry::Head, &inputs, &mut tape, &mut gradients);
    let before = net.parameters().all().to_vec();
    let trainer = Trainer::new(&mut net).loss(CrossEntropy).optimizer(Sgd::new(1.0));
    trainer.batch::<ROWS>().epochs(1).quiet().fit(data).expect("labels are below 10");
    let after = net.parameters().all();
    assert_eq!(Exact::DEFERRED.len(), 2);
    for ((before, after), gradient) in before.iter().zip(after).zip(&gradients[..]) {
        assert!((before - after - gradient).abs() < 1e-12, "{before} - {gradient} is {after}");
    }
}

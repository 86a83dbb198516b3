//! Constants of declarations, and families: a network for every combination of their values.

use monograd::prelude::*;

const STEPS: usize = 6;

mod sizes {
    pub(crate) const SMALL: usize = 4;
}

network! {
    /// A classifier.
    pub Mlp<const HIDDEN: usize in [sizes::SMALL -> 4, 8], const DEPTH: usize in [1, 2]>: [2] -> [3] {
        dense(HIDDEN), relu, repeat(DEPTH) { dense(HIDDEN), relu }, dense(3), softmax,
    }
}

network! {
    pub WrittenOut: [2] -> [3] { dense(8), relu, repeat(2) { dense(8), relu }, dense(3), softmax }
}

#[test]
fn members_are_networks_by_their_values() {
    type Wide = Mlp<8, 2>;
    assert_eq!((Wide::NAME, Wide::HIDDEN, Wide::DEPTH), ("Mlp8x2", 8, 2));
    assert_eq!(Mlp::<4, 1>::NAME, "Mlp4x1");
    let parameters = |hidden: usize, depth: usize| {
        2 * hidden + hidden + depth * (hidden * hidden + hidden) + 3 * hidden + 3
    };
    assert_eq!(Wide::PARAMETERS, parameters(8, 2));
    assert_eq!(Mlp::<4, 1>::PARAMETERS, parameters(4, 1));
    let net: Mlp8x2 = Wide::init(3);
    assert_eq!(net.dense1().weight().as_slice().len(), 16);
}

/// A member is the network that its values make, to the last bit.
#[test]
fn members_are_those_written_out() {
    let (member, plain) = (Mlp::<8, 2>::init(5), WrittenOut::init(5));
    assert_eq!(member.parameters().all(), plain.parameters().all());
    let input = [0.3, -0.8];
    let (mut one, mut other) = (Mlp::<8, 2>::scratch::<1>(), WrittenOut::scratch::<1>());
    assert_eq!(member.predict(&input, &mut one), plain.predict(&input, &mut other));
}

struct Fit {
    rate: f64,
}

impl MlpVisitor for Fit {
    type Output = (String, f64);

    fn visit<N: MlpNetwork>(self, net: &mut N) -> Self::Output {
        let data = [([0.0, 1.0], 0_u8), ([1.0, 0.0], 1), ([1.0, 1.0], 2)];
        let trainer = Trainer::new(net).optimizer(Adam::new(self.rate)).loss(CrossEntropy);
        trainer.batch::<3>().epochs(40).quiet().fit(&data).expect("training runs");
        let mut scratch = N::scratch::<1>();
        assert_eq!(net.predict(&data[0].0, &mut scratch).len(), 3);
        (N::NAME.to_owned(), evaluate(net, &data).expect("there are samples").loss)
    }
}

#[test]
fn a_sweep_visits_every_member() {
    assert_eq!(MlpSweep::LEN, 4);
    let sizes: Vec<_> = MlpSweep::all(1).map(|net| (net.parameters(), net.macs())).collect();
    let constants: Vec<_> = MlpSweep::all(1).map(|net| net.constants()).collect();
    let of = |hidden, depth| [("HIDDEN", hidden), ("DEPTH", depth)];
    assert_eq!(constants, [of(4, 1), of(4, 2), of(8, 1), of(8, 2)]);
    assert_eq!(sizes[1], (Mlp::<4, 2>::PARAMETERS, Mlp::<4, 2>::MACS));
    for mut net in MlpSweep::all(1) {
        let slow = net.clone().visit(Fit { rate: 1e-5 });
        let fast = net.visit(Fit { rate: 3e-2 });
        assert_eq!((net.name(), slow.0.as_str()), (fast.0.as_str(), net.name()));
        assert!(fast.1 < slow.1, "{slow:?} and {fast:?}");
    }
    let MlpSweep::Mlp4x2(net) = MlpSweep::init(1, 9).expect("there are four") else {
        panic!("the last constant changes first");
    };
    assert_eq!(net.parameters().all(), Mlp::<4, 2>::init(9).parameters().all());
    assert!(MlpSweep::init(4, 9).is_none());
    assert_eq!(MlpSweep::from(net).name(), "Mlp4x2");
}

network! {
    Window<const STEPS: usize = STEPS -> 6, const WIDTH: usize = 3>: [STEPS, 4] -> [WIDTH] {
        block stage(filters = 2 * WIDTH) { conv1d(filters, kernel = WIDTH, padding = same), relu }
        stage, stage(WIDTH), flatten, dense(WIDTH),
    }
}

/// One value each: a network of the name as it is, in whose shapes and arguments the constants stand.
#[test]
fn constants_of_one_value() {
    assert_eq!((Window::STEPS, Window::WIDTH), (STEPS, 3));
    assert_eq!(Window::INPUT_SHAPE, [6, 4]);
    let net = Window::init(1);
    let output = *net.predict(&[[0.5; 4]; STEPS], &mut Window::scratch::<1>());
    assert_eq!(output.len(), Window::WIDTH);
    assert_eq!(net.stage1_conv1d1().weight().as_slice().len(), 3 * 4 * 6);
}

network! { pub Backbone<const WIDTH: usize in [3, 5]>: [4] -> [WIDTH] { dense(WIDTH), tanh } }
network! {
    #[scalar(f32)]
    Whole<const WIDTH: usize in [3, 5]>: [4] -> [2] { body: Backbone<WIDTH> -> [WIDTH], dense(2) }
}

/// Members whose outputs differ are still one family, and members are layers of members.
#[test]
fn shapes_may_depend_on_constants() {
    struct Outputs;
    impl BackboneVisitor for Outputs {
        type Output = usize;
        fn visit<N: BackboneNetwork>(self, _: &mut N) -> usize {
            N::OUTPUT_SHAPE[0]
        }
    }
    let outputs: Vec<usize> = BackboneSweep::all(1).map(|mut net| net.visit(Outputs)).collect();
    assert_eq!(outputs, [3, 5]);
    assert_eq!(Whole::<5>::PARAMETERS, Backbone::<5>::PARAMETERS + 5 * 2 + 2);
    assert_eq!(Whole::<3>::init(1).body().to_network().dense1().weight().as_slice().len(), 12);
}

#[test]
fn families_inside_functions() {
    network! { #[scalar(f64)] Local<const N: usize in [2, 3]>: [1] -> [1] { dense(N), tanh, dense(1) } }
    assert_eq!(Local::<3>::init(1).predict(&[0.0], &mut Local::<3>::scratch::<1>()), &[0.0]);
    assert_eq!(
        format!("{:?}", LocalSweep::init(0, 1)),
        "Some(LocalSweep(Local2 { parameters: 7, .. }))"
    );
}

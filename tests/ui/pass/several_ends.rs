use monograd::prelude::*;

network! {
    /// Which move to make, and how the game stands.
    pub Player: (board: [3, 3, 2], clock: [2]) -> (policy: [9], value: [1]) {
        conv2d(8, kernel = 3, padding = same), relu,
        repeat(3) { residual { block: conv2d(8, kernel = 3, padding = same), relu } },
        flatten, body: concat(clock),
        dense(9), policy: softmax,
        from(body), value: dense(1),
    }
}

fn main() {
    assert_eq!(Player::INPUTS, [("board", &[3, 3, 2][..]), ("clock", &[2])]);
    assert_eq!(Player::OUTPUTS, [("policy", &[9][..]), ("value", &[1])]);
    let mut net = Player::init(1);
    let weight: &[[[[[f32; 8]; 8]; 3]; 3]; 3] = net.block().weight().as_array();
    assert_ne!(weight[0], weight[1]);
    assert_eq!(Player::PARAMS.iter().find(|p| p.name == "block.weight").unwrap().shape, [3, 3, 3, 8, 8]);
    let input = PlayerInput { board: [[[0.5; 2]; 3]; 3], clock: [1.0, 0.0] };
    let games: Vec<([f32; 20], (u8, [f32; 1]))> = (0..8)
        .map(|i| {
            let mut input = input.clone();
            input.clock[0] = f32::from(i);
            (input.into(), (i, [f32::from(i) / 8.0]))
        })
        .collect();
    let losses = PlayerLosses { policy: CrossEntropy, value: MeanSquaredError };
    let trainer = Trainer::new(&mut net).optimizer(Adam::new(0.01)).loss(losses).batch::<8>();
    let history = trainer.epochs(60).quiet().fit(&games).unwrap();
    let [first, last] = [history.epochs[0].train.loss, history.epochs[59].train.loss];
    assert!(last < 0.5 * first, "{first} {last}");
    let losses = PlayerLosses { policy: CrossEntropy, value: MeanAbsoluteError };
    assert!(Evaluator::new(&net, losses).run(&games).unwrap().loss.is_finite());
    assert!(evaluate(&net, &games).unwrap().loss < first);
    let mut scratch = Player::scratch::<1>();
    let PlayerOutput { policy, value } = net.predict(&input, &mut scratch);
    assert!((policy.iter().sum::<f32>() - 1.0).abs() < 1e-5 && value[0].is_finite());
}

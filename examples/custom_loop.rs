//! Training without `Trainer`: forward, loss, backward and step by hand, with nothing hidden.

use monograd::{
    network::{Context, Entry},
    prelude::*,
    simd::Cpu,
};

network! {
    /// Two interleaved spirals.
    Spirals: [2] -> [2] { dense(32), tanh, dense(32), tanh, dense(2), softmax }
}

const BATCH: usize = 32;

fn main() {
    let samples = spirals(400);
    let mut rng = Rng::new(1);
    let cpu = Cpu::detect();

    let mut net = Spirals::init(7);
    let mut tape = Spirals::tape::<BATCH>();
    let mut gradients = Spirals::gradients();
    let mut adam = Adam::new(3e-3);

    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut step = 0;
    for epoch in 1..=100 {
        rng.shuffle(&mut order);
        let mut sum = 0.0;
        for batch in order.chunks(BATCH) {
            let inputs: Vec<[f32; 2]> = batch.iter().map(|i| samples[*i].0).collect();
            let labels: Vec<u8> = batch.iter().map(|i| samples[*i].1).collect();
            let context = Context { cpu, seed: 7, step };

            net.forward::<BATCH>(context, &inputs, &mut tape);
            let (outputs, d) = Spirals::seam::<BATCH>(&mut tape, inputs.len(), Entry::Head);
            let loss = Loss::<Spirals, u8>::gradient(&CrossEntropy, outputs, &labels, d);
            net.backward::<BATCH>(context, Entry::Head, &inputs, &mut tape, &mut gradients);
            adam.step(cpu, net.parameters_mut().split_mut().0, &gradients);

            sum += loss * batch.len() as f64;
            step += 1;
        }
        if epoch % 20 == 0 {
            println!("epoch {epoch:3}: loss {:.4}", sum / samples.len() as f64);
        }
    }
    println!("accuracy {:.1} %", 100.0 * accuracy(&net, &samples));
}

/// Points on two spirals, half a turn apart, the class as label.
fn spirals(points: usize) -> Vec<([f32; 2], u8)> {
    let point = |i: usize| {
        let class = (i % 2) as u8;
        let radius = i as f32 / points as f32;
        let angle = radius * 6.0 + f32::from(class) * std::f32::consts::PI;
        ([radius * angle.cos(), radius * angle.sin()], class)
    };
    (0..points).map(point).collect()
}

fn accuracy(net: &Spirals, samples: &[([f32; 2], u8)]) -> f64 {
    let mut scratch = Spirals::scratch::<1>();
    let right = samples.iter().filter(|(input, label)| {
        let [first, second] = net.predict(input, &mut scratch);
        u8::from(second > first) == *label
    });
    right.count() as f64 / samples.len() as f64
}

//! Fits a curve to noisy points, and draws it:
//!
//! ```text
//! cargo run --release --example regression --features plot -- [FILE.svg]
//! ```
//!
//! Without the feature `plot` it prints the fit as a table only.

use std::error::Error;

use monograd::{optim::schedule::Cosine, prelude::*};

network! {
    /// A smooth curve.
    Curve: [1] -> [1] { dense(32), tanh, dense(32), tanh, dense(1) }
}

type Point = ([f32; 1], [f32; 1]);

/// What the points are scattered around.
fn truth(x: f32) -> f32 {
    (3.0 * x).sin() * (1.0 - 0.3 * x) + 0.4 * x
}

const NOISE: f32 = 0.15;

fn main() -> Result<(), Box<dyn Error>> {
    let mut rng = Rng::new(3);
    let train = points(200, &mut rng);
    let (validation, test) = (points(100, &mut rng), points(100, &mut rng));

    let mut net = Curve::init(5);
    let history = Trainer::new(&mut net)
        .optimizer(Adam::new(0.01))
        .schedule(Cosine::default())
        .loss(MeanSquaredError)
        .batch::<32>()
        .epochs(300)
        .validation(validation)
        .early_stopping(EarlyStopping::new(60))
        .quiet()
        .fit(&train)?;

    let report = Evaluator::new(&net, MeanSquaredError)
        .metric(RootMeanSquare)
        .metric(RSquared)
        .run(&test)?;
    println!("{} epochs, the weights of the best", history.epochs.len());
    println!("test: {report} (the noise alone is {NOISE})\n");

    let mut scratch = Curve::scratch::<1>();
    let mut fit = |x: f32| net.predict(&[x], &mut scratch)[0];
    println!("    x   truth     fit");
    for x in (-4..=4).map(|i| 0.5 * i as f32) {
        println!("{x:5.1} {:7.3} {:7.3}", truth(x), fit(x));
    }
    draw(&train, &mut fit)
}

/// Points with `x` in -2 to 2 and normal noise.
fn points(count: usize, rng: &mut Rng) -> Vec<Point> {
    let mut point = || {
        let x = 4.0 * rng.uniform() as f32 - 2.0;
        ([x], [truth(x) + NOISE * rng.normal() as f32])
    };
    (0..count).map(|_| point()).collect()
}

#[cfg(not(feature = "plot"))]
fn draw(_: &[Point], _: &mut dyn FnMut(f32) -> f32) -> Result<(), Box<dyn Error>> {
    println!("\nwith `--features plot` this example draws the fit as an SVG");
    Ok(())
}

#[cfg(feature = "plot")]
fn draw(points: &[Point], fit: &mut dyn FnMut(f32) -> f32) -> Result<(), Box<dyn Error>> {
    use plotters::prelude::*;

    let path = std::env::args_os().nth(1);
    let path = path.map_or("target/regression.svg".into(), std::path::PathBuf::from);
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    let area = SVGBackend::new(&path, (720, 440)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(16)
        .caption("A network of 1,153 parameters fitted to 200 points", ("sans-serif", 20))
        .x_label_area_size(32)
        .y_label_area_size(40)
        .build_cartesian_2d(-2.0_f32..2.0, -2.5_f32..2.5)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(BLACK.mix(0.1))
        .x_desc("x")
        .y_desc("y")
        .draw()?;

    let grid = || (0..=400).map(|i| i as f32 / 100.0 - 2.0);
    let dots = points.iter().map(|(x, y)| Circle::new((x[0], y[0]), 2, BLACK.mix(0.35).filled()));
    chart
        .draw_series(dots)?
        .label("points")
        .legend(|(x, y)| Circle::new((x + 10, y), 2, BLACK.filled()));
    let mut line = |name: &str, colour: RGBColor, y: &mut dyn FnMut(f32) -> f32| {
        let curve: Vec<(f32, f32)> = grid().map(|x| (x, y(x))).collect();
        let style = colour.stroke_width(2);
        let drawn = chart.draw_series(LineSeries::new(curve, style))?;
        drawn.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style));
        Ok::<(), Box<dyn Error>>(())
    };
    line("truth", RGBColor(150, 150, 150), &mut truth)?;
    line("fit", RGBColor(200, 60, 40), fit)?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .border_style(BLACK.mix(0.3))
        .background_style(WHITE)
        .draw()?;
    area.present()?;
    println!("\ndrawn in {}", path.display());
    Ok(())
}

//! The steps of attention: projections, the turning of queries and keys, and what the heads weigh.

use crate::{
    plan::{Attend, Attention, Buf, Elementwise, Product, lower::Lower},
    shape::Dim,
};

/// A projection, by the names of its parameters.
#[derive(Clone, Copy)]
pub(super) struct Names {
    pub(super) weight: &'static str,
    pub(super) bias: &'static str,
}

pub(super) const QUERY: Names = Names { weight: "query", bias: "query_bias" };
pub(super) const KEY: Names = Names { weight: "key", bias: "key_bias" };
pub(super) const VALUE: Names = Names { weight: "value", bias: "value_bias" };
pub(super) const OUTPUT: Names = Names { weight: "output", bias: "output_bias" };

pub(super) fn forward(cx: &mut Lower<'_>, sizes: &Attention, bias: bool, rotary: bool) -> Buf {
    let [q, k, v] = projected(cx, sizes, bias);
    if rotary {
        turn(cx, [q, k], sizes, false);
    }
    let heads = cx.new_row("heads", sizes.queries());
    let stats = cx.new_row("stats", sizes.stats());
    cx.push(Attend::Attention { y: heads, stats, q, k, v, sizes: sizes.clone() });
    cx.keep("heads", heads);
    cx.keep("stats", stats);
    let y = cx.new_y();
    project(cx, OUTPUT, y, heads, bias);
    y
}

/// One time step; `sizes` are those of the whole sequence.
pub(super) fn step(cx: &mut Lower<'_>, sizes: &Attention, bias: bool, rotary: bool) -> Buf {
    let once = Attention { time: Dim::ONE, key_time: Dim::ONE, ..sizes.clone() };
    let [q, k, v] = projected(cx, &once, bias);
    if rotary {
        for y in [q, k] {
            let (table, d) = (cx.param("rotation"), sizes.head_size.clone());
            cx.push(Attend::RotateAt { y, table, d });
        }
    }
    let heads = cx.new_row("heads", once.queries());
    let [keys, values] = ["keys", "values"].map(|name| cx.new_kept(name, sizes.keys()));
    let sizes = sizes.clone();
    cx.push(Attend::AttentionStep { y: heads, q, k, v, keys, values, sizes });
    let y = cx.new_y();
    project(cx, OUTPUT, y, heads, bias);
    y
}

pub(super) fn backward(
    cx: &mut Lower<'_>,
    dy: Buf,
    sizes: &Attention,
    bias: bool,
    rotary: bool,
) -> Buf {
    let (x, heads) = (cx.x(), cx.kept("heads"));
    let d_heads = cx.new_row("dheads", sizes.queries());
    project_back(cx, OUTPUT, d_heads, dy, heads, bias);
    let [dq, dk, dv] = weigh_back(cx, d_heads, sizes);
    if rotary {
        turn(cx, [dq, dk], sizes, true);
    }
    let mut sum = None;
    for (names, d) in [(QUERY, dq), (KEY, dk), (VALUE, dv)] {
        let dx = cx.new_dx();
        project_back(cx, names, dx, d, x, bias);
        sum = Some(sum.map_or(dx, |sum| add(cx, sum, dx)));
    }
    sum.expect("there are three")
}

/// Queries, keys and values.
fn projected(cx: &mut Lower<'_>, sizes: &Attention, bias: bool) -> [Buf; 3] {
    let x = cx.x();
    [("q", QUERY, sizes.queries()), ("k", KEY, sizes.keys()), ("v", VALUE, sizes.keys())].map(
        |(name, names, shape)| {
            let y = cx.new_row(name, shape);
            project(cx, names, y, x, bias);
            cx.keep(name, y);
            y
        },
    )
}

/// `y = x · weight + bias`, step by step.
fn project(cx: &mut Lower<'_>, names: Names, y: Buf, x: Buf, bias: bool) {
    let ([m, k, n], w) = (sizes(cx, names), cx.param(names.weight));
    cx.push(Product::Gemm { y, x, w, bias: None, fun: None, m, k, n });
    if bias {
        cx.push(Product::AddBias { y, bias: cx.param(names.bias) });
    }
}

/// The gradients of [`project`].
fn project_back(cx: &mut Lower<'_>, names: Names, dx: Buf, dy: Buf, x: Buf, bias: bool) {
    let ([m, k, n], w) = (sizes(cx, names), cx.param(names.weight));
    if let Some(db) = bias.then(|| cx.grad(names.bias)).flatten() {
        cx.push(Product::SumRows { db, dy });
    }
    if let Some(dw) = cx.grad(names.weight) {
        let [m, k, n] = [&m, &k, &n].map(Dim::clone);
        cx.push(Product::GemmGradWeight { dw, x, dy, m, k, n });
    }
    cx.push(Product::GemmGradInput { dx, dy, w, m, k, n });
}

/// Steps of a sample, and the features that a projection maps from and to.
fn sizes(cx: &Lower<'_>, names: Names) -> [Dim; 3] {
    let weight = cx.shape(cx.param(names.weight)).dims();
    [cx.input().dims()[0].clone(), weight[0].clone(), weight[1].clone()]
}

/// Turns queries and keys, or their gradients, by the angles of their steps, `back` or forth.
fn turn(cx: &mut Lower<'_>, [q, k]: [Buf; 2], sizes: &Attention, back: bool) {
    for (y, heads) in [(q, sizes.heads), (k, sizes.key_value_heads)] {
        let (table, d) = (cx.param("rotation"), sizes.head_size.clone());
        cx.push(Attend::Rotate { y, table, heads, d, back });
    }
}

/// The gradients of queries, keys and values.
fn weigh_back(cx: &mut Lower<'_>, dy: Buf, sizes: &Attention) -> [Buf; 3] {
    let [q, k, v, y, stats] = ["q", "k", "v", "heads", "stats"].map(|name| cx.kept(name));
    let [dq, dk, dv] = [("dq", sizes.queries()), ("dk", sizes.keys()), ("dv", sizes.keys())]
        .map(|(name, shape)| cx.new_row(name, shape));
    let sizes = sizes.clone();
    cx.push(Attend::AttentionGrad { dq, dk, dv, dy, y, stats, q, k, v, sizes });
    [dq, dk, dv]
}

fn add(cx: &mut Lower<'_>, a: Buf, b: Buf) -> Buf {
    let y = cx.new_dx();
    cx.push(Elementwise::Axpby { y, a, b, alpha: 1.0, beta: 1.0 });
    y
}

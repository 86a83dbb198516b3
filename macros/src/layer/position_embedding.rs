//! A vector added to every step of a sequence.

use super::{Check, Init, Kind, Layer, Pace, Param, sequence};
use crate::{
    plan::{Arrange, Buf, Product, Sequence, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

const DOC: &str = "\
`y[t, i] = x[t, i] + table[t, i]`, over `[time, features]`, so that later layers know the place of a
step. `learned`: the table is the trained `weight`. `sinusoidal`: it is fixed,
`sin(t / 10000^(2i / features))` in column `2i` and the cosine in the column after it (Vaswani et al.
2017), and a state `table` of that shape.

- `kind = learned`: `learned` or `sinusoidal`.
- `init = glorot_uniform`: how `weight` starts.

Parameters: `weight [time, features]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "position_embedding",
    doc: DOC,
    args: &["kind", "init"],
    examples: &[
        "[3, 2] -> [3, 2] { position_embedding, tanh }",
        "[3] -> [3, 4] { embedding(5, width = 4), position_embedding(sinusoidal) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct PositionEmbedding {
    learned: bool,
    init: Option<Init>,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let learned = args.word_or("kind", &["learned", "sinusoidal"], "learned")?.value == "learned";
    let init = if learned { args.init("init")? } else { None };
    Some(Box::new(PositionEmbedding { learned, init }))
}

impl PositionEmbedding {
    fn table(&self) -> &'static str {
        if self.learned { "weight" } else { "table" }
    }
}

impl Layer for PositionEmbedding {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if sequence::expect("position_embedding", input, check) {
            return input.clone();
        }
        Shape(vec![Dim::Unknown; 2])
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        let init = match self.learned {
            true => self.init.unwrap_or(Init::GlorotUniform),
            false => Init::Sinusoidal,
        };
        vec![Param {
            name: self.table(),
            shape: input.clone(),
            init: Some(init),
            fan_in: input.dims().first().cloned().unwrap_or(Dim::ONE),
            fan_out: input.channels(),
            trained: self.learned,
            decays: false,
        }]
    }

    fn canonical(&self) -> String {
        if self.learned { "learned" } else { "sinusoidal" }.to_owned()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x, bias) = (cx.new_y(), cx.x(), cx.param(self.table()));
        cx.push(Arrange::Copy { y, x });
        cx.push(Product::AddBias { y, bias });
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn step(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x, table) = (cx.new_y(), cx.x(), cx.param(self.table()));
        cx.push(Sequence::AddRow { y, x, table });
        y
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        if let Some(db) = cx.grad(self.table()) {
            cx.push(Product::SumRows { db, dy });
        }
        dy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn a_table_is_trained_or_fixed() {
        for (kind, init, trained) in
            [("learned", Init::GlorotUniform, true), ("sinusoidal", Init::Sinusoidal, false)]
        {
            let model = model(&format!("[7, 4] -> [7, 4] {{ position_embedding({kind}) }}"));
            let table = &model.nodes[0].params[0];
            assert_eq!((table.init, table.trained), (Some(init), trained));
            assert_eq!(table.shape, Shape::literal(&[7, 4]));
        }
    }

    #[test]
    fn forward_and_backward() {
        let [forward, backward] = training("[7, 4] -> [7, 4] { position_embedding }");
        assert_eq!((forward.concat(), backward.concat()), ("CopyAddBias".into(), "SumRows".into()));
        let [_, backward] = training("[7, 4] -> [7, 4] { position_embedding(sinusoidal) }");
        assert!(backward.is_empty(), "{backward:?}");
    }

    #[test]
    fn a_fixed_table_has_no_initialiser() {
        let network = "[7, 4] -> [7, 4] { position_embedding(sinusoidal, init = zeros) }";
        let mistake = mistake(network);
        assert!(mistake.starts_with("`init` means nothing to this"), "{mistake}");
    }

    #[test]
    fn it_takes_a_sequence() {
        let mistake = mistake("[8] -> [8, 1] { position_embedding }");
        assert!(mistake.contains("help: add `reshape([8, 1])` before it"), "{mistake}");
    }
}

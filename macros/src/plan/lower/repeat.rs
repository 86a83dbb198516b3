//! Lowering of `repeat`: one step that runs a program of its own for every turn.

use super::{Lower, Purpose};
use crate::{
    plan::{Buf, Nested, Program, Space},
    shape::{Dim, Shape},
};

impl Lower<'_> {
    /// The step of all turns. In training every turn keeps what it computed; in inference the last
    /// two take turns in two places.
    pub(crate) fn repeat(&mut self) -> Buf {
        let turns = self.node.turns.clone().expect("a `repeat` has turns");
        let (program, slots) = match self.purpose {
            Purpose::Training => (&turns.plan.training.program, turns.times),
            Purpose::Inference => (&turns.plan.inference, turns.times.min(2)),
            Purpose::Step => (&turns.plan.step_program().program, turns.times.min(2)),
        };
        let kept = (program.kept != Dim::ZERO).then(|| {
            let times = Dim::from(turns.times);
            self.new_kept("kept", Shape::flat(Dim::product([program.kept.clone(), times])))
        });
        let [rows, fixed, index] = self.workspace(program, slots);
        let rows = rows.expect("every turn computes a value");
        let (y, x) = (self.new_y(), self.x());
        let bufs = |trained: bool| {
            let is_trained = |(_, gradient): &&(Buf, Option<Buf>)| gradient.is_some() == trained;
            self.node.within.iter().filter(is_trained).map(|(buf, _)| *buf).collect()
        };
        let (mut params, mut state): (Vec<Buf>, Vec<Buf>) = (bufs(true), bufs(false));
        if !self.training() {
            params = self.node.within.iter().map(|(buf, _)| *buf).collect();
            state = Vec::new();
        }
        self.push(Nested::Repeat { y, x, rows, fixed, index, kept, state, params, turns });
        y
    }

    /// The step of the gradients of all turns, from the last to the first.
    pub(crate) fn repeat_grad(&mut self, dy: Buf) -> Buf {
        let turns = self.node.turns.clone().expect("a `repeat` has turns");
        let kept =
            |name: &str| self.node.kept.iter().find(|(kept, _)| *kept == name).map(|(_, buf)| *buf);
        let rows = kept("rows").expect("the forward step kept it");
        let (fixed, index) = (kept("fixed"), kept("index"));
        let (dx, x) = (self.new_dx(), self.x());
        let params = self.node.within.iter().map(|(buf, _)| *buf).collect();
        let gradients = self.node.within.iter().filter_map(|(_, gradient)| *gradient).collect();
        self.push(Nested::RepeatGrad { dx, dy, x, rows, fixed, index, gradients, params, turns });
        dx
    }

    /// Room for some turns, none where they need none.
    fn workspace(&mut self, program: &Program, slots: usize) -> [Option<Buf>; 3] {
        let sizes = program.sizes.clone().expect("the turns are optimised");
        let names = [("rows", Space::Row), ("fixed", Space::Fixed), ("index", Space::Index)];
        let mut bufs = [None; 3];
        for ((buf, (name, space)), size) in bufs.iter_mut().zip(names).zip(sizes) {
            if size != Dim::ZERO {
                let len = Dim::product([size, Dim::from(slots)]);
                let room = self.buffer(name, space, Shape::flat(len));
                self.keep(name, room);
                *buf = Some(room);
            }
        }
        bufs
    }
}

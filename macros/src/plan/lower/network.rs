//! Lowering of networks as layers: one step that runs what their own declaration wrote.

use std::rc::Rc;

use super::Lower;
use crate::{
    layer::network::Inner,
    plan::{Arrange, Buf, Nested, Verb},
};

/// The two ranges of parameters.
const RANGES: [&str; 2] = ["trained", "state"];

impl Lower<'_> {
    /// A frozen one runs as in inference.
    pub(crate) fn network(&mut self, inner: &Rc<Inner>) -> Buf {
        let (y, x, params, inner) = (self.new_y(), self.x(), self.ranges(), Rc::clone(inner));
        let trains = self.training() && !self.frozen();
        self.push(if trains {
            Verb::Nested(Nested::NetworkTraining { y, x, params, inner })
        } else {
            Verb::Nested(Nested::Network { y, x, params, inner })
        });
        y
    }

    /// One time step of it, from its own state.
    pub(crate) fn network_step(&mut self, inner: &Rc<Inner>) -> Buf {
        let (y, x, params, inner) = (self.new_y(), self.x(), self.ranges(), Rc::clone(inner));
        self.push(Nested::NetworkStep { y, x, params, inner });
        y
    }

    /// A frozen one passes no gradient on, and the model rules out that something waits for it.
    pub(crate) fn network_grad(&mut self, inner: &Rc<Inner>, dy: Buf) -> Buf {
        let (dx, x, params, inner) = (self.new_dx(), self.x(), self.ranges(), Rc::clone(inner));
        self.push(match self.grad("trained") {
            Some(gradient) => {
                Verb::Nested(Nested::NetworkGrad { dx: Some(dx), gradient, dy, x, params, inner })
            }
            None => Verb::Arrange(Arrange::Zero { y: dx }),
        });
        dx
    }

    fn ranges(&self) -> [Buf; 2] {
        RANGES.map(|range| self.param(range))
    }
}

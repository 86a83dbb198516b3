//! The gradients of values, which backward steps make one by one.

use std::collections::BTreeMap;

use super::{NodeSite, push_row};
use crate::{
    model::{Node, Source},
    plan::{Buf, Elementwise, Program, Step, Verb},
};

/// The gradients of every value, one from each of its readers.
#[derive(Default)]
pub(super) struct Gradients(pub(super) BTreeMap<Source, Vec<Buf>>);

impl Gradients {
    /// Takes what the backward steps of a layer made.
    pub(super) fn spread(&mut self, node: &Node, site: &NodeSite, dx: Buf) {
        let made = [Some(dx)].into_iter().chain(site.sent.iter().copied());
        for (source, gradient) in node.inputs.iter().zip(made) {
            self.0.entry(*source).or_default().extend(gradient);
        }
    }

    /// The gradient of a value: the sum of those from its readers, as steps of `site`.
    pub(super) fn of(&mut self, source: Source, site: &NodeSite, program: &mut Program) -> Buf {
        let parts = self.0.remove(&source).unwrap_or_default();
        let (first, others) = parts.split_first().expect("every value is read");
        others.iter().fold(*first, |a, b| {
            let shape = program.buffers[a.0].shape.clone();
            let y = push_row(program, &format!("{}.dy", site.name), shape);
            let verb = Verb::Elementwise(Elementwise::Axpby { y, a, b: *b, alpha: 1.0, beta: 1.0 });
            program.steps.push(Step { verb, node: site.index, span: site.span, head: None });
            y
        })
    }
}

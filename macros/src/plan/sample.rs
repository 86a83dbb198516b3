//! Plans for tests and for the interpreter, from networks as they stand in a declaration.

use super::{Plan, lower::lower};
#[cfg(test)]
use crate::shape::{Dim, Shape};
use crate::{
    diag::{Diagnostic, Diagnostics},
    model,
    syntax::{Spec, parse},
};

/// The plan of `[4] -> [3] { dense(3) }`; nothing is optimised yet.
pub(crate) fn plan(network: &str) -> Plan {
    lower_changed(network, |_| {})
}

/// The same, the input of which is `[N]` whatever is written.
#[cfg(test)]
pub(crate) fn plan_of_symbol(network: &str) -> Plan {
    lower_changed(network, |spec| {
        spec.input.value = Shape(vec![Dim::Symbol("N".to_owned())]);
    })
}

/// The same, which yields the gradient of its input.
#[cfg(test)]
pub(crate) fn plan_of_part(network: &str) -> Plan {
    lower_changed(network, |spec| spec.part = true)
}

fn lower_changed(network: &str, change: fn(&mut Spec)) -> Plan {
    let mut diagnostics = Diagnostics::default();
    let tokens = format!("pub Net: {network}").parse().expect("these are tokens");
    let mut spec = parse::parse(tokens, &mut diagnostics).expect("there is a name");
    change(&mut spec);
    let model = model::check(&spec, &mut diagnostics);
    let errors: Vec<String> = diagnostics.finish().iter().map(Diagnostic::text).collect();
    assert!(errors.is_empty(), "{network}\n{}", errors.join("\n"));
    lower(&model)
}

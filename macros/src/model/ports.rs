//! Several inputs and outputs.

use super::{
    End, Model, PortNode, Source,
    wires::{Scope, Value},
};
use crate::{
    diag::Diagnostics,
    layer::Head,
    shape::Shape,
    similar,
    syntax::{Port, Spec},
};

/// The most outputs: one bit for each says where the gradient of its loss enters.
const MOST_OUTPUTS: usize = 64;

/// The inputs as values that layers read.
pub(super) fn inputs(spec: &Spec, scope: &mut Scope) -> (Vec<PortNode>, Value) {
    let port = |port: &Port| PortNode {
        name: port.name.to_string(),
        span: port.name.span(),
        shape: port.shape.value.clone(),
    };
    let ports: Vec<PortNode> = spec.inputs.iter().map(port).collect();
    let values = ports.iter().enumerate().map(|(index, port)| {
        let value = Value { source: Source::Port(index), shape: port.shape.clone() };
        scope.add(&port.name, &value);
        value
    });
    match values.collect::<Vec<_>>().into_iter().next() {
        Some(first) => (ports, first),
        None => {
            let value = Value { source: Source::Input, shape: spec.input.value.clone() };
            scope.add("input", &value);
            (ports, value)
        }
    }
}

/// Where the outputs come from: the last layer, or the layers that the header names.
pub(super) fn ends(
    spec: &Spec,
    last: &Value,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Vec<End> {
    let head = (Head::Plain, None);
    if spec.outputs.is_empty() {
        let shape = spec.output.value.clone();
        return vec![End { name: "output".to_owned(), source: last.source, shape, head }];
    }
    if let Some(port) = spec.outputs.get(MOST_OUTPUTS) {
        diagnostics
            .error(port.name.span(), format!("a network has at most {MOST_OUTPUTS} outputs"))
            .found(format!("{} outputs", spec.outputs.len()))
            .help("make one output of several values of one kind, such as by `concat`");
    }
    let ends = spec.outputs.iter().map(|port| {
        let value = scope.value(&port.name.to_string());
        let value = value.unwrap_or_else(|| {
            report(port, scope, diagnostics);
            Value::unknown()
        });
        check_shape(port, &value.shape, diagnostics);
        let (name, shape) = (port.name.to_string(), port.shape.value.clone());
        End { name, source: value.source, shape, head }
    });
    ends.collect()
}

fn report(port: &Port, scope: &Scope, diagnostics: &mut Diagnostics) {
    let name = port.name.to_string();
    let known = scope.names();
    let error = diagnostics.error(port.name.span(), format!("there is no layer called `{name}`"));
    match similar::nearest(&name, known.iter().copied()) {
        Some(meant) => error.help(format!("did you mean `{meant}`?")),
        None => error
            .expected("the name of a layer for each of several outputs")
            .help(format!("name the layer in question: `{name}: dense(10)`")),
    };
}

fn check_shape(port: &Port, yielded: &Shape, diagnostics: &mut Diagnostics) {
    let (name, declared) = (&port.name, &port.shape.value);
    if !declared.has_unknown() && !yielded.agrees(declared) {
        diagnostics
            .error(port.shape.span, format!("`{name}` does not yield this output"))
            .found(format!("{yielded} from `{name}`"))
            .expected(format!("{declared}, as declared"))
            .help(format!("write `{name}: {yielded}`"))
            .with_table();
    }
}

/// Every input is read, or is an output itself.
pub(super) fn check_read(model: &Model, diagnostics: &mut Diagnostics) {
    for (index, port) in model.ports.iter().enumerate() {
        let source = Source::Port(index);
        if !is_read(model, source) {
            let name = &port.name;
            diagnostics
                .error(port.span, format!("nothing reads the input `{name}`"))
                .help(format!("combine it with a value, such as by `concat({name})`, or remove it"))
                .with_table();
        }
    }
}

fn is_read(model: &Model, source: Source) -> bool {
    let is_output = model.ends.iter().any(|end| end.source == source);
    is_output || model.nodes.iter().any(|node| node.inputs.contains(&source))
}

#[cfg(test)]
mod tests {
    use crate::layer::{
        Head,
        testing::{mistake, model},
    };

    #[test]
    fn an_input_that_is_an_output_is_read() {
        let model = model("(a: [2], b: [3]) -> (b: [3], c: [1]) { c: dense(1) }");
        assert_eq!(model.ends.len(), 2);
        let mistake = mistake("(a: [2], b: [3]) -> (a: [2], c: [1]) { c: dense(1) }");
        assert!(mistake.starts_with("nothing reads the input `b`"), "{mistake}");
    }

    #[test]
    fn losses_do_not_see_what_another_layer_reads() {
        let model = model("[3] -> (p: [3], q: [3]) { p: softmax, q: tanh }");
        assert_eq!(model.ends[0].head, (Head::Hidden(&Head::Softmax), None));
    }
}

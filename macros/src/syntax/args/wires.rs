//! Reading the names of earlier values, and layers in braces where there are none.

use proc_macro2::Ident;

use super::Args;
use crate::syntax::Value;

const EXPECTED: &str = "the name of an earlier layer";

impl Args<'_> {
    /// The names of earlier values, at least one.
    pub(crate) fn wires(&mut self) -> Option<Vec<Ident>> {
        let given = self.given.iter_mut().filter(|given| given.key == "wires");
        let values: Vec<Value> = given
            .map(|given| {
                given.read = true;
                given.value.clone()
            })
            .collect();
        if values.is_empty() {
            self.missing("wires", EXPECTED, "stem");
            return None;
        }
        let names: Vec<_> = values.iter().map(|value| self.wire(value)).collect();
        names.into_iter().collect()
    }

    fn wire(&mut self, value: &Value) -> Option<Ident> {
        match value {
            Value::Word(name, args) if args.is_empty() => Some(name.clone()),
            value => {
                self.wrong("wires", value, EXPECTED, "stem");
                None
            }
        }
    }

    /// The argument `key` is layers in braces, which the parser keeps apart: any value is wrong.
    pub(crate) fn no_value(&mut self, key: &str, example: &str) {
        if let Some(value) = self.take(key).filter(|value| !self.is_reported(value)) {
            let message = format!("`{key}` of `{}` is layers in braces", self.kind.keyword);
            self.error(value.span(), message)
                .found(&value)
                .help(format!("write `{key} = {{ {example} }}`"));
        }
    }
}

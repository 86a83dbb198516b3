//! What is wrong with a network as a layer, said while the program compiles.

use crate::network::{Head, Network, Outputs};

/// A text that is put together in a constant; what is beyond its room is left out.
struct Message {
    bytes: [u8; 320],
    len: usize,
}

impl Message {
    const fn new() -> Self {
        Self { bytes: [0; 320], len: 0 }
    }

    const fn text(mut self, text: &str) -> Self {
        let (text, mut at) = (text.as_bytes(), 0);
        while at < text.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = text[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    const fn number(self, number: usize) -> Self {
        let before = if number >= 10 { self.number(number / 10) } else { self };
        let digit = [b'0' + (number % 10) as u8];
        match core::str::from_utf8(&digit) {
            Ok(digit) => before.text(digit),
            Err(_) => before,
        }
    }

    const fn shape(self, shape: &[usize]) -> Self {
        let (mut message, mut at) = (self.text("["), 0);
        while at < shape.len() {
            message = if at > 0 { message.text(", ") } else { message };
            message = message.number(shape[at]);
            at += 1;
        }
        message.text("]")
    }

    const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "this network does not fit here",
        }
    }
}

const fn same(a: &[usize], b: &[usize]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Whether the declaration of the network has mistakes, which are reported there.
const fn is_wrong<N: Network>() -> bool {
    N::ARCHITECTURE.is_empty()
}

/// The constant of this name has the value that is stated.
///
/// # Panics
///
/// If it does not.
#[track_caller]
pub const fn is(constant: &str, value: usize, stated: usize) {
    if value != stated {
        let message = Message::new().text("`").text(constant).text("` is ").number(value);
        let message = message.text(", not ").number(stated).text(": write `").text(constant);
        panic!("{}", message.text(" -> ").number(value).text("`").as_str());
    }
}

/// The network `N`, called `name`, takes values of the shape `given`.
///
/// # Panics
///
/// If it does not.
#[track_caller]
pub const fn takes<N: Network>(name: &str, given: &[usize]) {
    if is_wrong::<N>() {
        return;
    }
    if N::INPUTS.len() != 1 || N::OUTPUTS.len() != 1 {
        let message = Message::new().text("`").text(name);
        let message = message.text("` has several inputs or outputs; a layer has one of each");
        panic!("{}", message.as_str());
    }
    if !same(N::INPUT_SHAPE, given) {
        let message = Message::new().text("`").text(name).text("` takes ").shape(N::INPUT_SHAPE);
        let message = message.text(", and the value before it is ").shape(given);
        panic!("{}", message.as_str());
    }
}

/// The network `N`, called `name`, yields values of the shape `stated`.
///
/// # Panics
///
/// If it does not.
#[track_caller]
pub const fn yields<N: Network>(name: &str, stated: &[usize]) {
    if !is_wrong::<N>() && N::OUTPUTS.len() == 1 && !same(N::OUTPUT_SHAPE, stated) {
        let message = Message::new().text("`").text(name).text("` yields ").shape(N::OUTPUT_SHAPE);
        let message = message.text(", not ").shape(stated);
        let message = message.text(": write `").text(name).text(" -> ").shape(N::OUTPUT_SHAPE);
        panic!("{}", message.text("`").as_str());
    }
}

/// The network `N`, called `name`, is the last layer of another: its own last one must not be one
/// that losses ask for, since they would not see it there.
///
/// # Panics
///
/// If it is.
#[track_caller]
pub const fn logits<N: Network>(name: &str) {
    let head = <<N as Outputs>::Head as Head>::NAME.as_bytes();
    if !is_wrong::<N>() && !matches!(head, b"plain") {
        let message = Message::new().text("`").text(name).text("` ends in `");
        let message = message.text(<<N as Outputs>::Head as Head>::NAME);
        let message = message.text("`, which losses do not see where `").text(name);
        let message =
            message.text("` is the last layer: end it before that and write the word here");
        panic!("{}", message.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, same};

    #[test]
    fn messages_have_texts_numbers_and_shapes() {
        let message = Message::new().text("a ").number(0).text(", ").number(1024).text(", ");
        assert_eq!(message.shape(&[7, 10, 640]).as_str(), "a 0, 1024, [7, 10, 640]");
        assert_eq!(Message::new().shape(&[]).as_str(), "[]");
    }

    #[test]
    fn long_messages_are_cut() {
        let long = "0123456789".repeat(100);
        assert_eq!(Message::new().text(&long).as_str(), &long[..320]);
    }

    #[test]
    fn shapes_are_the_same_in_rank_and_sizes() {
        assert!(same(&[], &[]) && same(&[3, 4], &[3, 4]));
        assert!(!same(&[3], &[3, 4]) && !same(&[3, 4], &[3]) && !same(&[3, 4], &[3, 5]));
    }
}

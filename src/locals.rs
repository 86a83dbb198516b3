//! The names of locals in expansions, which these functions shield: a constant, a static or a unit struct of
//! the same name, seen where a network is declared, would be what a pattern means by it, and a function
//! is not. Written from expansions by a test of the compiler. Names with `_`, most of them made of the user's
//! own, are not among them.

pub fn all() {}
pub fn at() {}
pub fn context() {}
pub fn cpu() {}
pub fn d() {}
pub fn dy() {}
pub fn entry() {}
pub fn error() {}
pub fn f() {}
pub fn fixed() {}
pub fn flat() {}
pub fn gradient() {}
pub fn gradients() {}
pub fn index() {}
pub fn input() {}
pub fn inputs() {}
pub fn kept() {}
pub fn left() {}
pub fn metric() {}
pub fn net() {}
pub fn output() {}
pub fn outputs() {}
pub fn own() {}
pub fn parameters() {}
pub fn part() {}
pub fn right() {}
pub fn row() {}
pub fn rows() {}
pub fn sample() {}
pub fn scratch() {}
pub fn see() {}
pub fn seed() {}
pub fn share() {}
pub fn state() {}
pub fn sum() {}
pub fn tape() {}
pub fn target() {}
pub fn targets() {}
pub fn time() {}
pub fn trained() {}
pub fn turn() {}
pub fn visitor() {}
pub fn watch() {}
pub fn weights() {}
pub fn x() {}

//! What the tests share: fixtures, comparison, a counting allocator, networks step by step.

pub mod alloc;
pub mod fixture;
pub mod steps;

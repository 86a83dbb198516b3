//! What the tests share: fixtures, comparison, a counting allocator.

pub mod alloc;
pub mod fixture;

//! Whatever stands in `network! { .. }`, the compiler says something and never panics.

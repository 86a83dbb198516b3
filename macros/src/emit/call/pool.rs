//! Pooling.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Site, dim};
use crate::plan::{Buf, Pool};

pub(super) fn call(verb: &Pool, at: &Site<'_>) -> TokenStream {
    let of = |buf: &Buf| at.of(*buf);
    let (name, arguments) = match verb {
        Pool::MaxPool2d { y, index, x, channels, window } => {
            let (y, x, channels, window) = (of(y), of(x), dim(channels), super::window(window));
            match index {
                Some(index) => {
                    let index = of(index);
                    ("max_pool2d_indexed", quote!(#y, #index, #x, rows, #channels, #window))
                }
                None => ("max_pool2d", quote!(#y, #x, rows, #channels, #window)),
            }
        }
        Pool::MaxPool2dGrad { dx, dy, index, channels, window } => {
            let (dx, dy, index) = (of(dx), of(dy), of(index));
            let (channels, window) = (dim(channels), super::window(window));
            ("max_pool2d_grad", quote!(#dx, #dy, #index, rows, #channels, #window))
        }
        Pool::MaxPool2dGradByValue { dx, dy, y, x, channels, window } => {
            let (dx, dy, y, x) = (of(dx), of(dy), of(y), of(x));
            let (channels, window) = (dim(channels), super::window(window));
            ("max_pool2d_grad_by_value", quote!(#dx, #dy, #y, #x, rows, #channels, #window))
        }
        Pool::AvgPool2d { y, x, channels, window } => {
            let (y, x, channels, window) = (of(y), of(x), dim(channels), super::window(window));
            ("avg_pool2d", quote!(#y, #x, rows, #channels, #window))
        }
        Pool::AvgPool2dGrad { dx, dy, channels, window } => {
            let (dx, dy, channels, window) = (of(dx), of(dy), dim(channels), super::window(window));
            ("avg_pool2d_grad", quote!(#dx, #dy, rows, #channels, #window))
        }
    };
    at.verb(name, arguments)
}

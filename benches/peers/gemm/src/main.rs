//! The `gemm` crate: products of matrices alone.

#[path = "../../contestant.rs"]
mod contestant;

use contestant::{Job, Products, serve};
use gemm::Parallelism;

fn main() {
    let job = Job::from_args().expect("arguments WORK SIZES THREADS MODELS");
    let mut products = Products::new(&job.network);
    let mut round = products.clone();
    let check = || {
        multiply(&mut products);
        products.check()
    };
    serve("gemm 0.19, threads 1", check, |seconds| round.time(seconds, multiply));
}

/// `y = x · w`, `dx = dy · wᵀ`, `dw = xᵀ · dy`.
fn multiply(products: &mut Products) {
    let Products { sizes: [rows, k, n], x, w, dy, y, dx, dw } = products;
    product(y, x, w, [*rows, *n, *k], [*k, 1], [*n, 1]);
    product(dx, dy, w, [*rows, *k, *n], [*n, 1], [1, *n]);
    product(dw, x, dy, [*k, *n, *rows], [1, *k], [*n, 1]);
}

/// `c[m, n] = a[m, k] · b[k, n]`, row by row, with the distances of the rows and columns of `a` and `b`.
fn product(
    c: &mut [f32],
    a: &[f32],
    b: &[f32],
    [m, n, k]: [usize; 3],
    of_a: [usize; 2],
    of_b: [usize; 2],
) {
    let last = |sizes: [usize; 2], strides: [usize; 2]| {
        (sizes[0] - 1) * strides[0] + (sizes[1] - 1) * strides[1]
    };
    assert!(m * n <= c.len() && last([m, k], of_a) < a.len() && last([k, n], of_b) < b.len());
    let [[ar, ac], [br, bc]] = [of_a, of_b].map(|of| of.map(usize::cast_signed));
    // SAFETY: `c` is borrowed mutably and holds m rows of n, one after the other; the last elements of
    // both factors lie within their slices.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            1,
            n.cast_signed(),
            false,
            a.as_ptr(),
            ac,
            ar,
            b.as_ptr(),
            bc,
            br,
            0.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

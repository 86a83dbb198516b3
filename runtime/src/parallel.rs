//! Sharing the work of one kernel among threads.
//!
//! Work is split by position, never by what a thread happens to finish, and every output is written
//! by one thread: so results do not depend on the number of threads.

use crate::simd::Cpu;

/// Calls `f` on the chunks of `len` of four slices that run in step; `m` and `v` may be empty.
pub(crate) fn for_each_chunk<T: Send + Sync>(
    cpu: Cpu,
    len: usize,
    w: &mut [T],
    m: &mut [T],
    v: &mut [T],
    g: &[T],
    f: impl Fn(&mut [T], &mut [T], &mut [T], &[T]) + Sync + Copy,
) {
    if w.len() <= len {
        return f(w, m, v, g);
    }
    let half = (w.len() / 2).next_multiple_of(len);
    let (w, w2) = w.split_at_mut(half);
    let (m, m2) = m.split_at_mut(half.min(m.len()));
    let (v, v2) = v.split_at_mut(half.min(v.len()));
    let (g, g2) = g.split_at(half);
    join(
        cpu,
        || for_each_chunk(cpu, len, w, m, v, g, f),
        || for_each_chunk(cpu, len, w2, m2, v2, g2, f),
    );
}

/// Both, at the same time where the call has several threads.
#[inline]
pub(crate) fn join<A: Send, B: Send>(
    cpu: Cpu,
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    #[cfg(feature = "parallel")]
    if cpu.threads() > 1 {
        return rayon::join(a, b);
    }
    let _ = cpu;
    (a(), b())
}

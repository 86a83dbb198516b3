//! Values put elsewhere as they are, or looked up.

use crate::{
    interp::{combine, memory::Memory, moves},
    plan::{Arrange, Buf},
};

pub(super) fn run(memory: &mut Memory<'_>, verb: &Arrange) {
    let read = |buf: &Buf| memory.read(*buf);
    match verb {
        Arrange::Copy { y, x } => memory.write(*y, read(x)),
        Arrange::Zero { y } => {
            let len = memory.len(*y);
            memory.write(*y, vec![0.0; len]);
        }
        Arrange::Gather { y, x, view } => {
            let (x, places) = (read(x), moves::places(memory, view));
            memory.write(*y, places.into_iter().map(|place| x[place]).collect());
        }
        Arrange::Scatter { y, x, view } => {
            let mut sums = vec![0.0; memory.len(*y)];
            let places = moves::places(memory, view);
            places.into_iter().zip(read(x)).for_each(|(place, x)| sums[place] += x);
            memory.write(*y, sums);
        }
        Arrange::Upsample { y, x, sizes } => {
            let mut sums = vec![0.0; memory.len(*y)];
            let x = read(x);
            moves::for_each_corner(memory, sizes, |yi, xi, weight| sums[yi] += weight * x[xi]);
            memory.write(*y, sums);
        }
        Arrange::UpsampleGrad { dx, dy, sizes } => {
            let mut sums = vec![0.0; memory.len(*dx)];
            let dy = read(dy);
            moves::for_each_corner(memory, sizes, |yi, xi, weight| sums[xi] += weight * dy[yi]);
            memory.write(*dx, sums);
        }
        Arrange::Embed { y, x, table, width } => {
            let (table, width) = (read(table), memory.eval(width));
            let named = |x| moves::row(x, table.len() / width) * width;
            let rows = read(x).into_iter().map(named);
            memory.write(*y, rows.flat_map(|at| table[at..at + width].to_vec()).collect());
        }
        Arrange::EmbedGrad { dtable, dy, x, width } => {
            let (mut sums, width) = (vec![0.0; memory.len(*dtable)], memory.eval(width));
            let vocabulary = sums.len() / width;
            for (x, dy) in read(x).into_iter().zip(read(dy).chunks(width)) {
                let start = moves::row(x, vocabulary) * width;
                sums[start..].iter_mut().zip(dy).for_each(|(sum, dy)| *sum += dy);
            }
            memory.write(*dtable, sums);
        }
        Arrange::Concat { y, parts } => {
            let parts: Vec<_> = parts.iter().map(|(x, n)| (read(x), memory.eval(n))).collect();
            memory.write(*y, combine::concat(&parts));
        }
        Arrange::Split { y, x, width, start, n } => {
            let [width, start, n] = [width, start, n].map(|dim| memory.eval(dim));
            let rows = read(x);
            let rows = rows.chunks(width).flat_map(|row| row[start..start + n].to_vec());
            let values = rows.collect();
            memory.write(*y, values);
        }
    }
}

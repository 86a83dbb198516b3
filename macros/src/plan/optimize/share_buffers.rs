//! Buffers that do not live at the same time share memory: the largest is placed first, each in the
//! smallest gap it fits (Pisarchyk and Lee 2020, "greedy by size"). Symbolic sizes never share.

use super::{Unit, each_program};
use crate::{
    plan::{
        Buffer, Plan, Space,
        liveness::{Life, lives},
        lower::ALIGN,
    },
    shape::Dim,
};

/// Index bytes start on a cache line, as scalars do.
const INDEX_ALIGN: usize = 64;

pub(super) fn share_buffers(plan: Plan) -> Plan {
    each_program(plan, |unit| {
        for buffer in &mut unit.program.buffers {
            buffer.offset = buffer.offset.take().filter(|_| buffer.space == Space::Kept);
        }
        let spaces = [(Space::Row, ALIGN), (Space::Fixed, ALIGN), (Space::Index, INDEX_ALIGN)];
        unit.program.sizes = Some(spaces.map(|(space, align)| share(unit, &space, align)));
    })
}

/// A buffer of literal size.
struct Block {
    buffer: usize,
    len: usize,
    life: Life,
}

struct Placed {
    start: usize,
    end: usize,
    life: Life,
}

/// Lays out the buffers of one space; yields the size of its arena.
fn share(unit: &mut Unit<'_>, space: &Space, align: usize) -> Dim {
    let (blocks, symbolic) = sort(unit, space, align);
    let buffers = &mut unit.program.buffers;
    let mut end = Dim::from(place(buffers, &blocks));
    for buffer in symbolic {
        buffers[buffer].offset = Some(end.clone());
        end = Dim::sum([end, buffers[buffer].shape.len()]);
    }
    end
}

/// The live buffers of a space: blocks by falling size, and those of symbolic size.
fn sort(unit: &Unit<'_>, space: &Space, align: usize) -> (Vec<Block>, Vec<usize>) {
    let lives = lives(unit.program, &unit.caller());
    let (mut blocks, mut symbolic) = (Vec::new(), Vec::new());
    for (buffer, life) in lives.into_iter().enumerate() {
        let Buffer { space: of, shape, .. } = &unit.program.buffers[buffer];
        match (life, shape.len().round_up(align).literal()) {
            (Some(life), Some(len)) if of == space => blocks.push(Block { buffer, len, life }),
            (Some(_), None) if of == space => symbolic.push(buffer),
            _ => {}
        }
    }
    blocks.sort_by_key(|block| (usize::MAX - block.len, block.life.first));
    (blocks, symbolic)
}

/// Gives every block its offset; yields where the last one ends.
fn place(buffers: &mut [Buffer], blocks: &[Block]) -> usize {
    let mut placed: Vec<Placed> = Vec::new();
    for block in blocks {
        let start = best_gap(&placed, block);
        buffers[block.buffer].offset = Some(Dim::from(start));
        placed.push(Placed { start, end: start + block.len, life: block.life });
    }
    placed.iter().map(|other| other.end).max().unwrap_or(0)
}

/// The start of the smallest gap between blocks alive at the same time, or the end of them all.
fn best_gap(placed: &[Placed], block: &Block) -> usize {
    let mut rivals: Vec<&Placed> =
        placed.iter().filter(|other| other.life.overlaps(block.life)).collect();
    rivals.sort_by_key(|other| other.start);
    let (mut end, mut best) = (0, None);
    for rival in rivals {
        let gap = rival.start.saturating_sub(end);
        if gap >= block.len && best.is_none_or(|(smallest, _)| gap < smallest) {
            best = Some((gap, end));
        }
        end = end.max(rival.end);
    }
    best.map_or(end, |(_, start)| start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{
        sample::{plan, plan_of_symbol},
        verify::verify,
    };

    fn sizes(plan: &Plan) -> [String; 2] {
        [&plan.inference, &plan.training.program].map(|program| {
            let [rows, fixed, index] = program.sizes.as_ref().expect("memory is laid out");
            format!("{rows}, {fixed}, {index}")
        })
    }

    #[test]
    fn values_that_do_not_meet_share_memory() {
        let network = "[4] -> [16] { dense(32), dense(16), dense(32), dense(16) }";
        let plan = share_buffers(plan(network));
        assert_eq!(verify(&plan), Ok(()));
        assert_eq!(sizes(&plan)[0], "48, 0, 0");
        let offsets: Vec<String> = plan
            .inference
            .buffers
            .iter()
            .filter_map(|b| Some(b.offset.as_ref()?.to_string()))
            .collect();
        assert_eq!(offsets, ["0", "32", "0", "32"]);
    }

    #[test]
    fn everything_starts_on_a_cache_line() {
        let network = "[5, 5, 1] -> [1, 1, 3] {
            conv2d(3, kernel = 3), batch_norm, max_pool2d(3, stride = 1)
        }";
        let plan = share_buffers(plan(network));
        assert_eq!(verify(&plan), Ok(()));
        assert_eq!(sizes(&plan)[1], "112, 224, 64");
    }

    #[test]
    fn symbolic_sizes_follow_the_literal_ones_and_share_nothing() {
        let network = "[1] -> [3] { tanh, silu, softsign, dense(3) }";
        let plan = share_buffers(plan_of_symbol(network));
        assert_eq!(verify(&plan), Ok(()));
        assert_eq!(sizes(&plan)[0], "16 + N + N + N, 0, 0");
    }

    #[test]
    fn a_buffer_takes_the_smallest_gap_it_fits() {
        let block = |buffer, len, first, last| Block { buffer, len, life: Life { first, last } };
        let at = |start, end, first, last| Placed { start, end, life: Life { first, last } };
        let placed = [at(0, 16, 0, 9), at(64, 80, 0, 9), at(96, 112, 0, 9), at(16, 64, 0, 2)];
        assert_eq!(best_gap(&placed, &block(0, 16, 3, 4)), 80);
        assert_eq!(best_gap(&placed, &block(0, 32, 3, 4)), 16);
        assert_eq!(best_gap(&placed, &block(0, 64, 3, 4)), 112);
        assert_eq!(best_gap(&placed, &block(0, 32, 2, 4)), 112);
        assert_eq!(best_gap(&placed, &block(0, 80, 10, 11)), 0);
    }
}

//! Memory, once it is laid out: every live buffer lies inside its arena, apart from all others that
//! are alive at the same time.

use std::{collections::BTreeSet, ops::Range};

use super::ensure;
use crate::{
    plan::{
        Buffer, Program, Space,
        liveness::{Caller, Life, lives},
        lower::ALIGN,
    },
    shape::{Bindings, Dim},
};

/// Symbolic places are compared with every symbol standing for each of these.
const STAND_INS: [usize; 3] = [1, 7, 100];

pub(super) fn verify(program: &Program, caller: &Caller) -> Result<(), String> {
    let Some(sizes) = &program.sizes else {
        let placed = |buffer: &&Buffer| buffer.offset.is_some() && buffer.space != Space::Kept;
        let placed = program.buffers.iter().find(placed);
        return placed.map_or(Ok(()), |b| Err(format!("{} is placed without an arena", b.name)));
    };
    let symbols = symbols(program);
    for value in STAND_INS {
        let bindings = symbols.iter().map(|symbol| (symbol.clone(), value)).collect();
        for (space, size) in [Space::Row, Space::Fixed, Space::Index].iter().zip(sizes) {
            let places = places(program, caller, space, &bindings)?;
            apart(&places, size.eval(&bindings))?;
        }
    }
    Ok(())
}

/// What is kept until the next time step is always alive.
pub(super) fn verify_kept(program: &Program) -> Result<(), String> {
    let symbols = symbols(program);
    let life = Life { first: 0, last: program.steps.len() };
    let kept = || program.buffers.iter().filter(|buffer| buffer.space == Space::Kept);
    STAND_INS.iter().try_for_each(|value| {
        let bindings = symbols.iter().map(|symbol| (symbol.clone(), *value)).collect();
        let places: Result<Vec<_>, _> = kept().map(|b| place(b, life, &bindings)).collect();
        apart(&places?, program.kept.eval(&bindings))
    })
}

struct Place<'a> {
    name: &'a str,
    range: Range<usize>,
    life: Life,
}

/// Where the live buffers of a space lie.
fn places<'a>(
    program: &'a Program,
    caller: &Caller,
    space: &Space,
    bindings: &Bindings,
) -> Result<Vec<Place<'a>>, String> {
    let lives = lives(program, caller).into_iter();
    let live = program.buffers.iter().zip(lives).filter(|(buffer, _)| buffer.space == *space);
    live.filter_map(|(buffer, life)| life.map(|life| place(buffer, life, bindings))).collect()
}

fn place<'a>(buffer: &'a Buffer, life: Life, bindings: &Bindings) -> Result<Place<'a>, String> {
    let Buffer { name, offset, shape, .. } = buffer;
    let offset = offset.as_ref().ok_or_else(|| format!("{name} has no place"))?;
    ensure(offset.literal().is_none_or(|offset| offset % ALIGN == 0), || {
        format!("{name} starts at {offset}, within a cache line")
    })?;
    let start = offset.eval(bindings);
    Ok(Place { name, range: start..start + shape.len().eval(bindings), life })
}

fn apart(places: &[Place<'_>], size: usize) -> Result<(), String> {
    for (index, a) in places.iter().enumerate() {
        ensure(a.range.end <= size, || format!("{} leaves its arena of {size}", a.name))?;
        for b in &places[..index] {
            let shared = a.range.start < b.range.end && b.range.start < a.range.end;
            ensure(!shared || !a.life.overlaps(b.life), || {
                format!("{} and {} overlap", a.name, b.name)
            })?;
        }
    }
    Ok(())
}

fn symbols(program: &Program) -> BTreeSet<String> {
    let mut symbols = BTreeSet::new();
    for dim in program.buffers.iter().flat_map(|buffer| buffer.shape.dims()) {
        collect(dim, &mut symbols);
    }
    symbols
}

fn collect(dim: &Dim, symbols: &mut BTreeSet<String>) {
    match dim {
        Dim::Symbol(name) => drop(symbols.insert(name.clone())),
        Dim::Sum(parts) | Dim::Product(parts) => {
            parts.iter().for_each(|part| collect(part, symbols));
        }
        Dim::Literal(_) | Dim::Unknown => {}
    }
}

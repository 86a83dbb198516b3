//! The loops of `repeat`: the steps of one turn, over its share of the workspaces.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    dim,
    emitter::{Access, Emitter},
    operands::Operands,
    usize_literal,
};
use crate::plan::{Buf, Nested, Program, Stepping, Turns, Verb};

/// What a step names in its own arenas, and which of that are workspaces. The parameters of turns
/// are named by their own steps.
pub(super) fn named(verb: &Verb) -> (Vec<Buf>, Vec<Buf>, Vec<Buf>) {
    let room = |rows: &Buf, fixed: &Option<Buf>, index: &Option<Buf>| -> Vec<Buf> {
        [Some(*rows), *fixed, *index].into_iter().flatten().collect()
    };
    match verb {
        Verb::Nested(Nested::Repeat { y, x, rows, fixed, index, kept, .. }) => {
            let room = room(rows, fixed, index);
            let writes = [*y].into_iter().chain(room.clone()).chain(*kept).collect();
            (writes, vec![*x], room)
        }
        Verb::Nested(Nested::RepeatGrad { dx, dy, x, rows, fixed, index, .. }) => {
            let room = room(rows, fixed, index);
            ([&[*dx], &room[..]].concat(), vec![*dy, *x], room)
        }
        // Those of a network that runs as in inference are found by their place.
        Verb::Nested(Nested::Network { y, x, .. })
        | Verb::Nested(Nested::NetworkStep { y, x, .. }) => (vec![*y], vec![*x], Vec::new()),
        verb => (verb.writes(), verb.reads(), Vec::new()),
    }
}

/// The loop of a `repeat`, if the verb is one.
pub(super) fn turns(
    emitter: &Emitter<'_>,
    verb: &Verb,
    operands: &Operands,
) -> Option<TokenStream> {
    match verb {
        Verb::Nested(Nested::Repeat { y, x, rows, fixed, index, kept, turns, .. }) => {
            let room = [Some(*rows), *fixed, *index, *kept];
            Some(forward(emitter, operands, turns, [*y, *x], room))
        }
        Verb::Nested(Nested::RepeatGrad { dx, dy, x, rows, fixed, index, turns, .. }) => {
            let room = [Some(*rows), *fixed, *index, None];
            Some(backward(emitter, operands, turns, [*dx, *dy, *x], room))
        }
        _ => None,
    }
}

fn forward(
    emitter: &Emitter<'_>,
    operands: &Operands,
    turns: &Turns,
    [y, x]: [Buf; 2],
    room: [Option<Buf>; 4],
) -> TokenStream {
    let (plan, times) = (&turns.plan, turns.times);
    let (program, output, steps, slots) = match emitter.access {
        Access::Inference => {
            (&plan.inference, plan.output, &plan.inference.steps[..], times.min(2))
        }
        Access::Step => {
            let Stepping { program, output, .. } = plan.step_program();
            (program, *output, &program.steps[..], times.min(2))
        }
        Access::Forward | Access::Backward => {
            let training = &plan.training;
            let steps = &training.program.steps[..training.forward];
            (&training.program, training.output, steps, times)
        }
    };
    let within = emitter.within(plan, program);
    let (steps, output) = (within.steps(steps), within.span(output));
    let Shares { bind, size, rows } = shares(operands, program, room);
    let (y, x, scalar) = (operands.of(y), operands.of(x), &emitter.scalar);
    let (turn, times) = (number(emitter, times), usize_literal(times));
    let slots = usize_literal(slots);
    quote! {
        let x: &[#scalar] = &*#x;
        for own in 0..#times {
            let at = own % #slots;
            #bind
            let input: &[#scalar] =
                if own == 0 { x } else { &__k::turn_before(left, right, #size)[#output] };
            let turn = #turn;
            #(#steps)*
        }
        let at = (#times - 1) % #slots;
        #y.copy_from_slice(&__k::turn(#rows, #size, at).0[#output]);
    }
}

fn backward(
    emitter: &Emitter<'_>,
    operands: &Operands,
    turns: &Turns,
    [dx, dy, x]: [Buf; 3],
    room: [Option<Buf>; 4],
) -> TokenStream {
    let (training, times) = (&turns.plan.training, turns.times);
    let within = emitter.within(&turns.plan, &training.program);
    let steps = within.steps(&training.program.steps[training.forward..]);
    let d_input = training.d_input.expect("a turn has the gradient of its input");
    let [output, d_output, d_input] =
        [training.output, training.d_output, d_input].map(|buf| within.span(buf));
    let Shares { bind, size, rows } = shares(operands, &training.program, room);
    let [dx, dy, x] = [dx, dy, x].map(|buf| operands.of(buf));
    let scalar = &emitter.scalar;
    let (turn, times) = (number(emitter, times), usize_literal(times));
    quote! {
        let (x, dy): (&[#scalar], &[#scalar]) = (&*#x, &*#dy);
        for own in (0..#times).rev() {
            let at = own;
            #bind
            let input: &[#scalar] =
                if own == 0 { x } else { &__k::turn_before(left, right, #size)[#output] };
            let dy = if own + 1 == #times { dy } else { &right[..#size][#d_input] };
            row[#d_output].copy_from_slice(dy);
            let turn = #turn;
            #(#steps)*
        }
        #dx.copy_from_slice(&__k::turn(#rows, #size, 0).0[#d_input]);
    }
}

/// The number of a turn among those of all `repeat` around it.
fn number(emitter: &Emitter<'_>, times: usize) -> TokenStream {
    let times = usize_literal(times);
    if emitter.in_turn { quote!(turn * #times + own) } else { quote!(own) }
}

/// How a turn takes its share of the workspaces.
struct Shares {
    /// Binds `row`, `fixed` and `index`, and the rows of other turns `left` and `right` of its own.
    bind: TokenStream,
    /// The scalars of one turn's rows.
    size: TokenStream,
    rows: TokenStream,
}

fn shares(operands: &Operands, program: &Program, room: [Option<Buf>; 4]) -> Shares {
    let sizes = program.sizes.as_ref().expect("memory is shared out before emission");
    let [row, fixed, index] = sizes.each_ref().map(dim);
    let sizes = [quote!(#row * __B), fixed, quote!(#index * __B), dim(&program.kept)];
    let names =
        [quote!((row, left, right)), quote!((fixed, ..)), quote!((index, ..)), quote!((kept, ..))];
    // Workspaces are shared by two turns, what is kept is every turn's own.
    let places = [quote!(at), quote!(at), quote!(at), quote!(own)];
    let parts = room.iter().zip(&sizes).zip(names.iter().zip(places));
    let parts = parts.filter_map(|((buf, size), (name, at))| {
        let buf = operands.of((*buf)?);
        Some(quote!(let #name = __k::turn(#buf, #size, #at);))
    });
    let bind = quote!(#(#parts)*);
    let [size, ..] = sizes;
    let rows = room[0].map(|buf| operands.of(buf).clone()).unwrap_or_default();
    Shares { bind, size, rows }
}

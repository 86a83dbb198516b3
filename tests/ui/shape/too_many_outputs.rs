use monograd::prelude::*;

network! {
    pub Net: [4] -> (
        o0: [1], o1: [1], o2: [1], o3: [1], o4: [1], o5: [1], o6: [1], o7: [1], o8: [1], o9: [1],
        o10: [1], o11: [1], o12: [1], o13: [1], o14: [1], o15: [1], o16: [1], o17: [1], o18: [1],
        o19: [1], o20: [1], o21: [1], o22: [1], o23: [1], o24: [1], o25: [1], o26: [1], o27: [1],
        o28: [1], o29: [1], o30: [1], o31: [1], o32: [1], o33: [1], o34: [1], o35: [1], o36: [1],
        o37: [1], o38: [1], o39: [1], o40: [1], o41: [1], o42: [1], o43: [1], o44: [1], o45: [1],
        o46: [1], o47: [1], o48: [1], o49: [1], o50: [1], o51: [1], o52: [1], o53: [1], o54: [1],
        o55: [1], o56: [1], o57: [1], o58: [1], o59: [1], o60: [1], o61: [1], o62: [1], o63: [1],
        o64: [1]
    ) {
        from(input), o0: dense(1), from(input), o1: dense(1), from(input), o2: dense(1), from(input), o3:
        dense(1), from(input), o4: dense(1), from(input), o5: dense(1), from(input), o6: dense(1),
        from(input), o7: dense(1), from(input), o8: dense(1), from(input), o9: dense(1), from(input), o10:
        dense(1), from(input), o11: dense(1), from(input), o12: dense(1), from(input), o13: dense(1),
        from(input), o14: dense(1), from(input), o15: dense(1), from(input), o16: dense(1), from(input),
        o17: dense(1), from(input), o18: dense(1), from(input), o19: dense(1), from(input), o20: dense(1),
        from(input), o21: dense(1), from(input), o22: dense(1), from(input), o23: dense(1), from(input),
        o24: dense(1), from(input), o25: dense(1), from(input), o26: dense(1), from(input), o27: dense(1),
        from(input), o28: dense(1), from(input), o29: dense(1), from(input), o30: dense(1), from(input),
        o31: dense(1), from(input), o32: dense(1), from(input), o33: dense(1), from(input), o34: dense(1),
        from(input), o35: dense(1), from(input), o36: dense(1), from(input), o37: dense(1), from(input),
        o38: dense(1), from(input), o39: dense(1), from(input), o40: dense(1), from(input), o41: dense(1),
        from(input), o42: dense(1), from(input), o43: dense(1), from(input), o44: dense(1), from(input),
        o45: dense(1), from(input), o46: dense(1), from(input), o47: dense(1), from(input), o48: dense(1),
        from(input), o49: dense(1), from(input), o50: dense(1), from(input), o51: dense(1), from(input),
        o52: dense(1), from(input), o53: dense(1), from(input), o54: dense(1), from(input), o55: dense(1),
        from(input), o56: dense(1), from(input), o57: dense(1), from(input), o58: dense(1), from(input),
        o59: dense(1), from(input), o60: dense(1), from(input), o61: dense(1), from(input), o62: dense(1),
        from(input), o63: dense(1), from(input), o64: dense(1),
    }
}

fn main() {
    let _net = Net::init(1);
}

//! Where the layers of a used block come from.

use std::{fmt, rc::Rc};

/// The place of a layer in a block that is used.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) within: Rc<Use>,
    /// The number of the layer among those of the block, in reading order.
    pub(crate) place: usize,
}

/// One use of a block.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) block: String,
    /// As it is written, without its name: `bottleneck(64)`.
    pub(crate) words: String,
    /// What stands before the names of its layers: `stage1_`.
    pub(crate) prefix: String,
    /// The use that it is part of.
    pub(crate) outer: Option<Rc<Use>>,
}

impl Use {
    /// It, and the uses around it, from inside out.
    pub(crate) fn outwards(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |within| within.outer.as_deref())
    }
}

impl Origin {
    /// Whether both are the same layer of the declaration, reached by different uses.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        !Rc::ptr_eq(&self.within, &other.within)
            && (&self.within.block, self.place) == (&other.within.block, other.place)
    }

    /// Words about the layer that are the same for every use.
    pub(crate) fn without_use(&self, words: &str) -> String {
        words.replace(&self.within.prefix, "")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Use { words, prefix, .. } = self.within.as_ref();
        write!(f, "in `{words}`, the use called `{}`", prefix.trim_end_matches('_'))
    }
}

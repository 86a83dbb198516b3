//! The depth of a sweep in pieces: every piece lies side by side in the image that is read.

use super::sweep::Sweep;

/// A run of source scalars, and the rows of the panel that they are multiplied with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Piece {
    /// The row of the image, from the first row that an output pixel at the top reads.
    pub(super) row: isize,
    /// The first scalar in that row, likewise.
    pub(super) start: isize,
    /// The number of scalars.
    pub(super) depth: usize,
    /// Where its rows begin in the panel.
    pub(super) at: usize,
    /// The vertical tap, and the run's scalars before this piece: for the weights.
    pub(super) tap: usize,
    pub(super) before: usize,
}

/// Pieces of one panel at the most.
const MOST: usize = 16;

/// The pieces of one panel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pieces: [Piece; MOST],
    len: usize,
    depth: usize,
}

impl Chunk {
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces[..self.len]
    }

    /// Adds a piece, unless the panel has no room for it.
    fn push(&mut self, piece: Piece, room: usize) -> bool {
        let fits = self.len < MOST && self.depth + piece.depth <= room;
        if fits {
            self.pieces[self.len] = Piece { at: self.depth, ..piece };
            self.len += 1;
            self.depth += piece.depth;
        }
        fits
    }
}

/// The pieces of a group, a panel at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunks {
    /// The taps of a run, its scalars and how many runs there are in a row of the window.
    run: usize,
    runs: usize,
    rows: usize,
    /// From one run to the next, and the first scalar of the first.
    spacing: usize,
    first: usize,
    row_spacing: usize,
    /// The next piece.
    row: usize,
    tap: usize,
    before: usize,
}

impl Chunks {
    pub(super) fn of<T>(sweep: &Sweep<'_, T>, group: usize) -> Self {
        let [vertical, horizontal] = sweep.axes;
        let channels = sweep.from.channels / sweep.conv.groups;
        let joined = sweep.conv.groups == 1 && horizontal.spacing == 1;
        let taps = if joined { horizontal.taps } else { 1 };
        Self {
            run: taps * channels,
            runs: if joined { horizontal.taps.min(1) } else { horizontal.taps },
            rows: vertical.taps,
            spacing: horizontal.spacing * sweep.from.channels,
            first: group * channels,
            row_spacing: vertical.spacing,
            row: 0,
            tap: 0,
            before: 0,
        }
    }

    fn piece(&self, room: usize) -> Option<Piece> {
        (self.row < self.rows && self.tap < self.runs).then(|| Piece {
            row: (self.row * self.row_spacing) as isize,
            start: (self.first + self.tap * self.spacing + self.before) as isize,
            depth: (self.run - self.before).min(room),
            at: 0,
            tap: self.row,
            before: self.tap * self.run + self.before,
        })
    }

    fn advance(&mut self, depth: usize) {
        self.before += depth;
        if self.before == self.run {
            (self.before, self.tap) = (0, self.tap + 1);
        }
        if self.tap == self.runs {
            (self.tap, self.row) = (0, self.row + 1);
        }
    }

    /// Whether every piece was given out.
    pub(super) fn done(&self) -> bool {
        self.piece(1).is_none()
    }

    /// The pieces of the next panel of `room` steps.
    pub(super) fn next_chunk(&mut self, room: usize) -> Chunk {
        let mut chunk = Chunk { pieces: [Piece::default(); MOST], len: 0, depth: 0 };
        while let Some(piece) = self.piece(room) {
            if !chunk.push(piece, room) {
                break;
            }
            self.advance(piece.depth);
        }
        chunk
    }
}

//! How fresh parameters are filled.

/// An initialiser; `fan_in` and `fan_out` are those of the parameter it fills.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// All zeros.
    Zeros,
    /// All ones.
    Ones,
    /// One value everywhere.
    Constant(f64),
    /// `U(-a, a)`, `a = √(6 / (fan_in + fan_out))` (Glorot 2010).
    GlorotUniform,
    /// `N(0, 2 / (fan_in + fan_out))` (Glorot 2010).
    GlorotNormal,
    /// `U(-a, a)`, `a = √(6 / fan_in)` (He 2015).
    HeUniform,
    /// `N(0, 2 / fan_in)` (He 2015).
    HeNormal,
    /// `U(-a, a)`, `a = √(3 / fan_in)` (LeCun 1998).
    LecunUniform,
    /// `N(0, 1 / fan_in)` (LeCun 1998).
    LecunNormal,
    /// Orthonormal rows or columns of the matrix `[len / last, last]` (Saxe 2013).
    Orthogonal,
}

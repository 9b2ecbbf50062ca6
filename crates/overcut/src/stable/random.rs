//! Numbers that look random, from a seed.

/// Splitmix64 (Steele, Lea & Flood 2014): a few numbers from a seed, the same everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below a limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "below the limit")]
        let below = ((u128::from(self.next()) * limit as u128) >> 64) as usize;
        below
    }

    /// Sixty-four bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number of a standard normal distribution (Box & Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let mut uniform = || (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let (radius, turn) = (uniform(), uniform());
        (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
    }
}

//! Chance from a seed: the same seed draws the same numbers, whoever asks and when.

/// `SplitMix64`.
#[derive(Clone, Debug)]
pub struct Random(u64);

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Random {
    /// The numbers of the `number`th thing under that seed; each thing has a row of its own.
    pub fn of(seed: u64, number: u64) -> Self {
        let mut row = Self(seed);
        Self(row.number() ^ number.wrapping_mul(GOLDEN))
    }

    /// The next number.
    pub const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The next number from 0 up to 1, without 1.
    pub fn unit(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The next number from 0 up to `end`, without `end`.
    pub const fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }
}

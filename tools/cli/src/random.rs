//! Numbers that look random and are the same for the same seed (splitmix64).

/// A stream of numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream of that seed for that number: each order has a stream of its own, so that it
    /// doesn't matter who makes it, and when.
    pub const fn of(seed: u64, number: u64) -> Self {
        let mut mixed = Self(seed);
        let seed = mixed.next();
        Self(seed ^ number.wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to that one, without it.
    pub const fn below(&mut self, end: u64) -> u64 {
        self.next() % if end == 0 { 1 } else { end }
    }

    /// A number from 0.0 up to 1.0, without it.
    pub fn share(&mut self) -> f64 {
        let bits = u32::try_from(self.next() >> 32).unwrap_or(0);
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }

    /// One of these, as often as its weight says.
    pub fn pick<T: Copy>(&mut self, choices: &[(u64, T)], otherwise: T) -> T {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return *choice,
            }
        }
        otherwise
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_number_give_the_same_stream() {
        let three = |seed, number| {
            let mut random = Random::of(seed, number);
            [random.next(), random.next(), random.next()]
        };
        assert_eq!(three(1, 2), three(1, 2));
        assert_ne!(three(1, 2), three(1, 3));
        assert_ne!(three(1, 2), three(2, 2));
    }

    #[test]
    fn choices_come_as_often_as_their_weights_say() {
        let mut random = Random::of(1, 1);
        let mut drawn = [0; 3];
        for _ in 0..10_000 {
            drawn[random.pick(&[(90, 0), (10, 1)], 2)] += 1;
        }
        assert!((8_800..9_200).contains(&drawn[0]) && drawn[2] == 0, "{drawn:?}");
        assert!((0..1_000).all(|_| (0.0..1.0).contains(&random.share())));
    }
}

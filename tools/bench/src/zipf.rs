//! Zipf's law: the n-th favourite is asked for in proportion to 1 / n^s.

use crate::random::Random;

/// Draws ranks; 0 is the favourite.
#[derive(Clone, Debug)]
pub struct Zipf {
    /// For each rank, the chance of it or a more favoured one.
    up_to: Vec<f64>,
}

impl Zipf {
    /// Of so many, with that exponent.
    pub fn new(count: usize, exponent: f64) -> Self {
        let weights = (1..=count).map(|rank| (rank as f64).powf(-exponent));
        let mut sum = 0.0;
        let sums: Vec<f64> = weights
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        Self { up_to: sums.iter().map(|it| it / sum).collect() }
    }

    /// The next rank.
    pub fn draw(&self, random: &mut Random) -> usize {
        let chance = random.unit();
        self.up_to.partition_point(|up_to| *up_to <= chance).min(self.up_to.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Zipf;
    use crate::random::Random;

    /// How often each rank is drawn in 100,000 draws against how often it should be.
    fn check(count: usize, exponent: f64) {
        let zipf = Zipf::new(count, exponent);
        let mut random = Random::of(1, 1);
        let mut drawn = vec![0_u32; count];
        for _ in 0..100_000 {
            drawn[zipf.draw(&mut random)] += 1;
        }
        let sum: f64 = (1..=count).map(|rank| (rank as f64).powf(-exponent)).sum();
        for (rank, drawn) in drawn.iter().enumerate().take(10) {
            let expected = 100_000.0 * ((rank + 1) as f64).powf(-exponent) / sum;
            let spread = 4.0 * expected.sqrt() + 1.0;
            let off = (f64::from(*drawn) - expected).abs();
            assert!(off < spread, "{count} {exponent} rank {rank}: {drawn}, not {expected:.0}");
        }
    }

    #[test]
    fn ranks_are_drawn_in_proportion_to_their_power() {
        check(1, 1.1);
        check(10, 0.0);
        check(100, 1.1);
        check(10_000, 1.1);
    }
}

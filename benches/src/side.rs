//! The sides of a comparison, their turns, and what the turns say.

use std::time::Duration;

use serde::Serialize;

use crate::bearing::Bearing;

/// Something that works for a while and counts.
pub trait Side {
    /// Works for about so long.
    fn turn(&mut self, length: Duration) -> anyhow::Result<Turn>;
}

/// What a side did in one turn.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// How many.
    pub count: u64,
    /// In what time.
    pub elapsed: Duration,
    /// How long the side ran on its processor, of that time.
    pub processor: Duration,
}

impl Turn {
    fn per_second_of(self, time: Duration) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts of one turn stay far below 2^53")]
        let count = self.count as f64;
        count / time.as_secs_f64()
    }

    fn rate(self) -> f64 {
        self.per_second_of(self.elapsed)
    }
}

/// The turns of one side.
#[derive(Clone, Debug, Default)]
pub struct Turns(Vec<Turn>);

/// Lets the sides take turns, A B A B; each has one first that does not count, to warm up.
pub fn take_turns<const N: usize>(bearing: &Bearing, sides: [&mut dyn Side; N]) -> anyhow::Result<[Turns; N]> {
    let mut turns: [Turns; N] = std::array::from_fn(|_| Turns::default());
    let mut sides = sides;
    for side in &mut sides {
        side.turn(bearing.turn / 2)?;
    }
    for _ in 0..bearing.turns {
        for (side, turns) in sides.iter_mut().zip(&mut turns) {
            turns.0.push(side.turn(bearing.turn)?);
        }
    }
    Ok(turns)
}

impl Turns {
    /// How many a second.
    pub fn rates(&self) -> Spread {
        Spread::of(self.0.iter().map(|turn| turn.rate()))
    }

    /// Microseconds for one, where one is done at a time.
    pub fn micros(&self) -> Spread {
        Spread::of(self.0.iter().map(|turn| 1e6 / turn.rate()))
    }

    /// The rate of each turn over that of the other side's turn beside it.
    pub fn over(&self, other: &Self) -> Spread {
        Spread::of(self.0.iter().zip(&other.0).map(|(ours, theirs)| ours.rate() / theirs.rate()))
    }

    /// The same of what is done in a second of the processor, which other programs that run beside do not lower.
    pub fn over_by_processor(&self, other: &Self) -> Spread {
        let rate = |turn: &Turn| turn.per_second_of(turn.processor);
        Spread::of(self.0.iter().zip(&other.0).map(|(ours, theirs)| rate(ours) / rate(theirs)))
    }

    /// How much of its processor the side took; less than nearly all says that it waited for something.
    pub fn busy(&self) -> f64 {
        let share = |turn: &Turn| turn.processor.as_secs_f64() / turn.elapsed.as_secs_f64();
        Spread::of(self.0.iter().map(share)).median
    }
}

/// The middle of some figures, the lowest and the highest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The middle one; of an even number, the mean of the two in the middle.
    pub median: f64,
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
}

impl Spread {
    /// Of these figures; not a number if there are none.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        let (count, last) = (sorted.len(), sorted.len().saturating_sub(1));
        Self { median: f64::midpoint(at(last / 2), at(count / 2)), low: at(0), high: at(last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), Spread { median: 2.0, low: 1.0, high: 3.0 });
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0]), Spread { median: 2.5, low: 1.0, high: 4.0 });
        assert_eq!(Spread::of([7.0]), Spread { median: 7.0, low: 7.0, high: 7.0 });
        assert!(Spread::of([]).median.is_nan());
    }

    #[test]
    fn ratios_are_of_neighbours() {
        let turns = |counts: &[u64]| {
            let turn = |count| Turn { count, elapsed: Duration::from_secs(1), processor: Duration::from_millis(count) };
            Turns(counts.iter().copied().map(turn).collect())
        };
        let ratio = turns(&[10, 20, 40]).over(&turns(&[20, 40, 40]));
        assert_eq!(ratio, Spread { median: 0.5, low: 0.5, high: 1.0 });
        let even = turns(&[10, 20]).over_by_processor(&turns(&[20, 80]));
        assert_eq!(even, Spread { median: 1.0, low: 1.0, high: 1.0 });
        assert_eq!(turns(&[10]).micros(), Spread { median: 1e5, low: 1e5, high: 1e5 });
    }
}

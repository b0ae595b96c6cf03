//! The figures, for people and for programs.

use std::fmt;

use serde::Serialize;

use crate::bearing::Bearing;
use crate::side::Spread;

/// All figures of a run.
#[derive(Serialize)]
pub struct Report {
    /// Whether the server and the load had a processor each.
    pub divided: bool,
    /// How many turns each side took.
    pub turns: usize,
    /// How long each turn was, in seconds.
    pub turn_seconds: f64,
    /// Whether less was measured, for a glance.
    pub quick: bool,
    /// The figures.
    pub lines: Vec<Line>,
}

/// One figure of the server, and what it is compared with.
#[derive(Serialize)]
pub struct Line {
    /// What was measured.
    pub work: String,
    /// Of what the figures are.
    pub unit: &'static str,
    /// The server's figure.
    pub server: Spread,
    /// What it is compared with; nothing if the figure stands for itself.
    pub rival: Option<Rivalry>,
    /// What it should be, in words.
    pub budget: &'static str,
    /// How much of its processor the server took, for works with a load.
    pub busy: Option<f64>,
}

/// What a figure is compared with.
#[derive(Serialize)]
pub struct Rivalry {
    /// What it is.
    pub what: String,
    /// Its figure, of the same unit.
    pub figure: Spread,
    /// The server's figure over it, turn by turn.
    pub ratio: Spread,
    /// The same by seconds of the processor instead of seconds of the clock.
    pub processor_ratio: Spread,
}

impl Report {
    /// Without figures.
    pub fn new(bearing: &Bearing) -> Self {
        Self {
            divided: bearing.processors.are_divided(),
            turns: bearing.turns,
            turn_seconds: bearing.turn.as_secs_f64(),
            quick: bearing.quick,
            lines: Vec::new(),
        }
    }
}

const HEADINGS: [&str; 8] = ["work", "telamon", "over", "", "ratio", "by processor time", "budget", "busy"];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![HEADINGS.map(str::to_owned)];
        rows.extend(self.lines.iter().map(Line::cells));
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let widths: [usize; HEADINGS.len()] = std::array::from_fn(width);
        for (number, row) in rows.iter().enumerate() {
            let line: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            writeln!(f, "{}", line.join("  ").trim_end())?;
            if number == 0 {
                writeln!(f, "{}", widths.map(|width| "-".repeat(width)).join("  "))?;
            }
        }
        let place = if self.divided { "one processor each" } else { "NOT pinned to processors" };
        let glance = if self.quick { "; a glance, not a measurement" } else { "" };
        writeln!(
            f,
            "\nMedian (lowest to highest) of {} turns of {} s each; server and load: {place}{glance}.",
            self.turns, self.turn_seconds
        )
    }
}

impl Line {
    fn cells(&self) -> [String; HEADINGS.len()] {
        let (what, figure, by_clock, by_processor) = self.rival.as_ref().map_or_else(Default::default, |rival| {
            let figure = spread(rival.figure, self.unit);
            (rival.what.clone(), figure, ratio(rival.ratio), ratio(rival.processor_ratio))
        });
        let busy = self.busy.map_or_else(String::new, |busy| format!("{:.0} %", busy * 100.0));
        [
            self.work.clone(),
            spread(self.server, self.unit),
            what,
            figure,
            by_clock,
            by_processor,
            self.budget.to_owned(),
            busy,
        ]
    }
}

fn spread(figure: Spread, unit: &str) -> String {
    format!("{} {unit} ({} to {})", number(figure.median), number(figure.low), number(figure.high))
}

fn ratio(figure: Spread) -> String {
    format!("{:.2} ({:.2} to {:.2})", figure.median, figure.low, figure.high)
}

fn number(figure: f64) -> String {
    if figure >= 100.0 { thousands(figure) } else { format!("{figure:.1}") }
}

/// `12,345`.
fn thousands(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_easy_to_read() {
        assert_eq!(number(1_234_567.4), "1,234,567");
        assert_eq!(number(999.6), "1,000");
        assert_eq!(number(123.0), "123");
        assert_eq!(number(18.25), "18.2");
    }

    #[test]
    fn columns_are_aligned() {
        let figure = Spread { median: 1500.0, low: 1400.0, high: 1600.0 };
        let ratio = Spread { median: 0.5, low: 0.4, high: 0.6 };
        let rival = Some(Rivalry { what: "the best".to_owned(), figure, ratio, processor_ratio: ratio });
        let busy = Some(0.99);
        let with = Line { work: "short".to_owned(), unit: "/s", server: figure, rival, budget: "0.50", busy };
        let without = Line {
            work: "a longer one".to_owned(),
            unit: "ms",
            server: figure,
            rival: None,
            budget: "100 ms",
            busy: None,
        };
        let report = Report { divided: true, turns: 8, turn_seconds: 1.0, quick: false, lines: vec![with, without] };
        let printed = report.to_string();
        let place = |text: &str| printed.lines().find_map(|line| line.find(text));
        assert_eq!(place("0.50 (0.40 to 0.60)"), place("ratio"), "{printed}");
        assert_eq!(place("100 ms"), place("budget"), "{printed}");
        assert!(printed.contains("\na longer one  1,500 ms (1,400 to 1,600)"), "{printed}");
    }
}

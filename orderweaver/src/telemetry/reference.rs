//! `docs/METRICS.md`: the table of all metrics, for people.

use super::table::{Kind, METRICS, Metric};

const HEAD: &str = "# Metrics

Written by `orderweaver metrics`. Don't edit.

Every port serves them at `GET /metrics`, in the text format of Prometheus. All ports of one process
give the same answer: scrape one. Counters begin at 0 with the process; gauges come from the
store, so they are right after a restart, and are measured every five seconds, every 15 while
nothing changes. No label holds an id.

| metric | kind | unit | labels | meaning |
|---|---|---|---|---|
";

/// The table as Markdown.
pub fn reference() -> String {
    METRICS.iter().fold(HEAD.to_string(), |text, metric| text + &row(metric) + "\n")
}

fn row(Metric { name, kind, unit, labels, help }: &Metric) -> String {
    let kind = match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram(_) => "histogram",
    };
    let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
    format!("| `{name}` | {kind} | {} | {} | {help} |", unit.as_str(), labels.join(", "))
}

#[cfg(test)]
mod tests {
    use super::reference;
    use std::path::Path;

    #[test]
    fn the_document_in_the_tree_is_the_table_of_metrics() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/METRICS.md");
        let there = std::fs::read_to_string(path).unwrap_or_default();
        let remedy = "cargo run --package orderweaver -- metrics > docs/METRICS.md";
        assert_eq!(there, reference(), "it is out of date: {remedy}");
    }
}

//! The server's own counters, from `GET /metrics`.

/// Sums a counter over all its labels that hold a text, such as `outcome="completed"`.
pub fn counter(page: &str, name: &str, holding: &str) -> Option<f64> {
    let values = page.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let (labels, value) = match rest.strip_prefix('{') {
            Some(labelled) => labelled.rsplit_once("} ")?,
            None => ("", rest.strip_prefix(' ')?),
        };
        labels.contains(holding).then_some(())?;
        value.split(' ').next()?.parse::<f64>().ok()
    });
    values.reduce(|sum, value| sum + value)
}

/// A label of the first line of a metric, such as the version in `orderweaver_build_info`.
pub fn label<'a>(page: &'a str, name: &str, label: &str) -> Option<&'a str> {
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('{'))?;
    let (_, value) = line.split_once(&format!("{label}=\""))?;
    value.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::{counter, label};

    const PAGE: &str = "# HELP rounds Rounds.\n# TYPE rounds counter\nrounds 12\n\
        rounds_total 7\nsagas{saga=\"a b\",outcome=\"C\"} 3\nsagas{saga=\"}\",outcome=\"D\"} 4\n\
        info{version=\"0.1.0\",commit=\"abc\"} 1\n";

    #[test]
    fn a_counter_is_summed_over_its_labels() {
        assert_eq!(counter(PAGE, "rounds", ""), Some(12.0));
        assert_eq!(counter(PAGE, "sagas", ""), Some(7.0));
        assert_eq!(counter(PAGE, "sagas", "outcome=\"D\""), Some(4.0));
        assert_eq!(counter(PAGE, "orders", ""), None);
    }

    #[test]
    fn a_label_is_found_by_its_name() {
        assert_eq!(label(PAGE, "info", "commit"), Some("abc"));
        assert_eq!(label(PAGE, "info", "branch"), None);
        assert_eq!(label(PAGE, "rounds", "commit"), None);
    }
}

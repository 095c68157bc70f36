//! Figures for a monitoring system, in the text form that Prometheus reads.

use crate::domain::error::{Error, Id, Result};
use prometheus::{GaugeVec, Opts, Registry, TextEncoder};

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The values of the family's labels, in their order.
    pub labels: Vec<String>,
    /// The figure.
    pub value: f64,
}

/// Figures of one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// The name, without the prefix of the extension.
    pub name: &'static str,
    /// What is counted or measured.
    pub help: &'static str,
    /// The names of the labels.
    pub labels: &'static [&'static str],
    /// The figures.
    pub samples: Vec<Sample>,
}

/// The text. Errors: `error/metrics/form` for names and labels that the form has no place for.
pub fn text(families: &[Family]) -> Result<String> {
    let registry = Registry::new();
    for family in families {
        register(&registry, family).map_err(|error| Error::new(Id::MetricsForm, error.to_string()))?;
    }
    TextEncoder::new()
        .encode_to_string(&registry.gather())
        .map_err(|error| Error::new(Id::MetricsForm, error.to_string()))
}

fn register(registry: &Registry, family: &Family) -> prometheus::Result<()> {
    let gauges = GaugeVec::new(Opts::new(family.name, family.help).namespace("pg_member"), family.labels)?;
    for sample in &family.samples {
        gauges.get_metric_with_label_values(&sample.labels)?.set(sample.value);
    }
    registry.register(Box::new(gauges))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_names_labels_and_help() {
        let samples = vec![
            Sample { labels: vec!["1".to_owned(), "a \"b\"\n".to_owned()], value: 12.0 },
            Sample { labels: vec!["2".to_owned(), String::new()], value: 0.5 },
        ];
        let family = Family { name: "hook_lag_events", help: "How far behind.", labels: &["hook", "name"], samples };
        let expected = "# HELP pg_member_hook_lag_events How far behind.\n\
                        # TYPE pg_member_hook_lag_events gauge\n\
                        pg_member_hook_lag_events{hook=\"1\",name=\"a \\\"b\\\"\\n\"} 12\n\
                        pg_member_hook_lag_events{hook=\"2\",name=\"\"} 0.5\n";
        assert_eq!(text(&[family]).unwrap(), expected);
    }

    #[test]
    fn what_the_form_has_no_place_for_is_refused() {
        let wrong = Family {
            name: "two words",
            help: "h",
            labels: &[],
            samples: vec![Sample { labels: Vec::new(), value: 1.0 }],
        };
        assert_eq!(text(&[wrong]).unwrap_err().id, Id::MetricsForm);
        let missing =
            Family { name: "n", help: "h", labels: &["l"], samples: vec![Sample { labels: Vec::new(), value: 1.0 }] };
        assert_eq!(text(&[missing]).unwrap_err().id, Id::MetricsForm);
    }
}

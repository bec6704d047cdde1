//! Metrics, by allow-list: no organisation, no officer, no term, no record is in any of them.

use std::time::Duration;

use barid_app::Health;
use barid_app::countersigning::CountersigningHealth;

use crate::backups::BackupWatch;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// Every metric that leaves the node, with its labels; a test holds the answer of `/metrics` against it.
pub(crate) const ALLOWED: &[(&str, &[&str])] = &[
    ("barid_http_requests_total", &["method", "route", "status"]),
    ("barid_http_request_seconds", &["method", "route", "quantile"]),
    ("barid_database_away", &[]),
    ("barid_clock_wrong", &[]),
    ("barid_clock_ahead_seconds", &[]),
    ("barid_index_mended_total", &["how"]),
    ("barid_cards_missing", &[]),
    ("barid_countersigning_forks", &[]),
    ("barid_epochs", &[]),
    ("barid_epochs_countersigned", &[]),
    ("barid_countersigners", &[]),
    ("barid_countersigners_behind", &[]),
    ("barid_backups_total", &["result"]),
    ("barid_backup_last_success_timestamp_seconds", &[]),
];
/// After how many requests the samples that nobody fetched are folded.
const UPKEEP_EVERY: u64 = 1_000;

/// Is the meters of one server.
pub(crate) struct Meters {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

/// Is a request that was answered, as it is counted: the route is the template, never the path itself.
pub(crate) struct Answered {
    pub(crate) method: String,
    pub(crate) route: String,
    pub(crate) status: u16,
    pub(crate) took: Duration,
    pub(crate) number: u64,
}

impl Meters {
    pub(crate) fn new() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        Self { recorder, handle }
    }

    pub(crate) fn count(&self, answered: &Answered) {
        let (method, route) = (answered.method.clone(), answered.route.clone());
        let status = answered.status.to_string();
        metrics::with_local_recorder(&self.recorder, || {
            metrics::counter!(
                "barid_http_requests_total", "method" => method.clone(), "route" => route.clone(), "status" => status
            )
            .increment(1);
            metrics::histogram!("barid_http_request_seconds", "method" => method, "route" => route)
                .record(answered.took.as_secs_f64());
        });
        if answered.number.is_multiple_of(UPKEEP_EVERY) {
            self.handle.run_upkeep();
        }
    }

    /// Writes the metrics in the Prometheus text format; what is not on the list stays here.
    pub(crate) fn render(&self, health: &Health, backups: Option<&BackupWatch>) -> String {
        let rendered =
            self.handle.render() + &of_health(health) + &backups.map(BackupWatch::render).unwrap_or_default();
        rendered.lines().filter(|line| is_allowed(line)).flat_map(|line| [line, "\n"]).collect()
    }
}

/// Writes how the node does in the Prometheus text format.
fn of_health(health: &Health) -> String {
    let Health {
        database_away,
        rolled_back,
        rebuilt,
        cards_missing,
        clock_wrong,
        clock_ahead_micros,
        countersigning: CountersigningHealth { forks, countersigners, behind, epochs, countersigned },
    } = *health;
    format!(
        "# TYPE barid_database_away gauge\nbarid_database_away {}\n\
         # TYPE barid_index_mended_total counter\nbarid_index_mended_total{{how=\"rolled-back\"}} {rolled_back}\n\
         barid_index_mended_total{{how=\"rebuilt\"}} {rebuilt}\n\
         # TYPE barid_cards_missing gauge\nbarid_cards_missing {}\n\
         # TYPE barid_clock_wrong gauge\nbarid_clock_wrong {}\n\
         # TYPE barid_clock_ahead_seconds gauge\nbarid_clock_ahead_seconds {}\n\
         # TYPE barid_countersigning_forks gauge\nbarid_countersigning_forks {forks}\n\
         # TYPE barid_epochs gauge\nbarid_epochs {epochs}\n\
         # TYPE barid_epochs_countersigned gauge\nbarid_epochs_countersigned {countersigned}\n\
         # TYPE barid_countersigners gauge\nbarid_countersigners {countersigners}\n\
         # TYPE barid_countersigners_behind gauge\nbarid_countersigners_behind {behind}\n",
        u8::from(database_away),
        u8::from(cards_missing),
        u8::from(clock_wrong),
        clock_ahead_micros / 1_000_000
    )
}

fn is_allowed(line: &str) -> bool {
    let words = line.strip_prefix("# TYPE ").or(line.strip_prefix("# HELP ")).unwrap_or(line);
    let name = words.split(['{', ' ']).next().unwrap_or("");
    let base = name.trim_end_matches("_sum").trim_end_matches("_count");
    ALLOWED.iter().any(|(allowed, _)| *allowed == name || *allowed == base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_that_is_not_on_the_list() {
        let meters = Meters::new();
        for route in ["/v1/search", "/v1/records/{record}/open"] {
            meters.count(&Answered {
                method: "POST".to_owned(),
                route: route.to_owned(),
                status: 200,
                took: Duration::from_millis(3),
                number: 1_000,
            });
        }
        let health = Health {
            database_away: true,
            rolled_back: 1,
            rebuilt: 2,
            cards_missing: true,
            clock_wrong: true,
            clock_ahead_micros: -400_000_000,
            countersigning: CountersigningHealth {
                forks: 1,
                countersigners: 3,
                behind: 2,
                epochs: 40,
                countersigned: 38,
            },
        };
        let text = meters.render(&health, Some(&BackupWatch::default()));
        let mut seen = 0;
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let name = line.split(['{', ' ']).next().unwrap();
            let base = name.trim_end_matches("_sum").trim_end_matches("_count");
            let (_, labels) = ALLOWED
                .iter()
                .find(|(allowed, _)| *allowed == name || *allowed == base)
                .unwrap_or_else(|| panic!("{name} is not on the list"));
            let inside = line.split_once('{').map_or("", |(_, rest)| rest.rsplit_once('}').unwrap().0);
            for label in inside.split("\",").filter(|label| !label.is_empty()) {
                let label = label.split('=').next().unwrap();
                assert!(labels.contains(&label), "{label} of {name} is not on the list");
            }
            seen += 1;
        }
        assert!(seen > 2, "{text}");
    }
}

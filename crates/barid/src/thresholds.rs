//! From how many on something is out of the ordinary, as whoever runs the node says it: a file with what differs from the
//! defaults.

use std::path::Path;

use barid_domain::oversight::Thresholds;
use serde::Deserialize;

use crate::commands::{CommandError, read_file};

/// The longest file, in bytes.
const FILE_BYTES_CAP: u64 = 64 * 1024;
/// The most officers, or organisations, of one record that are told apart.
const OPENERS_MOST: u32 = 24;
/// The most numbers of one block that are told apart well enough.
const NUMBERS_MOST: u32 = 100;

/// Is what the file may say; what it doesn't is as by default, and 0 switches a kind off.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ThresholdsFile {
    acts_in_hour: Option<u32>,
    times_usual: Option<u32>,
    usual_least: Option<u32>,
    numbers_in_order: Option<u32>,
    same_record: Option<u32>,
    officers_of_record: Option<u32>,
    organisations_of_record: Option<u32>,
    searches_unopened: Option<u32>,
    entered_in_hour: Option<u32>,
}

/// Reads the thresholds of a node.
pub(crate) fn read(path: &Path) -> Result<Thresholds, CommandError> {
    let fault = |why: String| CommandError::Failed(format!("{}: {why}", path.display()));
    let bytes = read_file(path, FILE_BYTES_CAP)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fault("not UTF-8".to_owned()))?;
    let file: ThresholdsFile = toml::from_str(text).map_err(|error| fault(error.to_string()))?;
    let by_default = Thresholds::default();
    let thresholds = Thresholds {
        acts_in_hour: file.acts_in_hour.unwrap_or(by_default.acts_in_hour),
        times_usual: file.times_usual.unwrap_or(by_default.times_usual),
        usual_least: file.usual_least.unwrap_or(by_default.usual_least),
        numbers_in_order: file.numbers_in_order.unwrap_or(by_default.numbers_in_order),
        same_record: file.same_record.unwrap_or(by_default.same_record),
        officers_of_record: file.officers_of_record.unwrap_or(by_default.officers_of_record),
        organisations_of_record: file.organisations_of_record.unwrap_or(by_default.organisations_of_record),
        searches_unopened: file.searches_unopened.unwrap_or(by_default.searches_unopened),
        entered_in_hour: file.entered_in_hour.unwrap_or(by_default.entered_in_hour),
    };
    // One that can't be reached would be off without saying so.
    for (name, said, most) in [
        ("officers_of_record", thresholds.officers_of_record, OPENERS_MOST),
        ("organisations_of_record", thresholds.organisations_of_record, OPENERS_MOST),
        ("numbers_in_order", thresholds.numbers_in_order, NUMBERS_MOST),
    ] {
        if said > most {
            return Err(fault(format!("{name}: {most} at most")));
        }
    }
    Ok(thresholds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_file_does_not_say_is_as_by_default_and_what_it_may_not_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("thresholds.toml");
        let said = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(&path).map_err(|error| error.to_string())
        };
        assert_eq!(said("").unwrap(), Thresholds::default());
        let some = said("acts_in_hour = 50\nsame_record = 0 # off\n").unwrap();
        assert_eq!(some, Thresholds { acts_in_hour: 50, same_record: 0, ..Thresholds::default() });
        assert_eq!(said("officers_of_record = 24").unwrap().officers_of_record, 24);
        for bad in [
            "officers_of_record = 25",
            "organisations_of_record = 25",
            "numbers_in_order = 101",
            "acts_in_hour = -1",
            "acts_in_hour = \"много\"",
            "acts_per_hour = 7",
            "acts_in_hour",
        ] {
            assert!(said(bad).is_err(), "{bad}");
        }
        let large = "#".repeat(FILE_BYTES_CAP as usize + 1);
        assert!(said(&large).is_err());
    }
}

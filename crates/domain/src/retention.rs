//! Retention: for how long a record may be held before its owner has to look at it again, by database and status.
//!
//! The clock of a database says how far ahead a day of review may lie when a record is entered, revised or kept; what was
//! signed before is not asked. An owner may always state less. Compare the Rules on the Processing of Data, article 49 (five
//! years at most, other periods for single databases), and article 50 (the source is asked before, and says why it keeps).

use crate::codes::{Database, PersonStatus};
use crate::dates::Day;
use crate::images::{Image, ImageKind};
use crate::reviews::{is_overdue, is_to_be_erased};

/// For how many days before its day of review a record stands in its owner's review list: six months.
pub const WARNING_DAYS: i32 = 183;

/// Is what the longest period of a record follows from.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// Its database.
    pub database: Database,
    /// The statuses of a person; of other records none.
    pub statuses: &'a [PersonStatus],
    /// Its pictures.
    pub images: &'a [Image],
}

impl Held<'_> {
    /// What is known where no record is yet: the terms of an import.
    pub fn of(database: Database) -> Self {
        Held { database, statuses: &[], images: &[] }
    }

    /// The period that holds for it.
    pub fn period(&self) -> Period {
        let own = match self.database {
            Database::Persons if is_unknown(self.statuses) => Period::UnknownPersons,
            Database::Persons => Period::Persons,
            Database::TravelDocuments => Period::TravelDocuments,
            Database::Vehicles
            | Database::Vessels
            | Database::Aircraft
            | Database::Firearms
            | Database::AdministrativeDocuments
            | Database::WorksOfArt => Period::Things,
            Database::Incidents => Period::Incidents,
            Database::CashAndAccounts => Period::Accounts,
            Database::OrganisationsAndNetworks => Period::Groups,
            Database::Links => Period::Links,
            Database::Unlisted(_) => Period::Later,
        };
        // A face is a face, whatever the record is about; a person's record has it among what its own period covers.
        let shows_person = self.database != Database::Persons && self.images.iter().any(shows_person);
        if shows_person && own.years() > Period::Pictures.years() { Period::Pictures } else { own }
    }

    /// The last day of review that may be stated on a day.
    pub fn last_review(&self, today: Day) -> Day {
        years_later(today, self.period().years())
    }
}

/// Is a period of retention. Each has a number of years and a reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Period {
    /// Persons.
    Persons,
    /// Persons of whom nothing is known but what they look like.
    UnknownPersons,
    /// Stolen, lost and revoked travel documents.
    TravelDocuments,
    /// Things with numbers of their own.
    Things,
    /// Records of things and documents with pictures of persons.
    Pictures,
    /// Incidents.
    Incidents,
    /// Cash and accounts.
    Accounts,
    /// Groups.
    Groups,
    /// Links.
    Links,
    /// What a later version knows.
    Later,
}

impl Period {
    /// Every period, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Persons,
        Self::UnknownPersons,
        Self::TravelDocuments,
        Self::Things,
        Self::Pictures,
        Self::Incidents,
        Self::Accounts,
        Self::Groups,
        Self::Links,
        Self::Later,
    ];

    /// How many years it is.
    pub fn years(self) -> i32 {
        match self {
            Self::Persons
            | Self::Pictures
            | Self::Incidents
            | Self::Accounts
            | Self::Groups
            | Self::Links => 5,
            Self::UnknownPersons => 15,
            Self::TravelDocuments | Self::Things => 10,
            Self::Later => 1,
        }
    }

    /// What it is about, in words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Persons => "persons, with everything that belongs to them: documents, pictures",
            Self::UnknownPersons => {
                "persons whose statuses are `unidentified` or `unidentified-dead` and no other"
            }
            Self::TravelDocuments => "travel documents and ranges of blanks",
            Self::Things => "vehicles, vessels, aircraft, firearms, administrative documents, works of art",
            Self::Pictures => {
                "any of these with a picture of a person (`portrait`, `full-figure`, `mark`), but for records of persons"
            }
            Self::Incidents => "incidents",
            Self::Accounts => "cash and accounts",
            Self::Groups => "organisations and networks",
            Self::Links => "links",
            Self::Later => "databases of a later version",
        }
    }

    /// Why it is as long as it is.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Persons => "RPD, article 49: five years at most",
            Self::UnknownPersons => {
                "what a body or a face is recognised by is of use for as long as somebody is looked for: INTERPOL keeps \
                 prints and profiles of unknown persons for fifteen years"
            }
            Self::TravelDocuments => {
                "a document is valid for ten years, and so is a blank: INTERPOL's database of stolen and lost documents"
            }
            Self::Things => {
                "things outlive their theft: ten years in INTERPOL's and in the European Union's databases"
            }
            Self::Pictures => "a face is biometric, and those of known persons are kept for five years",
            Self::Incidents => "it is about what persons did",
            Self::Accounts => "an account has a holder",
            Self::Groups => "a group is its members",
            Self::Links => "it is about two records, and no longer of use than the shorter-lived of them",
            Self::Later => "nothing is known of it",
        }
    }
}

/// The longest period there is, in days: what no day of review is ever beyond.
pub const LONGEST_DAYS: i32 = 15 * 366;

fn is_unknown(statuses: &[PersonStatus]) -> bool {
    let unknown =
        |status: &PersonStatus| matches!(status, PersonStatus::Unidentified | PersonStatus::UnidentifiedDead);
    !statuses.is_empty() && statuses.iter().all(unknown)
}

fn shows_person(image: &Image) -> bool {
    match image.kind {
        ImageKind::Portrait | ImageKind::FullFigure | ImageKind::Mark => true,
        ImageKind::Item | ImageKind::DocumentPage | ImageKind::Scene | ImageKind::Unlisted(_) => false,
    }
}

/// The same day some years later; of 29 February, in a year without one, the day before 1 March.
fn years_later(day: Day, years: i32) -> Day {
    let (year, month, of_month) = day.parts();
    let later = Day::new(year + years, month, of_month);
    later.or_else(|_| Day::new(year + years, 2, 28)).unwrap_or(Day::LAST)
}

/// The first day of review that no warning is given of on a day: what lies before it stands in the review list.
pub fn first_unwarned(today: Day) -> Day {
    today.saturating_add(WARNING_DAYS)
}

/// Is how a record stands in its owner's review list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    /// Its day of review comes within six months.
    Soon,
    /// Its day has passed: it is hidden, and its owner may bring it back.
    Overdue,
    /// Its ninety days have passed: it is waiting to be erased.
    Erasable,
}

/// Tells how a record that stands is in the review list of a day; `None` where it is not.
pub fn due(review_on: Day, today: Day) -> Option<Due> {
    if is_to_be_erased(review_on, today) {
        return Some(Due::Erasable);
    }
    if is_overdue(review_on, today) {
        return Some(Due::Overdue);
    }
    (review_on < first_unwarned(today)).then_some(Due::Soon)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::CodeList as _;
    use crate::dates::DateInterval;
    use crate::ids::ImageHash;
    use crate::images::{ImageFacts, ImageFormat};

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn picture(kind: ImageKind) -> Image {
        Image {
            picture: ImageFacts {
                hash: ImageHash([1; 32]),
                format: ImageFormat::Jpeg,
                bytes: 1_000,
                width: 300,
                height: 400,
                thumbnail: ImageHash([2; 32]),
            },
            kind,
            caption: None,
            taken: None::<DateInterval>,
        }
    }

    fn last(database: Database, statuses: &[PersonStatus], images: &[Image], today: &str) -> String {
        Held { database, statuses, images }.last_review(day(today)).to_string()
    }

    #[test]
    fn years_are_of_the_calendar_and_leap_days_come_early() {
        for (years, today, expected) in [
            (5, "2026-11-28", "2031-11-28"),
            (5, "2028-02-29", "2033-02-28"),
            (5, "2027-02-28", "2032-02-28"),
            (4, "2028-02-29", "2032-02-29"),
            (10, "2028-02-29", "2038-02-28"),
            (10, "2090-12-31", "2100-12-31"),
            (15, "2190-01-01", "2199-12-31"),
        ] {
            assert_eq!(years_later(day(today), years), day(expected), "{today} + {years}");
        }
    }

    #[test]
    fn each_database_and_status_has_its_clock() {
        use PersonStatus::{Dead, Missing, Unidentified, UnidentifiedDead, Wanted};
        let today = "2026-11-28";
        for (statuses, expected) in [
            (&[][..], "2031-11-28"),
            (&[Wanted][..], "2031-11-28"),
            (&[UnidentifiedDead][..], "2041-11-28"),
            (&[Unidentified, UnidentifiedDead][..], "2041-11-28"),
            // Somebody is known after all.
            (&[Unidentified, Wanted][..], "2031-11-28"),
            (&[Missing, Dead][..], "2031-11-28"),
            (&[PersonStatus::Unlisted(99)][..], "2031-11-28"),
        ] {
            assert_eq!(last(Database::Persons, statuses, &[], today), expected, "{statuses:?}");
            let face = [picture(ImageKind::Portrait)];
            assert_eq!(last(Database::Persons, statuses, &face, today), expected, "{statuses:?}");
        }
        for (database, _) in Database::LISTED {
            let face = [picture(ImageKind::Item), picture(ImageKind::Portrait)];
            let years = Held { database: *database, statuses: &[], images: &face }.period().years();
            assert!(years <= 5, "{database} with a face");
        }
        assert_eq!(last(Database::TravelDocuments, &[], &[], today), "2036-11-28");
        assert_eq!(
            last(Database::TravelDocuments, &[], &[picture(ImageKind::DocumentPage)], today),
            "2036-11-28"
        );
        assert_eq!(last(Database::WorksOfArt, &[], &[picture(ImageKind::Item)], today), "2036-11-28");
        assert_eq!(last(Database::Incidents, &[], &[picture(ImageKind::Scene)], today), "2031-11-28");
    }

    #[test]
    fn a_record_is_warned_of_within_half_a_year_and_not_a_day_earlier() {
        let review = day("2027-06-01");
        for (days, expected) in [
            (-184, None),
            (-183, None),
            (-182, Some(Due::Soon)),
            (0, Some(Due::Soon)),
            (1, Some(Due::Overdue)),
            (90, Some(Due::Overdue)),
            (91, Some(Due::Erasable)),
        ] {
            assert_eq!(due(review, review.saturating_add(days)), expected, "{days}");
        }
    }

    #[test]
    fn no_period_is_longer_than_the_longest() {
        for period in Period::ALL {
            let first = day("2024-01-01");
            assert!(years_later(first, period.years()).days() - first.days() <= LONGEST_DAYS, "{period:?}");
        }
    }
}

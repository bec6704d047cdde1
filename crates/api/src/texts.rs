//! Texts, dates and names of things as they stand in JSON, each with the schema that says what is accepted.

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AnyOfBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

use barid_domain::text::{LONG_CAP, NAME_CAP, SHORT_CAP};
use barid_domain::text_screening::TEXT_CAP;
use barid_domain::typed_births::TYPED_BIRTH_CAP;

use crate::patterns::{self, NOT_ALPHANUMERIC, NOT_LETTERS};

/// The longest text that is searched for, in characters: two lines of a machine-readable zone and room to spare.
pub const QUERY_CAP: usize = 300;
/// The longest reference in another system, in characters.
pub const REFERENCE_NUMBER_CAP: usize = 60;
/// The longest document number as written, in characters.
pub const WRITTEN_NUMBER_CAP: usize = 60;

/// The longest password that is looked at, in characters as typed; normalised it may be shorter.
pub const PASSWORD_TEXT_CAP: usize = 512;

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $schema:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }
        impl ToSchema for $name {}
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

fn string(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).description(Some(description))
}

fn free(description: &str, cap: usize) -> ObjectBuilder {
    string(description).min_length(Some(1)).max_length(Some(cap)).pattern(Some(patterns::text()))
}

fn patterned(description: &str, pattern: &str) -> ObjectBuilder {
    string(description).pattern(Some(pattern))
}

fn uuid(description: &str) -> ObjectBuilder {
    string(description).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
}

text!(
    /// Names the case, shift or lane an act is for; in the officer's own numbering.
    CaseReference,
    string("The case, shift or lane the act is for, in the officer's own numbering; holds a letter or a digit.")
        .min_length(Some(1))
        .max_length(Some(barid_domain::audit::REFERENCE_CAP))
        .pattern(Some(patterns::text_with_other_than(NOT_ALPHANUMERIC)))
        .examples(["CASE 2026/114"])
);
text!(
    /// Is what was typed or scanned.
    QueryText,
    string("A name in any script, a document number, a source's reference or a machine-readable zone: which it is gets \
         recognised.")
        .min_length(Some(1))
        .max_length(Some(QUERY_CAP))
        .pattern(Some(patterns::text_with_other_than(NOT_ALPHANUMERIC)))
        .examples(["Калачев"])
);
text!(
    /// Is a text to be screened.
    ScreenedText,
    string("A running text in any script or several, as it stands: places in the answer count its characters.")
        .min_length(Some(1))
        .max_length(Some(TEXT_CAP))
        .pattern(Some(patterns::text_with_other_than(NOT_ALPHANUMERIC)))
        .examples(["По данным следствия, встречался с Валерием Калачевым."])
);
text!(
    /// Is a name, whole or a part of it.
    NameText,
    string("A name, as its source writes it; holds a letter.")
        .min_length(Some(1))
        .max_length(Some(NAME_CAP))
        .pattern(Some(patterns::text_with_other_than(NOT_LETTERS)))
        .examples(["Валерий Калачев"])
);
text!(
    /// Is a part of a name as its source cuts it; may be an initial or a number.
    NamePart,
    free("A part of a name, as its source cuts it.", NAME_CAP)
);
text!(
    /// Is a short text: a place, a note.
    ShortText,
    free("A short text.", SHORT_CAP)
);
text!(
    /// Is a long text: a description, a remark.
    LongText,
    free("A long text.", LONG_CAP)
);
text!(
    /// Is a number or a name in another system.
    ReferenceNumber,
    free("A name or number in another system.", REFERENCE_NUMBER_CAP)
);
text!(
    /// Is a language tag.
    Language,
    patterned("A language tag (BCP 47); `und` where the source doesn't say.", patterns::LANGUAGE).examples(["ru"])
);
text!(
    /// Is a script.
    Script,
    patterned("A script (ISO 15924); `Zyyy` where mixed or unknown.", patterns::SCRIPT).examples(["Cyrl"])
);
text!(
    /// Is a day.
    DayText,
    patterned("A day, `YYYY-MM-DD`, 1800-01-01 to 2199-12-31.", &patterns::day()).examples(["2026-11-23"])
);
text!(
    /// Is a day that has passed, or today.
    PastDayText,
    patterned("A day up to today, `YYYY-MM-DD`, from 1800-01-01 on; one to come is 409.", &patterns::past_day())
        .examples(["2026-10-02"])
);
text!(
    /// Is an interval of days.
    IntervalText,
    patterned(
        "Days, as exactly as they are known: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, or two of these with `/` between, in \
         either order; a `~` behind says about.",
        &patterns::interval()
    )
    .examples(["1971"])
);
text!(
    /// Is a date of birth as typed in a search.
    BirthText,
    Schema::AnyOf(AnyOfBuilder::new()
        .description(Some(
            "A date of birth as it is typed, in digits of any script: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `DD.MM.YYYY`, two \
             of these with `/` between, `~` for about; a calendar may be named before or behind (`1350-12-11 SH`, \
             `1391-04-05 AH`, `2028 BS`, `1378 bangla`, `2514 BE`, `60 ROC`, `1963 EC`, or `solar-hijri` and its like). \
             The answer says how it was read. What is no date, or one to come, is 409."
        ))
        .item(ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).pattern(Some(patterns::interval())))
        .item(ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).pattern(Some(patterns::SOLAR_HIJRI_DAY)))
        .item(
            ObjectBuilder::new()
                .schema_type(SchemaType::new(Type::String))
                .min_length(Some(1))
                .max_length(Some(TYPED_BIRTH_CAP))
                .pattern(Some(patterns::text_with_other_than(NOT_ALPHANUMERIC))),
        )
        .examples(["1350-12-11 SH"])
        .build())
);
text!(
    /// Is a document number as written.
    WrittenNumber,
    patterned(
        "A document number as written: 1 to 30 Latin letters and digits, with separators anywhere.",
        patterns::DOCUMENT_NUMBER
    )
    .max_length(Some(WRITTEN_NUMBER_CAP))
    .examples(["XA 0012345"])
);
text!(
    /// Is what stands before the counter in a range of document numbers.
    NumberPrefix,
    patterned("What stands before the counter.", patterns::NUMBER_PREFIX).examples(["XB"])
);
text!(
    /// Is the counter at an end of a range of document numbers.
    Counter,
    patterned("A counter, with its leading zeros.", patterns::COUNTER).examples(["0001200"])
);
text!(
    /// Names a record.
    RecordIdText,
    uuid("A record.").examples(["7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34"])
);
text!(
    /// Names an agreement.
    AgreementIdText,
    uuid("An agreement, through all its versions.")
);
text!(
    /// Names a person's request to the commission.
    RequestIdText,
    uuid("A person's request to the commission.").examples(["7d0a3d4e-7f0c-4b6e-9a51-0d7b0c1f2a34"])
);
text!(
    /// Names an act.
    ActIdText,
    uuid("An act: a search, an opening, a write.")
);
text!(
    /// Is chosen by the client of a write.
    IdempotencyKeyText,
    uuid("Chosen by the client of a write, new for each; repeating a write with its key is harmless.")
        .examples(["0b54a1d2-3c61-4f0e-8d0a-5c3f6f1f7f10"])
);
text!(
    /// Names a signed entry.
    EntryHashText,
    patterned("A signed entry, by its SHA-256.", patterns::HASH)
);
text!(
    /// Names a picture.
    ImageHashText,
    patterned("A picture, by its SHA-256.", patterns::HASH)
);
text!(
    /// Names a list of people, as a file.
    ListHashText,
    patterned("A list, by the SHA-256 of its file.", patterns::HASH)
);
text!(
    /// Names a stream.
    StreamText,
    patterned("A stream, by the origin line of its checkpoints.", patterns::STREAM)
);
text!(
    /// How far the exchange must have got to show a write: opaque, good for the organisation that wrote, in the header
    /// `Barid-Position` of later requests.
    PositionText,
    patterned("How far the exchange must have got to show a write; opaque.", patterns::POSITION)
);
text!(
    /// Is where a list goes on; sealed, and bound to the organisation and the policy.
    Cursor,
    patterned("Where a list goes on; opaque.", patterns::CURSOR)
);
text!(
    /// Is an organisation's code.
    OrganisationText,
    patterned("An organisation, by its code.", patterns::ORGANISATION).examples(["XA"])
);
text!(
    /// Names an officer or service within its organisation.
    OfficerText,
    patterned("An officer or service, by its name within its organisation.", patterns::OFFICER).examples(["desk-4"])
);
text!(
    /// Names an alarm.
    AlarmIdText,
    patterned("An alarm, by the id that lists show.", patterns::ALARM)
);
text!(
    /// Names an account within its organisation or its entity.
    PersonNameText,
    patterned("The name of an account, without that of its entity.", patterns::PERSON_NAME).examples(["r-ahmed"])
);
text!(
    /// Is an officer's or entity's name as it is written.
    ShownAsText,
    string("A name as its holder writes it; holds a letter.")
        .min_length(Some(1))
        .max_length(Some(barid_domain::people::SHOWN_AS_CAP))
        .pattern(Some(patterns::text_with_other_than(NOT_LETTERS)))
        .examples(["রহিম আহমেদ"])
);
text!(
    /// Names a national entity within its organisation.
    EntityText,
    patterned("A national entity, by its code within its organisation.", patterns::ENTITY).examples(["port-1"])
);
text!(
    /// Is a code of enrolment: a secret, good once.
    EnrolmentCodeText,
    patterned("The code that an administrator handed over.", patterns::ENROLMENT_CODE)
);
text!(
    /// Is a code that a device shows.
    DeviceCodeText,
    patterned("The six digits that the officer's device shows.", patterns::DEVICE_CODE)
);
text!(
    /// Is a password.
    PasswordText,
    string("A password: any characters.").min_length(Some(1)).max_length(Some(PASSWORD_TEXT_CAP))
);
text!(
    /// Names a token without its secret.
    CredentialText,
    patterned("A token, by the id that lists show.", patterns::CREDENTIAL)
);
text!(
    /// Is an instant.
    InstantText,
    string("An instant in UTC (RFC 3339).").format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
);

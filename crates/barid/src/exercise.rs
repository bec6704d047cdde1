//! The exercise association and its records: synthetic, marked in every name, owned by exercise bureaus.
//!
//! The bureaus XA, XB and XC carry codes that ISO 3166 leaves to its users. Nobody in here exists: the names are the
//! words for "exercise", "sample" and "test" in the bureaus' languages, so that a leak of the set harms nobody and no
//! officer takes one for a person.

use barid_api::objects::ObjectStated;
use barid_app::{AgreementProposal, FoundingPlan, Submission, hosted_profile};
use barid_domain::agreements::{Clause, Duty, FieldGroup, Grant, GrantedOperation};
use barid_domain::codes::{
    Classification, Database, DocumentType, FraudType, Handling, InformationGrade, NameKind, Offence,
    OrganisationKind, PersonStatus, Purpose, RevocationReason, Sex, SourceGrade,
};
use barid_domain::countries::CountryCode;
use barid_domain::dates::{DateInterval, Day};
use barid_domain::faults::Faults;
use barid_domain::ids::OrganisationCode;
use barid_domain::objects::Object;
use barid_domain::persons::{Person, PersonName};
use barid_domain::terms::Terms;
use barid_domain::text::LocalText;
use barid_domain::travel_documents::{DocumentNumber, TravelDocument};
use serde_json::{Value, json};

/// Is one exercise bureau.
pub struct Bureau {
    /// Its code.
    pub code: &'static str,
    /// Its country's alpha-3 code.
    pub country: &'static str,
    /// Its name in its own language, with the language.
    pub name: (&'static str, &'static str),
}

/// The exercise bureaus.
pub const BUREAUS: &[Bureau] = &[
    Bureau { code: "XA", country: "XAX", name: ("ru", "Учебное бюро А") },
    Bureau { code: "XB", country: "XBX", name: ("ar", "مكتب التدريب باء") },
    Bureau { code: "XC", country: "XCX", name: ("hi", "अभ्यास ब्यूरो सी") },
];

/// The secretariat's code.
pub const SECRETARIAT: &str = "SEC";
/// The partner's code.
pub const PARTNER: &str = "XPART";
/// The commission's code.
pub const COMMISSION: &str = "COM";

/// The agreement by which the partner searches and opens exercise records of XA and XC; XB is no party. `None` never, as its
/// texts are sound.
pub fn agreement(today: Day) -> Option<AgreementProposal> {
    let code = |code: &str| OrganisationCode::new(code).ok();
    let title = |language: &str, text: &str| LocalText::new(language, text, 200).ok();
    let owners = vec![code("XA")?, code("XC")?];
    let partner = code(PARTNER)?;
    let clause = "Records that are shown under this agreement stay their owner's. Nothing is done about one \
                  before its owner has confirmed it.";
    Some(AgreementProposal {
        amends: None,
        titles: vec![
            title("en", "Exercise: direct access of a regional centre")?,
            title("ru", "Учение: прямой доступ регионального центра")?,
            title("ar", "تمرين: وصول مباشر لمركز إقليمي")?,
            title("hi", "अभ्यास: क्षेत्रीय केंद्र की सीधी पहुँच")?,
        ],
        parties: owners.iter().copied().chain([partner]).collect(),
        from: today,
        until: today.saturating_add(730),
        clauses: vec![Clause { number: 1, texts: vec![title("en", clause)?] }],
        grants: vec![Grant {
            number: 1,
            recipients: vec![partner],
            owners,
            databases: vec![Database::Persons, Database::TravelDocuments],
            operations: vec![GrantedOperation::Candidates, GrantedOperation::Open],
            fields: vec![FieldGroup::Documents, FieldGroup::Offences, FieldGroup::Details],
            purposes: vec![Purpose::Exercise],
            held: vec![Purpose::Exercise],
            handling: vec![Handling::H0, Handling::H1],
            classification: Classification::OfficialUse,
            daily_cap: 500,
            duties: vec![Duty::ConfirmWithOwner, Duty::DeleteAtEnd],
        }],
    })
}

/// One exercise person: bureau, names with script and language, birth, sex, status.
type Row = (
    &'static str,
    &'static [(&'static str, &'static str, &'static str)],
    &'static str,
    Sex,
    PersonStatus,
    Offence,
);

const PERSONS: &[Row] = &[
    (
        "XA",
        &[("Образцов Учебный Примерович", "Cyrl", "ru"), ("Obraztsov Uchebny Primerovich", "Latn", "und")],
        "1984-05-17",
        Sex::Male,
        PersonStatus::Wanted,
        Offence::DrugTrafficking,
    ),
    (
        "XA",
        &[("Примерова Проба Учениевна", "Cyrl", "ru")],
        "1991",
        Sex::Female,
        PersonStatus::Missing,
        Offence::HumanTrafficking,
    ),
    (
        "XA",
        &[("Тренировкин Макет Условнович", "Cyrl", "ru")],
        "1979-12-01",
        Sex::Male,
        PersonStatus::Suspect,
        Offence::Fraud,
    ),
    (
        "XB",
        &[("تدريب نموذج المثالي", "Arab", "ar"), ("Tadrib Namudhaj al-Mithali", "Latn", "und")],
        "1975",
        Sex::Male,
        PersonStatus::Wanted,
        Offence::TerroristFinancing,
    ),
    (
        "XB",
        &[("تمرین نمونه آزمایشی", "Arab", "fa"), ("Tamrin Nemuneh Azmayeshi", "Latn", "und")],
        "1988-03-21",
        Sex::Male,
        PersonStatus::PossibleThreat,
        Offence::TerroristTravel,
    ),
    (
        "XB",
        &[("عينة تجربة التدريبية", "Arab", "ar")],
        "1996-07-09",
        Sex::Female,
        PersonStatus::Victim,
        Offence::HumanTrafficking,
    ),
    (
        "XC",
        &[("अभ्यास नमूना परीक्षण", "Deva", "hi"), ("Abhyas Namuna Parikshan", "Latn", "und")],
        "1990-01-01",
        Sex::Male,
        PersonStatus::Wanted,
        Offence::Ransomware,
    ),
    (
        "XC",
        &[("অনুশীলন নমুনা পরীক্ষামূলক", "Beng", "bn"), ("Anushilan Namuna Porikkhamulok", "Latn", "und")],
        "1982",
        Sex::Male,
        PersonStatus::Convicted,
        Offence::MigrantSmuggling,
    ),
    (
        "XC",
        &[("演习样本", "Hans", "zh"), ("Yanxi Yangben", "Latn", "und")],
        "1986-11-30",
        Sex::Male,
        PersonStatus::Suspect,
        Offence::MoneyLaundering,
    ),
];

/// The plan by which the exercise association is founded: three bureaus, two of whom must sign.
pub fn founding_plan() -> Option<FoundingPlan> {
    let host = code(SECRETARIAT)?;
    let founders = BUREAUS
        .iter()
        .map(|bureau| {
            let names = vec![
                text(bureau.name.0, bureau.name.1)?,
                text("en", &format!("Exercise bureau {}", bureau.code))?,
            ];
            let country = CountryCode::new(bureau.country).ok()?;
            Some(hosted_profile(code(bureau.code)?, OrganisationKind::Bureau, Some(country), names, host))
        })
        .collect::<Option<Vec<_>>>()?;
    let secretariat = vec![text("en", "Secretariat of the exercise association")?];
    let partner = vec![text("en", "Exercise partner organisation")?];
    let commission = vec![text("en", "Commission of the exercise association")?];
    Some(FoundingPlan {
        names: vec![text("en", "Exercise association")?, text("ru", "Учебное объединение")?],
        threshold: 2,
        founders,
        members: vec![
            hosted_profile(host, OrganisationKind::Secretariat, None, secretariat, host),
            hosted_profile(code(PARTNER)?, OrganisationKind::Partner, None, partner, host),
            hosted_profile(code(COMMISSION)?, OrganisationKind::Commission, None, commission, host),
        ],
        host,
        own_keys: Default::default(),
        keys_in_token: Default::default(),
    })
}

/// The exercise persons, each with the bureau that owns it.
pub fn persons(today: Day) -> Vec<(OrganisationCode, Submission<Person>)> {
    PERSONS.iter().filter_map(|row| Some((code(row.0)?, submission(terms(today), person(row)?)))).collect()
}

/// The exercise documents, each with the bureau that owns it: two single ones and a range of stolen blanks.
pub fn documents(today: Day) -> Vec<(OrganisationCode, Submission<TravelDocument>)> {
    let rows = [
        ("XA", "XAX", "XA 0012345", None, FraudType::Stolen, None),
        ("XB", "XBX", "XB 7700001", Some("XB 7700500"), FraudType::StolenBlank, None),
        ("XC", "XCX", "XC 5550100", None, FraudType::Revoked, Some(RevocationReason::IssuedInError)),
    ];
    rows.into_iter()
        .filter_map(|(owner, country, number, range_end, fraud_type, reason)| {
            let document = TravelDocument {
                number: DocumentNumber::new(number).ok()?,
                range_end: range_end.and_then(|end| DocumentNumber::new(end).ok()),
                issuing_country: CountryCode::new(country).ok()?,
                document_type: DocumentType::Passport,
                fraud_type,
                reason,
                reported_on: Some(today.saturating_add(-30)),
            };
            Some((code(owner)?, submission(terms(today), document)))
        })
        .collect()
}

/// The exercise objects, each with the bureau that owns it: one of each database.
pub fn objects(today: Day) -> Vec<(OrganisationCode, Submission<Object>)> {
    let remark = json!([{"language": "en", "text": "EXERCISE RECORD: this object does not exist."}]);
    let day = today.saturating_add(-30).to_string();
    let rows = [
        (
            "XA",
            json!({
                "database": "vehicles", "status": "stolen", "kind": "car", "vin": "XTA210990X0000001",
                "plates": [{"number": "А 001 ХА 99", "country": "XAX"}], "make": "Образец", "colours": ["white"],
            }),
        ),
        (
            "XB",
            json!({
                "database": "vessels", "status": "stolen", "kind": "fishing", "names": ["أمل التمرين"],
                "imo": "IMO 9999993", "flag": "XBX",
            }),
        ),
        (
            "XC",
            json!({
                "database": "aircraft", "status": "involved", "kind": "unmanned", "mark": "XC-0001",
                "serial": "অনুশীলন ০০১",
            }),
        ),
        (
            "XA",
            json!({
                "database": "firearms", "status": "lost", "kind": "pistol", "serial": "УЧ 000001",
                "calibre": "9x18", "made_in": "XAX",
            }),
        ),
        (
            "XB",
            json!({
                "database": "administrative-documents", "status": "stolen-blank", "kind": "driving-licence",
                "number": "XBDL 0001000", "range_end": "XBDL 0001999", "issuing_country": "XBX",
            }),
        ),
        (
            "XC",
            json!({
                "database": "works-of-art", "status": "stolen", "kind": "sculpture",
                "title": {"language": "hi", "text": "अभ्यास प्रतिमा"}, "inventory": ["XC-M 17"],
            }),
        ),
        (
            "XA",
            json!({
                "database": "incidents", "kind": "seizure", "country": "XAX", "concealment":
                {"language": "ru", "text": "Учебный тайник"}, "substances": [{"substance": "opium", "weight": 2_500_000}],
                "vehicles": [{"plate": "А 002 ХА 99", "country": "XAX"}],
            }),
        ),
        (
            "XB",
            json!({
                "database": "cash-and-accounts", "status": "evidence", "kind": "cash", "currency": "XTS",
                "banknotes": [{"number": "XB 0000001", "range_end": "XB 0000500"}],
            }),
        ),
        (
            "XC",
            json!({
                "database": "organisations-and-networks", "statuses": ["under-investigation"], "kind": "charity",
                "names": [
                    {"text": "अभ्यास नमूना न्यास", "kind": "primary", "script": "Deva", "language": "hi"},
                    {"text": "অনুশীলন নমুনা ট্রাস্ট", "kind": "translation", "script": "Beng", "language": "bn"},
                    {"text": "Учебный фонд «Проба»", "kind": "alias", "script": "Cyrl", "language": "ru"},
                    {"text": "مؤسسة التمرين النموذجية", "kind": "alias", "script": "Arab", "language": "ar"},
                    {"text": "بنیاد نمونه تمرین", "kind": "alias", "script": "Arab", "language": "fa"},
                    {"text": "演习样本基金会", "kind": "alias", "script": "Hans", "language": "zh"},
                    {"text": "Abhyas Namuna Trust", "kind": "alias", "script": "Latn"},
                ],
                "countries": ["XCX"], "registrations": [{"number": "XC-0001", "country": "XCX", "kind": "associations"}],
                "emails": ["office@exercise.example"], "founded": ["1998"],
            }),
        ),
    ];
    let object = |mut stated: Value| {
        stated["remarks"] = remark.clone();
        // Nothing befell a group on a day.
        if stated["database"] != "organisations-and-networks" {
            stated["reported_on"] = json!(day);
        }
        let stated: ObjectStated = serde_json::from_value(stated).ok()?;
        stated.read("object", &mut Faults::default())
    };
    rows.into_iter()
        .filter_map(|(owner, stated)| Some((code(owner)?, submission(terms(today), object(stated)?))))
        .collect()
}

fn submission<T>(terms: Terms, statement: T) -> Submission<T> {
    Submission { record: None, expects: None, terms, statement, images: Vec::new(), audience: None }
}

/// The terms of every exercise record: held for exercises only.
pub fn terms(today: Day) -> Terms {
    Terms {
        purpose: Purpose::Exercise,
        handling: Handling::H0,
        classification: Classification::OfficialUse,
        source_grade: SourceGrade::X,
        information_grade: InformationGrade::Four,
        review_on: today.saturating_add(365),
        provenance: None,
        conditions: Vec::new(),
        kept: None,
    }
}

fn person(row: &Row) -> Option<Person> {
    let (_, names, birth, sex, status, offence) = row;
    let birth: DateInterval = birth.parse().ok()?;
    let names = names
        .iter()
        .enumerate()
        .map(|(i, (text, script, language))| PersonName {
            text: (*text).to_owned(),
            kind: if i == 0 { NameKind::Primary } else { NameKind::Alias },
            strength: None,
            script: (*script).to_owned(),
            language: Some((*language).to_owned()),
            parts: Vec::new(),
            note: None,
        })
        .collect();
    Some(Person {
        names,
        sex: *sex,
        births: vec![birth],
        birth_places: Vec::new(),
        nationalities: vec![
            CountryCode::new(BUREAUS.iter().find(|bureau| bureau.code == row.0)?.country).ok()?,
        ],
        statuses: vec![*status],
        minor: false,
        offences: vec![*offence],
        warnings: Vec::new(),
        documents: Vec::new(),
        addresses: Vec::new(),
        functions: Vec::new(),
        descriptions: Vec::new(),
        remarks: vec![text("en", "EXERCISE RECORD: this person does not exist.")?],
        references: Vec::new(),
        listed_on: None,
        amended_on: Vec::new(),
    })
}

fn code(text: &str) -> Option<OrganisationCode> {
    OrganisationCode::new(text).ok()
}

fn text(language: &str, text: &str) -> Option<LocalText> {
    LocalText::new(language, text, 200).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use barid_domain::codes::Database;
    use barid_domain::objects::tables::TABLES;
    use barid_domain::retention::Held;

    #[test]
    fn every_exercise_record_is_sound_and_marked() {
        let today: Day = "2026-11-23".parse().unwrap();
        assert_eq!(persons(today).len(), PERSONS.len());
        for (owner, submission) in persons(today) {
            let mut faults = Faults::default();
            submission.statement.check(today, &mut faults);
            submission.terms.check(today, Held::of(Database::Persons), &mut faults);
            assert_eq!(faults.into_result(), Ok(()), "{owner}");
            assert_eq!(submission.terms.purpose, Purpose::Exercise);
        }
        assert_eq!(documents(today).len(), 3);
        for (_, submission) in documents(today) {
            let mut faults = Faults::default();
            submission.statement.check(today, Some(submission.statement.issuing_country), &mut faults);
            assert_eq!(faults.into_result(), Ok(()));
        }
        let entered = objects(today);
        let databases: BTreeSet<Database> = entered.iter().map(|(_, one)| one.statement.database).collect();
        assert_eq!((entered.len(), databases.len()), (TABLES.len(), TABLES.len()));
        for (owner, submission) in entered {
            let mut faults = Faults::default();
            submission.statement.check(today, &mut faults);
            assert_eq!(faults.into_result(), Ok(()), "{owner}");
        }
        assert_eq!(founding_plan().unwrap().founders.len(), 3);
    }
}

//! `barid open`: opens one record, a second act after the search, journalled before it is shown.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use barid_app::{App, AppError, ImagePart, LinkPage, OpContext, OpenedRecord, ShownLink, Statement};
use barid_domain::dates::{DateInterval, Day, Timestamp};
use barid_domain::ids::{ImageHash, RecordId};
use barid_domain::images::{Image, ImageFacts};
use barid_domain::links::{Link, LinkedRecord};
use barid_domain::marks::MarkKind;
use barid_domain::objects::Object;
use barid_domain::objects::fields::{Field, FieldKind, Value};
use barid_domain::orders::StandingOrder;
use barid_domain::persons::{HeldDocument, Person, PersonName, Place, Reference};
use barid_domain::terms::{Keeping, Provenance, Terms};
use barid_domain::travel_documents::TravelDocument;
use barid_languages::Text;
use clap::Args;

use super::{Acting, CommandError, DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, code, code_named, identifier, isolate, json, name_of, say, verbatim, words};

/// Opens one record.
#[derive(Args, Debug)]
pub struct OpenArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    acting: Acting,
    /// Write the pictures of the record into this directory too; opening each is an act of its own.
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// The record, as a search named it.
    record: String,
}

pub fn open(args: OpenArgs, form: Form) -> Outcome {
    let record = args.record.parse().map_err(|_| CommandError::Usage("not a record id".to_owned()))?;
    let opened = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = node::context(&app, &args.acting)?;
        let opened = match app.open(&ctx, record).await {
            Ok(opened) => Some(opened),
            Err(AppError::Absent) => None,
            Err(error) => return Err(error.into()),
        };
        let mut written = Vec::new();
        if let (Some(opened), Some(directory)) = (&opened, &args.images) {
            written = write_images(&app, &ctx, opened, directory).await;
        }
        app.close().await?;
        Ok((opened, written))
    })?;
    let (opened, written) = opened;
    let (failed, written): (Vec<_>, Vec<_>) = written.into_iter().partition(|one| one.is_err());
    // The record is shown whatever became of its pictures; then what failed is said, one by one.
    let mut failed: Vec<CommandError> = failed.into_iter().filter_map(Result::err).collect();
    let written: Vec<PathBuf> = written.into_iter().flatten().collect();
    let end = failed.pop();
    match (opened, form) {
        (None, Form::Json) => {
            json(&serde_json::json!({ "record": null }));
            Ok(ExitCode::from(1))
        }
        (None, Form::Text) => {
            say(Text::NothingForPurpose);
            Ok(ExitCode::from(1))
        }
        (Some(opened), Form::Json) => {
            json(&barid_web::record_shown(&opened));
            failed.iter().for_each(crate::report);
            end.map_or(Ok(ExitCode::SUCCESS), Err)
        }
        (Some(opened), Form::Text) => {
            show(&opened);
            for place in &written {
                say(Text::ImageWritten { place: &identifier(&place.display().to_string()) });
            }
            failed.iter().for_each(crate::report);
            end.map_or(Ok(ExitCode::SUCCESS), Err)
        }
    }
}

/// Opens each picture of a record, and writes it under its number and its hash, for the owner of the file alone. One that
/// fails keeps no other back.
async fn write_images(
    app: &App,
    ctx: &OpContext,
    opened: &OpenedRecord,
    directory: &Path,
) -> Vec<Result<PathBuf, CommandError>> {
    if let Err(cause) = std::fs::create_dir_all(directory) {
        return vec![Err(CommandError::File {
            what: format!("can not make {}", directory.display()),
            cause,
        })];
    }
    let mut written = Vec::new();
    for (number, image) in opened.images.iter().enumerate() {
        let start = format!("{:02}", number + 1);
        written.push(write_image(app, ctx, opened.record, image.picture.hash, &directory.join(start)).await);
    }
    written
}

async fn write_image(
    app: &App,
    ctx: &OpContext,
    record: RecordId,
    hash: ImageHash,
    start: &Path,
) -> Result<PathBuf, CommandError> {
    let picture = app.open_image(ctx, record, hash, ImagePart::Whole).await?;
    let ending = picture.media_type.rsplit('/').next().unwrap_or_default();
    let place = PathBuf::from(format!("{}-{}.{ending}", start.display(), &hash.to_string()[..16]));
    super::write_file(&place, &picture.bytes)?;
    Ok(place)
}

fn image_line(image: &Image) -> String {
    let Image { picture, kind, taken, caption } = image;
    let ImageFacts { hash, format, bytes, width, height, thumbnail: _ } = picture;
    let mut about = vec![identifier(&format!("{format} {width} x {height}, {bytes}"))];
    about.extend(taken.map(|taken| identifier(&taken.to_string())));
    about.extend(caption.as_ref().map(|caption| isolate(&caption.text)));
    about.push(identifier(&hash.to_string()));
    words(Text::OpenedImage { kind: &code(*kind), about: &about.join(", ") })
}

/// What whoever stands before the person must know first: that it may be another one.
pub(super) fn mark_line(standing: &StandingOrder) -> Option<String> {
    let by = standing.commission.as_str();
    let at = &identifier(&Timestamp::from_seconds(standing.at).to_string());
    let text = &isolate(&name_of(&standing.order.texts));
    match standing.order.mark? {
        MarkKind::MisusedIdentity => Some(words(Text::MarkMisusedIdentity { by, at, text })),
        MarkKind::SimilarPerson => Some(words(Text::MarkSimilarPerson { by, at, text })),
        // Of a later version: its words are shown, and its code.
        mark @ MarkKind::Unlisted(_) => Some(words(Text::OrderMarks { mark: &code(mark), consent: text })),
    }
}

/// What the commission says, in the reader's language where it is said in it.
pub(super) fn annotation_line(standing: &StandingOrder) -> String {
    words(Text::OpenedAnnotation {
        commission: standing.commission.as_str(),
        at: &identifier(&Timestamp::from_seconds(standing.at).to_string()),
        text: &isolate(&name_of(&standing.order.texts)),
    })
}

fn show(opened: &OpenedRecord) {
    lines(opened).iter().for_each(|line| verbatim(line));
}

/// The whole record, what an officer must know first. Taken apart without `..`, here and below: a field that is added
/// asks to be shown.
fn lines(opened: &OpenedRecord) -> Vec<String> {
    let OpenedRecord {
        // What the answer is called; the line in the journal, by which it can be proved, is shown.
        act: _,
        access,
        record,
        version,
        database,
        owner,
        custody,
        terms,
        statement,
        links,
        images,
        duties,
        said,
        is_partial,
        entry,
        stream,
        number,
        signed_at,
    } = opened;
    let mut lines = match statement {
        Statement::Person(person) => cautions(person),
        Statement::TravelDocument(_) | Statement::Object(_) | Statement::Link(_) => Vec::new(),
    };
    lines.extend(said.marks.iter().filter_map(mark_line));
    lines.push(words(Text::OpenedRecord { record: &identifier(&record.to_string()), version: *version }));
    lines.push(words(Text::OpenedHolder {
        database: &code(*database),
        owner: owner.as_str(),
        custody: &custody.to_string(),
    }));
    lines.extend(terms_lines(terms));
    lines.extend(duties.iter().map(|duty| words(Text::OpenedDuty { duty: &code(*duty) })));
    lines.extend(said.annotations.iter().map(annotation_line));
    lines.extend(is_partial.then(|| words(Text::OpenedPartial)));
    lines.extend(match statement {
        Statement::Person(person) => person_lines(person),
        Statement::TravelDocument(document) => document_lines(document),
        Statement::Object(object) => object_lines(object),
        Statement::Link(link) => link_lines(link),
    });
    match (links, statement) {
        (Some(page), _) => lines.extend(links_lines(page)),
        (None, Statement::Link(_)) => {}
        (None, _) => lines.push(words(Text::OpenedLinksUnknown)),
    }
    lines.extend(images.iter().map(image_line));
    lines.push(words(Text::OpenedEntry { entry: &identifier(&entry.to_string()) }));
    let stream = identifier(&stream.to_string());
    lines.push(match number {
        Some(number) => words(Text::OpenedStands { stream: &stream, number: *number }),
        None => words(Text::OpenedStream { stream: &stream }),
    });
    let at = identifier(&Timestamp::from_seconds(*signed_at).to_string());
    lines.push(words(Text::OpenedSigned { at: &at }));
    lines.push(words(Text::OpenedAccess { access: &identifier(&access.to_string()) }));
    lines.push(words(Text::InformationNoAction));
    lines
}

/// What whoever stands before the person must read first.
fn cautions(person: &Person) -> Vec<String> {
    let warnings =
        person.warnings.iter().map(|warning| words(Text::OpenedWarning { warning: &code(*warning) }));
    warnings.chain(person.minor.then(|| words(Text::OpenedMinor))).collect()
}

fn terms_lines(terms: &Terms) -> Vec<String> {
    let Terms {
        purpose,
        handling,
        classification,
        source_grade,
        information_grade,
        review_on,
        provenance,
        conditions,
        kept,
    } = terms;
    let mut lines = vec![words(Text::OpenedTerms {
        terms: &format!("{}, {handling}, {}", code(*purpose), code(*classification)),
        grade: &format!("{source_grade}{information_grade}"),
        review: &review_on.to_string(),
    })];
    lines.extend(
        conditions.iter().map(|text| words(Text::OpenedCondition { condition: &isolate(&text.text) })),
    );
    lines.extend(provenance.iter().map(|Provenance { source, reference, edition }| {
        let edition = edition.map(|day| format!("({day})")).unwrap_or_default();
        let text = Text::OpenedProvenance {
            source: &isolate(source),
            reference: &identifier(reference),
            edition: &identifier(&edition),
        };
        words(text).trim_end().to_owned()
    }));
    lines.extend(kept.iter().map(|Keeping { decided_on, reason, text }| {
        let said = text.as_ref().map(|text| isolate(&text.text)).unwrap_or_default();
        let (day, reason) = (identifier(&decided_on.to_string()), code(*reason));
        words(Text::OpenedKept { day: &day, reason: &reason, said: &said }).trim_end().to_owned()
    }));
    lines
}

fn document_lines(document: &TravelDocument) -> Vec<String> {
    let TravelDocument { number, range_end, issuing_country, document_type, fraud_type, reason, reported_on } =
        document;
    let numbers = match range_end {
        Some(end) => format!("{}–{}", number.as_str(), end.as_str()),
        None => number.as_str().to_owned(),
    };
    let mut lines = vec![words(Text::OpenedDocument {
        kind: &code(*document_type),
        number: &identifier(&numbers),
        country: &issuing_country.to_string(),
        fraud: &code(*fraud_type),
    })];
    lines.extend(reason.map(|reason| words(Text::OpenedReason { reason: &code(reason) })));
    lines.extend(reported_on.map(|day| words(Text::OpenedReported { day: &identifier(&day.to_string()) })));
    lines
}

/// A line for each value, as the table of the database has its fields; those of a group on one line.
fn object_lines(object: &Object) -> Vec<String> {
    let table = object.table().map_or(&[][..], |table| table.fields);
    let mut lines = Vec::new();
    for field in table {
        for value in object.fields.get(field.key) {
            let name = &field_name(field);
            let value = &shown_value(value, field.kind);
            lines.push(words(Text::OpenedField { name, value }));
        }
    }
    lines
}

/// What a link states itself.
fn link_lines(link: &Link) -> Vec<String> {
    let Link { kind, from, to, since, until, remarks } = link;
    let end = |end: &LinkedRecord| {
        let LinkedRecord { record, database, entry: _ } = end;
        format!("{} {}", code(*database), identifier(&record.to_string()))
    };
    let mut lines = vec![words(Text::OpenedLink { kind: &code(*kind), from: &end(from), to: &end(to) })];
    lines.extend(span(since.as_ref(), until.as_ref()));
    lines.extend(remarks.iter().map(|remark| isolate(&remark.text)));
    lines
}

/// The links of a record: what each says, with whom, how good it is and who states it.
fn links_lines(page: &LinkPage) -> Vec<String> {
    let LinkPage { links, next } = page;
    let mut lines = Vec::new();
    for link in links {
        let ShownLink {
            // The other record is what is opened next; the link itself is listed among its owner's records.
            link: _,
            kind,
            leads_away,
            other,
            other_database,
            other_found,
            other_changed,
            owner,
            source_grade,
            information_grade,
            handling,
            since,
            until,
            remarks,
            entry: _,
            exercise,
        } = link;
        let (kind, found, database) = (code(*kind), isolate(other_found), code(*other_database));
        let grade = format!("{source_grade}{information_grade} {handling}");
        let (owner, record) = (owner.as_str(), identifier(&other.to_string()));
        let (kind, other, database, grade, record) = (&*kind, &*found, &*database, &*grade, &*record);
        let text = match leads_away {
            true => Text::OpenedLinkAway { kind, other, database, grade, owner, record },
            false => Text::OpenedLinkHere { kind, other, database, grade, owner, record },
        };
        lines.push(words(text));
        let mut beside: Vec<String> = span(since.as_ref(), until.as_ref()).into_iter().collect();
        beside.extend(remarks.iter().map(|remark| isolate(&remark.text)));
        beside.extend(other_changed.then(|| words(Text::OpenedLinkChanged)));
        beside.extend(exercise.then(|| words(Text::Exercise)));
        lines.extend(beside.iter().map(|line| format!("  {line}")));
    }
    lines.extend(next.map(|_| words(Text::OpenedMoreLinks)));
    lines
}

/// Since when and until when, as far as either is known.
fn span(since: Option<&DateInterval>, until: Option<&DateInterval>) -> Option<String> {
    let shown = |interval: Option<&DateInterval>| interval.map_or("…".to_owned(), ToString::to_string);
    (since.is_some() || until.is_some()).then(|| identifier(&format!("{} – {}", shown(since), shown(until))))
}

fn field_name(field: &Field) -> String {
    code_named("field", &field.name.replace('_', "-"))
}

fn shown_value(value: &Value, kind: FieldKind) -> String {
    match (value, kind) {
        (Value::Code(number), FieldKind::Code(codes)) => match (codes.name)(*number) {
            Some(name) => code_named(codes.list, name),
            None => format!("code-{number}"),
        },
        (Value::Code(number), _) => format!("code-{number}"),
        (Value::Quantity(number), FieldKind::Quantity { unit, .. }) => format!("{number} {unit}"),
        (Value::Quantity(number), _) => number.to_string(),
        (
            Value::Text(text),
            FieldKind::Identifier(_)
            | FieldKind::RangeEnd(_)
            | FieldKind::Cas
            | FieldKind::Script
            | FieldKind::Language,
        ) => identifier(text),
        (Value::Text(text), _) => isolate(text),
        (Value::Note(note), _) => isolate(&note.text),
        (Value::Day(day), _) => identifier(&day.to_string()),
        (Value::Interval(days), _) => identifier(&days.to_string()),
        (Value::Country(country), _) => country.to_string(),
        (Value::Group(fields), FieldKind::Group(table)) => {
            let of_field = |field: &Field| {
                let values = fields.get(field.key).iter().map(|value| shown_value(value, field.kind));
                values.map(|value| format!("{} {value}", field_name(field))).collect::<Vec<_>>()
            };
            table.iter().flat_map(of_field).collect::<Vec<_>>().join(", ")
        }
        (Value::Group(_), _) => String::new(),
    }
}

fn person_lines(person: &Person) -> Vec<String> {
    let Person {
        names,
        sex,
        births,
        birth_places,
        nationalities,
        statuses,
        // Above everything else: `cautions`.
        minor: _,
        offences,
        warnings: _,
        documents,
        addresses,
        functions,
        descriptions,
        remarks,
        references,
        listed_on,
        amended_on,
    } = person;
    let day = |day: &Day| identifier(&day.to_string());
    let mut lines: Vec<String> = names.iter().map(name_line).collect();
    lines.push(words(Text::OpenedSex { sex: &code(*sex) }));
    lines
        .extend(births.iter().map(|birth| words(Text::OpenedBorn { date: &identifier(&birth.to_string()) })));
    lines.extend(birth_places.iter().map(|at| words(Text::OpenedBirthPlace { place: &place(at) })));
    lines.extend(nationalities.iter().map(|of| words(Text::OpenedCountry { country: &of.to_string() })));
    lines.extend(statuses.iter().map(|status| words(Text::OpenedStatus { status: &code(*status) })));
    lines.extend(offences.iter().map(|offence| words(Text::OpenedOffence { offence: &code(*offence) })));
    lines.extend(documents.iter().map(held_line));
    lines.extend(addresses.iter().map(|at| words(Text::OpenedAddress { place: &place(at) })));
    lines.extend(functions.iter().map(|of| words(Text::OpenedFunction { function: &isolate(&of.text) })));
    lines.extend(
        descriptions.iter().map(|of| words(Text::OpenedDescription { description: &isolate(&of.text) })),
    );
    lines.extend(remarks.iter().map(|remark| words(Text::OpenedRemark { remark: &isolate(&remark.text) })));
    lines.extend(references.iter().map(|Reference { scheme, number }| {
        words(Text::OpenedReference { scheme: &isolate(scheme), number: &identifier(number) })
    }));
    lines.extend(listed_on.iter().map(|on| words(Text::OpenedListed { day: &day(on) })));
    lines.extend(amended_on.iter().map(|on| words(Text::OpenedAmended { day: &day(on) })));
    lines
}

fn name_line(name: &PersonName) -> String {
    // The parts are the words of the text again.
    let PersonName { text, kind, strength, script, language, parts: _, note } = name;
    let mut about = vec![code(*kind)];
    about.extend(strength.map(code));
    // `Zyyy` is mixed or unknown, which says nothing.
    about.extend((script != "Zyyy").then(|| identifier(script)));
    about.extend(language.as_deref().map(identifier));
    about.extend(note.as_deref().map(isolate));
    words(Text::OpenedName { name: &isolate(text), kind: &about.join(", ") })
}

fn held_line(document: &HeldDocument) -> String {
    let HeldDocument {
        document_type,
        number,
        issuing_country,
        type_text,
        issued_on,
        expires_on,
        issued_at,
        note,
    } = document;
    let mut about = Vec::new();
    about.extend(number.as_deref().map(isolate));
    about.extend(issuing_country.map(|country| country.to_string()));
    about.extend(type_text.as_deref().map(isolate));
    let term = |day: &Option<DateInterval>| day.map(|day| day.to_string()).unwrap_or_default();
    if issued_on.is_some() || expires_on.is_some() {
        about.push(identifier(&format!("{}–{}", term(issued_on), term(expires_on))));
    }
    about.extend(issued_at.as_deref().map(isolate));
    about.extend(note.as_deref().map(isolate));
    words(Text::OpenedHolds { kind: &code(*document_type), number: &about.join(", ") })
}

/// A place from the street outwards, then what the source remarks on it.
fn place(place: &Place) -> String {
    let Place { country, country_text, region, city, street, postal_code, note } = place;
    let mut shown = Vec::new();
    for text in [street, postal_code, city, region, country_text] {
        shown.extend(text.as_deref().map(isolate));
    }
    shown.extend(country.map(|country| country.to_string()));
    shown.extend(note.as_deref().map(isolate));
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use barid_domain::codes::{
        AliasStrength, DocumentType, FraudType, NameKind, Offence, PersonStatus, RevocationReason, Sex,
        Warning,
    };
    use barid_domain::codes::{Classification, Handling, InformationGrade, Purpose, SourceGrade};
    use barid_domain::text::LocalText;
    use barid_domain::travel_documents::DocumentNumber;

    use super::*;
    use barid_domain::terms::KeepReason;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn texts(text: &str) -> Vec<LocalText> {
        vec![LocalText { language: "und".to_owned(), text: text.to_owned() }]
    }

    fn somewhere(city: &str) -> Place {
        Place {
            country: "XAX".parse().ok(),
            country_text: some(&format!("{city}-land")),
            region: some(&format!("{city}-region")),
            city: some(city),
            street: some(&format!("{city}-street")),
            postal_code: some(&format!("{city}-code")),
            note: some(&format!("{city}-note")),
        }
    }

    fn person() -> Person {
        Person {
            names: vec![PersonName {
                text: "Учебный Образец".to_owned(),
                kind: NameKind::Alias,
                strength: Some(AliasStrength::Weak),
                script: "Cyrl".to_owned(),
                language: some("ru"),
                parts: Vec::new(),
                note: some("name-note"),
            }],
            sex: Sex::Female,
            births: vec!["1981-02-03".parse().unwrap()],
            birth_places: vec![somewhere("birthtown")],
            nationalities: vec!["XBX".parse().unwrap()],
            statuses: vec![PersonStatus::Missing],
            minor: true,
            offences: vec![Offence::Fraud],
            warnings: vec![Warning::Armed, Warning::Infectious],
            documents: vec![HeldDocument {
                document_type: DocumentType::Passport,
                number: some("P1234567"),
                issuing_country: "XCX".parse().ok(),
                type_text: some("type-words"),
                issued_on: "2019-04-05".parse().ok(),
                expires_on: "2029-04-06".parse().ok(),
                issued_at: some("issue-town"),
                note: some("document-note"),
            }],
            addresses: vec![somewhere("hometown")],
            functions: texts("exercise clerk"),
            descriptions: texts("scar on the left hand"),
            remarks: texts("exercise remark"),
            references: vec![Reference { scheme: "UN".to_owned(), number: "QDi.999".to_owned() }],
            listed_on: "2015-09-29".parse().ok(),
            amended_on: vec!["2016-03-04".parse().unwrap()],
        }
    }

    #[test]
    fn every_fact_of_a_full_person_stands_in_the_text() {
        let shown = person_lines(&person()).join("\n");
        let places = ["birthtown", "hometown"].iter().flat_map(|city| {
            ["", "-land", "-region", "-street", "-code", "-note"].map(|what| format!("{city}{what}"))
        });
        let wanted = [
            "Учебный Образец",
            "alias",
            "weak",
            "Cyrl",
            "ru",
            "name-note",
            "female",
            "1981-02-03",
            "XAX",
            "XBX",
            "missing",
            "financial-crime.fraud",
            "passport",
            "P1234567",
            "XCX",
            "type-words",
            "2019-04-05",
            "2029-04-06",
            "issue-town",
            "document-note",
            "exercise clerk",
            "scar on the left hand",
            "exercise remark",
            "UN",
            "QDi.999",
            "2015-09-29",
            "2016-03-04",
        ];
        for fact in wanted.into_iter().map(str::to_owned).chain(places) {
            assert!(shown.contains(&fact), "{fact} is missing:\n{shown}");
        }
        let cautions = cautions(&person());
        assert_eq!(cautions[..2], ["WARNING  armed", "WARNING  infectious"]);
        assert!(cautions[2].starts_with("MINOR"));
    }

    #[test]
    fn the_terms_say_their_conditions_and_where_the_record_is_from() {
        let terms = Terms {
            purpose: Purpose::Sanctions,
            handling: Handling::H3,
            classification: Classification::Restricted,
            source_grade: SourceGrade::B,
            information_grade: InformationGrade::Two,
            review_on: "2027-01-02".parse().unwrap(),
            provenance: Some(Provenance {
                source: "UN".to_owned(),
                reference: "QDi.345".to_owned(),
                edition: "2026-02-27".parse().ok(),
            }),
            conditions: texts("ask before use"),
            kept: Some(Keeping {
                decided_on: "2026-11-01".parse().unwrap(),
                reason: KeepReason::Other,
                text: Some(LocalText {
                    language: "bn".into(), text: "আদালতের উত্তর বাকি".into()
                }),
            }),
        };
        let shown = terms_lines(&terms).join("\n");
        for fact in [
            "sanctions",
            "H3",
            "restricted",
            "grade B2",
            "2027-01-02",
            "UN QDi.345 (2026-02-27)",
            "only if  ask before use",
            "2026-11-01: other আদালতের উত্তর বাকি",
        ] {
            assert!(shown.contains(fact), "{fact} is missing:\n{shown}");
        }
    }

    #[test]
    fn a_range_of_documents_shows_both_ends_its_reason_and_its_day() {
        let document = TravelDocument {
            number: DocumentNumber::new("B000001").unwrap(),
            range_end: DocumentNumber::new("B000500").ok(),
            issuing_country: "XAX".parse().unwrap(),
            document_type: DocumentType::Passport,
            fraud_type: FraudType::Revoked,
            reason: Some(RevocationReason::SeriesWithdrawn),
            reported_on: "2026-01-09".parse().ok(),
        };
        assert_eq!(
            document_lines(&document),
            [
                "document passport B000001–B000500 of XAX: revoked",
                "because  series-withdrawn",
                "on       2026-01-09",
            ]
        );
    }
}

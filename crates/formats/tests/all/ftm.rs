//! FollowTheMoney: out and in again, with the listed losses and no others; what others write; bad lines.

use barid_domain::codes::{
    AliasStrength, CodeList, Database, DocumentType, NameKind, Offence, PersonStatus, Sex, Warning,
};
use barid_domain::countries::{CountryCode, ISO_3166};
use barid_domain::dates::{DateInterval, Day};
use barid_domain::objects::fields::{Field, FieldKind, Fields, Value};
use barid_domain::objects::{Object, tables};
use barid_domain::persons::{HeldDocument, Person, PersonName, Place, Reference};
use barid_domain::terms::Provenance;
use barid_domain::text::LocalText;
use barid_formats::ftm::{FtmLimits, FtmReader, PATHS, entities_of, to_lines};
use barid_formats::list_items::{AboutItem, Fate, ListItem, ListReader as _, Stated};
use barid_formats::report::ReportCode;
use proptest::prelude::*;

fn today() -> Day {
    Day::new(2026, 11, 27).unwrap()
}

fn read(lines: &str) -> Vec<ListItem> {
    FtmReader::new(lines.as_bytes(), today(), FtmLimits::default()).collect::<Result<_, _>>().unwrap()
}

fn one(lines: &str) -> (Stated, Vec<ReportCode>) {
    let mut items = read(lines);
    assert_eq!(items.len(), 1, "{items:?}");
    match items.remove(0) {
        ListItem::Stated { stated, report, .. } => (stated, report.iter().map(|row| row.code).collect()),
        other => panic!("{other:?}"),
    }
}

fn person(lines: &str) -> (Person, Vec<ReportCode>) {
    match one(lines) {
        (Stated::Person(person), report) => (*person, report),
        other => panic!("{other:?}"),
    }
}

fn object(lines: &str) -> (Object, Vec<ReportCode>) {
    match one(lines) {
        (Stated::Object(object), report) => (*object, report),
        other => panic!("{other:?}"),
    }
}

fn texts(object: &Object, field: &str) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Note(note) => note.text.clone(),
        other => format!("{other:?}"),
    };
    object.values(field).map(text).collect()
}

#[test]
fn the_page_shows_the_table_of_the_code() {
    let page = include_str!("../../../../docs/formats/follow-the-money.md");
    for row in PATHS {
        let (fate, what) = match row.fate {
            Fate::Kept(what) => ("kept", what),
            Fate::Mapped(what) => ("mapped", what),
            Fate::Dropped(what) => ("dropped", what),
        };
        let line = format!("| `{}` | {fate} | {what} |", row.path);
        assert!(page.lines().any(|shown| shown == line), "the page lacks: {line}");
    }
    assert_eq!(page.lines().filter(|line| line.starts_with("| `")).count(), PATHS.len());
}

#[test]
fn a_person_is_joined_with_what_refers_to_it_wherever_that_stands() {
    let lines = r#"{"id":"d","schema":"Passport","properties":{"holder":["p"],"number":["C 1234567"],"passportNumber":["C 1234567"],"country":["tj"],"startDate":["2019-03"],"type":["Diplomatic passport"]}}
{"id":"p","schema":"Person","caption":"x","properties":{"name":["Валерий Калачев","कालाचेव","Kalachev, Valery"],"alias":["Валера"],"weakAlias":["К."],"previousName":["Петров"],"birthDate":["1971-03","1970"],"birthPlace":["Душанбе"],"birthCountry":["tj"],"nationality":["ru","xk","suhh"],"gender":["male"],"topics":["wanted","crime"],"position":["директор"],"passportNumber":["C 1234567"],"addressEntity":["a"],"email":["k@example.org"]}}
{"id":"s","schema":"Sanction","properties":{"entity":["p"],"authority":["Somebody"],"listingDate":["2020-02-02"],"reason":["because"]}}
{"id":"a","schema":"Address","properties":{"city":["Хуҷанд"],"country":["tj"],"street":["ул. 1"]}}
"#;
    let (person, report) = person(lines);
    let names: Vec<_> =
        person.names.iter().map(|name| (name.text.as_str(), name.kind, name.strength)).collect();
    assert_eq!(
        names,
        [
            ("Валерий Калачев", NameKind::Primary, None),
            ("कालाचेव", NameKind::OriginalScript, None),
            ("Kalachev, Valery", NameKind::OriginalScript, None),
            ("Валера", NameKind::Alias, None),
            ("К.", NameKind::Alias, Some(AliasStrength::Weak)),
            ("Петров", NameKind::Former, None),
        ]
    );
    assert_eq!(person.births.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1971-03", "1970"]);
    assert_eq!(person.birth_places[0].city.as_deref(), Some("Душанбе"));
    assert_eq!(person.birth_places[0].country.map(|country| country.to_string()).as_deref(), Some("TJK"));
    assert_eq!(person.nationalities.iter().map(ToString::to_string).collect::<Vec<_>>(), ["RUS", "RKS"]);
    assert_eq!(report, [ReportCode::UnknownCountry]);
    assert_eq!(person.documents.len(), 1, "the number at the person is that of its passport");
    assert_eq!(person.documents[0].document_type, DocumentType::DiplomaticPassport);
    assert_eq!(person.documents[0].issued_on.map(|date| date.to_string()).as_deref(), Some("2019-03"));
    assert_eq!(person.listed_on, Day::new(2020, 2, 2).ok());
    assert_eq!(person.addresses[0].city.as_deref(), Some("Хуҷанд"));
    assert_eq!(
        person.remarks[0].text,
        "nationality: suhh; topic given by the source: wanted; topic given by the source: crime; email: k@example.org; \
         measure stated by the source: authority Somebody; reason because"
    );
}

/// Invariant 7: nothing that a file says becomes more than that somebody is listed.
#[test]
fn no_topic_and_no_status_makes_anybody_wanted() {
    for topic in ["wanted", "crime.terror", "sanction", "poi", "asset.frozen", "arrest!"] {
        let line = format!(
            r#"{{"id":"p","schema":"Person","properties":{{"name":["Калачев"],"topics":["{topic}"],"status":["wanted"]}}}}"#
        );
        let (person, _) = person(&line);
        assert_eq!(
            (person.statuses, person.offences, person.warnings),
            (vec![PersonStatus::Listed], vec![], vec![])
        );
        assert!(person.remarks[0].text.contains(&format!("topic given by the source: {topic}")));
        assert!(person.remarks[0].text.contains("status given by the source: wanted"));
    }
}

#[test]
fn things_become_objects_of_their_databases() {
    let (vehicle, report) = object(
        r#"{"id":"v","schema":"Vehicle","properties":{"registrationNumber":["А 123 ВС 77"],"country":["ru"],"model":["Нива"],"type":["car"],"buildDate":["2001-02"],"topics":["wanted"]}}"#,
    );
    assert_eq!((vehicle.database, report), (Database::Vehicles, vec![]));
    let plate = vehicle.identifiers().remove(0);
    assert_eq!(
        (plate.written.as_str(), plate.country.map(|c| c.to_string()).as_deref()),
        ("А 123 ВС 77", Some("RUS"))
    );
    assert_eq!(texts(&vehicle, "remarks"), ["buildDate: 2001-02; topic given by the source: wanted"]);
    let (vessel, report) = object(
        r#"{"id":"v","schema":"Vessel","properties":{"name":["Ковчег"],"alias":["ARK"],"imoNumber":["IMO9187655","IMO1"],"flag":["pa"],"mmsi":"256842000"}}"#,
    );
    assert_eq!(report, [ReportCode::BadCharacters]);
    assert_eq!(texts(&vessel, "names"), ["Ковчег", "ARK"]);
    assert_eq!(
        (texts(&vessel, "imo"), texts(&vessel, "mmsi")),
        (vec!["IMO9187655".to_owned()], vec!["256842000".to_owned()])
    );
    assert_eq!(texts(&vessel, "remarks"), ["imoNumber: IMO1"]);
    let (wallet, _) = object(
        r#"{"id":"w","schema":"CryptoWallet","properties":{"publicKey":["149w62rY42aZBox8fGcmqNsXUzSStKeq8C"],"blockchain":["Bitcoin"]}}"#,
    );
    assert_eq!(
        (wallet.database, texts(&wallet, "network")),
        (Database::CashAndAccounts, vec!["Bitcoin".to_owned()])
    );
}

/// The values of groups of fields as `name text`, in the order of the record.
fn said(object: &Object, field: &str) -> Vec<String> {
    let table = object.table().unwrap().fields.iter().find(|known| known.name == field).unwrap();
    let FieldKind::Group(inner) = table.kind else { panic!("{field}") };
    let shown = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Note(note) => note.text.clone(),
        Value::Country(country) => country.to_string(),
        other => format!("{other:?}"),
    };
    let of = |value: &Value| {
        let Value::Group(values) = value else { panic!() };
        let values = inner.iter().filter_map(|field| Some((field, values.get(field.key).first()?)));
        let values = values.map(|(field, value)| match (field.kind, value) {
            (FieldKind::Code(codes), Value::Code(number)) => (codes.name)(*number).unwrap().to_owned(),
            (_, value) => shown(value),
        });
        values.collect::<Vec<_>>().join(" | ")
    };
    object.values(field).map(of).collect()
}

const COMPANY: &str = r#"{"id":"o","schema":"Company","properties":{"alias":["Учебка"],"name":["ООО «Учебная проба»","Uchebnaya Proba LLC","Учебная проба","কোম্পানি প্রবা"],"previousName":["АО «Проба»"],"abbreviation":["УП"],"weakAlias":["Проба"],"jurisdiction":["ru"],"country":["ru","xk","suhh"],"incorporationDate":["1998-05"],"dissolutionDate":["2020-02-02"],"registrationNumber":["А-1/2"],"innCode":["7707083893"],"ogrnCode":["1027700132193"],"licenseNumber":["Л-12"],"leiCode":["529900T8BM49AURSDO55","529900T8BM49AURSDO56"],"swiftBic":["DEUTDEFF"],"phone":["+992 372 21 00 00"],"email":["office@example.org"],"website":["example.org"],"sector":["торговля"],"wikidataId":["Q42"],"legalForm":["ООО"],"topics":["sanction","wanted"],"status":["active"],"notes":["Учебная запись."],"addressEntity":["a"],"address":["г. Душанбе"]}}
{"id":"s","schema":"Sanction","properties":{"entity":["o"],"authority":["Somebody"],"listingDate":["2020-02-02"],"modifiedAt":["2021-02-02"]}}
{"id":"a","schema":"Address","properties":{"city":["Хуҷанд"],"country":["tj"],"street":["ул. 1"]}}
"#;

#[test]
fn an_organisation_becomes_a_group_with_what_refers_to_it() {
    let (group, report) = object(COMPANY);
    assert_eq!(group.database, Database::OrganisationsAndNetworks);
    assert_eq!(
        said(&group, "names"),
        [
            "ООО «Учебная проба» | primary | Cyrl",
            "Uchebnaya Proba LLC | original-script | Latn",
            "কোম্পানি প্রবা | original-script | Beng",
            "Учебная проба | alias | Cyrl",
            "Учебка | alias | Cyrl",
            "АО «Проба» | former | Cyrl",
            "УП | acronym | Cyrl",
            "Проба | alias | weak | Cyrl",
        ]
    );
    assert_eq!(said(&group, "addresses"), ["TJK | Хуҷанд | ул. 1", "г. Душанбе"]);
    assert_eq!(
        said(&group, "registrations"),
        ["А-1/2", "7707083893 | tax | INN", "1027700132193 | companies | OGRN", "Л-12 | licences"]
    );
    assert_eq!(said(&group, "references"), ["wikidataId | Q42"]);
    assert_eq!(texts(&group, "leis"), ["529900T8BM49AURSDO55"]);
    assert_eq!(texts(&group, "bics"), ["DEUTDEFF"]);
    assert_eq!(group.values("countries").count(), 2);
    assert_eq!(group.values("founded").count() + group.values("dissolved").count(), 2);
    assert_eq!(group.values("listed_on").count() + group.values("amended_on").count(), 2);
    assert_eq!(
        group.values("statuses").collect::<Vec<_>>(),
        [&Value::Code(1)],
        "listed, whatever the source asks"
    );
    assert_eq!(report, [ReportCode::UnknownCountry, ReportCode::CheckDigit]);
    assert_eq!(
        texts(&group, "remarks"),
        [
            "country: suhh; leiCode: 529900T8BM49AURSDO56; legalForm: ООО; topic given by the source: sanction; \
          topic given by the source: wanted; status given by the source: active; Учебная запись.; \
          measure stated by the source: authority Somebody"
        ]
    );
    let (body, _) = object(r#"{"id":"b","schema":"PublicBody","properties":{"name":["Учебный комитет"]}}"#);
    assert_eq!(body.values("kind").collect::<Vec<_>>(), [&Value::Code(7)]);
    let (any, _) = object(r#"{"id":"b","schema":"LegalEntity","properties":{"name":["Калачев"]}}"#);
    assert_eq!(any.values("kind").count(), 0);
    assert_eq!(texts(&any, "remarks"), ["a person or an organisation, by the schema of the source"]);
}

/// Out and in again: the same but for what the page lists as lost.
#[test]
fn a_group_survives_but_for_the_listed_losses() {
    let (mut group, _) = object(COMPANY);
    let entities = entities_of("r-1", None, &Stated::Object(Box::new(group.clone()))).unwrap();
    let schemata: Vec<&str> = entities.iter().map(|entity| entity.schema.as_str()).collect();
    assert_eq!(schemata, ["Company", "Address", "Address", "Sanction"]);
    let (read, report) = object(&to_lines(&entities));
    assert_eq!(report, []);
    for field in ["names", "addresses"] {
        assert_eq!(said(&read, field), said(&group, field), "{field}");
    }
    for field in [
        "kind",
        "statuses",
        "countries",
        "leis",
        "bics",
        "emails",
        "sector",
        "founded",
        "dissolved",
        "listed_on",
        "amended_on",
    ] {
        let (before, after): (Vec<_>, Vec<_>) = (group.values(field).collect(), read.values(field).collect());
        assert_eq!(after, before, "{field}");
    }
    // Which register it was, and other references, go into words; numbers and sites are written in the format's own form.
    assert_eq!(
        said(&read, "registrations"),
        ["А-1/2", "1027700132193", "7707083893 | tax", "Л-12 | licences"]
    );
    assert_eq!(texts(&read, "phones"), ["+992372210000"]);
    assert_eq!(texts(&read, "websites"), ["http://example.org/"]);
    assert_eq!(read.values("references").count(), 0);
    let remarks = texts(&read, "remarks").join("; ");
    for words in [
        "status given by the source: listed",
        "number 7707083893: register INN",
        "scheme wikidataId, number Q42",
    ] {
        assert!(remarks.contains(words), "{remarks}");
    }
    // Written once more, nothing else is lost.
    let entities = entities_of("r-1", None, &Stated::Object(Box::new(read.clone()))).unwrap();
    group = object(&to_lines(&entities)).0;
    for field in ["names", "addresses", "registrations"] {
        assert_eq!(said(&group, field), said(&read, field));
    }
}

#[test]
fn bad_lines_are_refused_with_their_place_and_the_rest_goes_on() {
    let good = |id: &str| format!(r#"{{"id":"{id}","schema":"Person","properties":{{"name":["Проба"]}}}}"#);
    let lines = [
        good("1"),
        good("1"),
        "{\"id\":\"2\"".to_owned(),
        r#"{"id":"3","schema":"Person","properties":{"name":["А"],"name":["Б"]}}"#.to_owned(),
        r#"{"id":"4","schema":"Person","properties":{"name":[{"id":"x","schema":"Person"}]}}"#.to_owned(),
        r#"{"schema":"Person","properties":{}}"#.to_owned(),
        r#"{"id":"5","properties":{}}"#.to_owned(),
        r#"{"id":"6","schema":"Person","properties":{"name":["1234"]}}"#.to_owned(),
        r#"{"id":"7","schema":"Passport","properties":{"holder":["nobody"],"number":["1"]}}"#.to_owned(),
        r#"{"id":"8","schema":"Company","properties":{"name":["ООО"]}}"#.to_owned(),
        r#"{"id":"8a","schema":"Company","properties":{"name":["1234"],"swiftBic":["1"],"innCode":["…"],"incorporationDate":["2999","x"]}}"#.to_owned(),
        r#"{"id":"8b","schema":"Contract","properties":{"name":["?"]}}"#.to_owned(),
        r#"{"id":"9","schema":"Unheard","properties":{"name":["?"]}}"#.to_owned(),
        r#"{"id":"10","schema":"Person","properties":{"name":["Проба"],"unheard":["?"]}}"#.to_owned(),
        "[".repeat(5_000),
        good("11"),
    ];
    let shown: Vec<String> = read(&lines.join("\n"))
        .iter()
        .map(|item| {
            let rows = |report: &[barid_formats::report::ReportRow]| {
                let row = |row: &barid_formats::report::ReportRow| {
                    format!("{} {} {}", row.place.line, row.field, row.code.as_str())
                };
                report.iter().map(row).collect::<Vec<_>>().join(", ")
            };
            match item {
                ListItem::Stated { id, report, .. } => format!("{id}: stated {}", rows(report)),
                ListItem::NotImported { report } => format!("not imported {}", rows(report)),
                ListItem::Refused { about, report } => match about {
                    AboutItem::Item(id) => format!("{id}: refused {}", rows(report)),
                    AboutItem::EarlierItem => format!("earlier: refused {}", rows(report)),
                    AboutItem::Unreadable => format!("unreadable: refused {}", rows(report)),
                },
            }
        })
        .collect();
    assert_eq!(
        shown,
        [
            "earlier: refused 2 id duplicate",
            "unreadable: refused 3 entity not-of-the-format",
            "3: refused 4 properties duplicate",
            "unreadable: refused 5 entity not-of-the-format",
            "unreadable: refused 6 entity missing",
            "5: refused 7 schema missing",
            "unreadable: refused 15 entity not-of-the-format",
            "1: stated ",
            "6: refused 8 name not-a-name, 8 names missing",
            "earlier: refused 9 holder no-such-item",
            "8: stated ",
            "8a: refused 11 name not-a-name, 11 bics bad-characters, 11 LegalEntity.innCode bad-characters, 11 LegalEntity.incorporationDate impossible-date, 11 LegalEntity.incorporationDate impossible-date, 11 names missing",
            "not imported ",
            "not imported 13 schema Unheard unlisted-path",
            "10: stated 14 Person.unheard unlisted-path",
            "11: stated ",
        ]
    );
    let mut reader = FtmReader::new(lines[13].as_bytes(), today(), FtmLimits::default());
    assert_eq!(reader.by_ref().count(), 1);
    let met: Vec<_> = reader.paths().into_iter().filter(|(_, count)| *count > 0).collect();
    let paths: Vec<_> = met.iter().map(|(path, count)| (path.as_str(), *count)).collect();
    assert_eq!(
        paths,
        [
            ("entity.id", 1),
            ("entity.schema", 1),
            ("entity.properties", 1),
            ("schema Person", 1),
            ("Thing.name", 1),
            ("Person.unheard", 1),
        ]
    );
}

#[test]
fn caps_hold_at_their_values_and_one_above() {
    let line = r#"{"id":"1","schema":"Person","properties":{"name":["Проба"],"alias":["А","Б"]}}"#;
    let lines = format!("{line}\n{}\n", line.replace("\"1\"", "\"2\""));
    let at = FtmLimits { total_bytes: lines.len() as u64, line_bytes: line.len(), entities: 2, values: 3 };
    let ends = |limits: FtmLimits| {
        let items: Vec<_> = FtmReader::new(lines.as_bytes(), today(), limits).collect();
        let stated = items.iter().filter(|item| matches!(item, Ok(ListItem::Stated { .. }))).count();
        let error = items.into_iter().find_map(Result::err).map(|error| error.kind.code());
        (stated, error)
    };
    assert_eq!(ends(at), (2, None));
    // Nothing is given out of a file that was not read whole: what belongs to its items may stand behind the cut.
    assert_eq!(ends(FtmLimits { total_bytes: at.total_bytes - 1, ..at }), (0, Some("ftm-too-large")));
    assert_eq!(ends(FtmLimits { entities: 1, ..at }), (0, Some("ftm-too-many-entities")));
    assert_eq!(ends(FtmLimits { line_bytes: at.line_bytes - 1, ..at }), (0, None));
    assert_eq!(ends(FtmLimits { values: 2, ..at }), (0, None));
}

fn name_text() -> impl Strategy<Value = String> {
    let scripts = [
        "[А-Яа-я]{1,8}",
        "[A-Za-z]{1,8}",
        "[क-ह]{1,6}",
        "[কখগঘচছজটডতদনপবমলসহ]{1,6}",
        "[ب-غ]{1,6}",
        "[一-丯]{1,4}",
    ];
    proptest::sample::select(scripts.to_vec()).prop_flat_map(|script| {
        proptest::collection::vec(proptest::string::string_regex(script).unwrap(), 1..3)
            .prop_map(|words| words.join(" "))
    })
}

fn text() -> impl Strategy<Value = String> {
    "[A-Za-zА-Яа-яب-ي0-9]{1,8}( [a-zক-হ0-9]{1,6}){0,2}"
        .prop_map(|text| barid_domain::text::clean(&text, 100).unwrap())
}

fn interval() -> impl Strategy<Value = DateInterval> {
    let texts = [
        "1971",
        "1971-03",
        "1971-03-02",
        "1965-01-01/1969-12-31",
        "1957-01-01/1959-12-31~",
        "1900-01-01/1959-12-31",
    ];
    proptest::sample::select(texts.to_vec()).prop_map(|text| text.parse().unwrap())
}

fn country() -> impl Strategy<Value = CountryCode> {
    let codes: Vec<&str> = ISO_3166.iter().map(|(code, _)| *code).chain(["XXA", "RKS", "XAX"]).collect();
    proptest::sample::select(codes).prop_map(|code| CountryCode::new(code).unwrap())
}

fn code<T: CodeList + std::fmt::Debug>() -> impl Strategy<Value = T> {
    proptest::sample::select(T::LISTED.iter().map(|(code, _)| *code).collect::<Vec<_>>())
}

fn names() -> impl Strategy<Value = Vec<PersonName>> {
    let name = (
        name_text(),
        code::<NameKind>(),
        proptest::option::of(code::<AliasStrength>()),
        proptest::option::of(text()),
    );
    proptest::collection::vec(name, 1..6).prop_map(|names| {
        let made = names.into_iter().map(|(text, kind, strength, note)| PersonName {
            script: "Zyyy".to_owned(),
            language: Some("ru".to_owned()),
            parts: vec![text.clone()],
            text,
            kind,
            strength,
            note,
        });
        made.collect()
    })
}

fn place() -> impl Strategy<Value = Place> {
    let some = || proptest::option::of(text());
    (proptest::option::of(country()), some(), some(), some(), some(), some(), some()).prop_map(
        |(country, country_text, region, city, street, postal_code, note)| Place {
            country,
            country_text,
            region,
            city: city.or_else(|| Some("Хуҷанд".to_owned())),
            street,
            postal_code,
            note,
        },
    )
}

fn document() -> impl Strategy<Value = HeldDocument> {
    let some = || proptest::option::of(text());
    (
        code(),
        proptest::option::of("[A-Z0-9]{4,9}"),
        proptest::option::of(country()),
        some(),
        some(),
        some(),
        proptest::option::of(interval()),
    )
        .prop_map(|(document_type, number, issuing_country, type_text, issued_at, note, issued_on)| {
            HeldDocument {
                document_type,
                number,
                issuing_country,
                type_text,
                issued_on,
                expires_on: issued_on,
                issued_at,
                note,
            }
        })
}

fn locals() -> impl Strategy<Value = Vec<LocalText>> {
    proptest::collection::vec(text(), 0..3).prop_map(|texts| {
        texts.into_iter().map(|text| LocalText { language: "ru".to_owned(), text }).collect()
    })
}

prop_compose! {
    fn any_person()(
        names in names(), sex in code::<Sex>(), births in proptest::collection::vec(interval(), 0..3),
        birth_places in proptest::collection::vec(place(), 0..3), nationalities in proptest::collection::vec(country(), 0..3),
        statuses in proptest::collection::vec(code::<PersonStatus>(), 1..3), documents in proptest::collection::vec(document(), 0..3),
        addresses in proptest::collection::vec(place(), 0..3),
        (functions, descriptions, remarks) in (locals(), locals(), locals()),
        (listed, offences, warnings) in (
            any::<bool>(),
            proptest::collection::vec(code::<Offence>(), 0..2),
            proptest::collection::vec(code::<Warning>(), 0..2),
        ),
    ) -> Person {
        Person {
            names, sex, births, birth_places, nationalities, statuses, minor: false, offences, warnings, documents, addresses,
            functions, descriptions, remarks,
            references: vec![Reference { scheme: "UN".to_owned(), number: "QDi.001".to_owned() }],
            listed_on: listed.then(|| Day::new(2020, 2, 2).unwrap()),
            amended_on: if listed { vec![Day::new(2021, 2, 2).unwrap()] } else { vec![] },
        }
    }
}

/// What the page of the format lists as lost, taken away: the part of a person that a round trip keeps.
fn with_losses(person: &Person) -> Person {
    let mut left = person.clone();
    let has_code = |country: &CountryCode| {
        country.as_str() == "RKS" || ISO_3166.iter().any(|(code, _)| *code == country.as_str())
    };
    let is_exact = |date: &DateInterval| !date.to_string().contains(['/', '~']);
    // Names: their order but of the first, kinds but former, weak ones and those in another script, notes, parts, languages.
    let script = script_of(&person.names[0].text);
    let mut names: Vec<PersonName> = Vec::new();
    let property = |index: usize, name: &PersonName| match (index, name.kind, name.strength) {
        (0, ..) | (_, NameKind::OriginalScript, _) => 0,
        (_, NameKind::Former, _) => 3,
        (_, _, Some(AliasStrength::Weak)) => 2,
        _ => 1,
    };
    // A property stands where its first value was added.
    let mut order: Vec<usize> = Vec::new();
    for (index, name) in person.names.iter().enumerate() {
        let property = property(index, name);
        if !order.contains(&property) {
            order.push(property);
        }
    }
    for wanted in order {
        for (index, name) in
            person.names.iter().enumerate().filter(|(index, name)| property(*index, name) == wanted)
        {
            if names.iter().any(|known| known.text == name.text) {
                continue;
            }
            let kind = match wanted {
                0 if index == 0 => NameKind::Primary,
                0 if script_of(&name.text) == script => NameKind::Alias,
                0 => NameKind::OriginalScript,
                3 => NameKind::Former,
                _ => NameKind::Alias,
            };
            names.push(PersonName {
                text: name.text.clone(),
                kind,
                strength: (wanted == 2).then_some(AliasStrength::Weak),
                script: script_of(&name.text),
                language: None,
                parts: vec![],
                note: None,
            });
        }
    }
    names.sort_by_key(|name| match name.kind {
        NameKind::Primary => 0,
        NameKind::OriginalScript => 1,
        _ => 2,
    });
    left.names = names;
    // Spans of birth: the years within, up to ten.
    left.births = Vec::new();
    for birth in &person.births {
        let (first, last) = (birth.earliest().parts().0, birth.latest().parts().0);
        let dates = match is_exact(birth) {
            true => vec![*birth],
            false if last - first < 10 => {
                (first..=last).map(|year| DateInterval::year(year).unwrap()).collect()
            }
            false => vec![],
        };
        dates.into_iter().for_each(|date| push_new(&mut left.births, date));
    }
    left.nationalities = Vec::new();
    person.nationalities.iter().filter(|c| has_code(c)).for_each(|c| push_new(&mut left.nationalities, *c));
    // Places of birth: one text each; which country goes with which is known of one of each alone.
    let words = |place: &Place| {
        let parts =
            [&place.city, &place.region, &place.country_text, &place.street, &place.postal_code, &place.note];
        parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ")
    };
    let (mut cities, mut countries) = (Vec::new(), Vec::new());
    for place in &person.birth_places {
        push_new(&mut cities, words(place));
        place.country.filter(has_code).into_iter().for_each(|country| push_new(&mut countries, country));
    }
    let city = |city: &String| Place { city: Some(city.clone()), ..Place::default() };
    left.birth_places = match (cities.as_slice(), countries.as_slice()) {
        ([only], [country]) => vec![Place { country: Some(*country), ..city(only) }],
        (cities, countries) => {
            let countries =
                countries.iter().map(|country| Place { country: Some(*country), ..Place::default() });
            cities.iter().map(city).chain(countries).collect()
        }
    };
    // Addresses: words for a country go to the note.
    left.addresses = Vec::new();
    for place in &person.addresses {
        let mut note: Vec<String> = place.note.iter().cloned().collect();
        note.extend(place.country_text.iter().map(|text| format!("country: {text}")));
        note.extend(place.country.filter(|c| !has_code(c)).map(|country| format!("country: {country}")));
        let place = Place {
            country: place.country.filter(has_code),
            country_text: None,
            note: (!note.is_empty()).then(|| note.join("; ")),
            ..place.clone()
        };
        push_new(&mut left.addresses, place);
    }
    // Documents: those without a number; dates that are spans, and countries without a code, go to the note.
    left.documents = Vec::new();
    for held in person.documents.iter().filter(|held| held.number.is_some()) {
        let mut note: Vec<String> = held.note.iter().cloned().collect();
        note.extend(
            held.issuing_country.filter(|c| !has_code(c)).map(|country| format!("country {country}")),
        );
        for (property, date) in [("startDate", held.issued_on), ("endDate", held.expires_on)] {
            note.extend(date.filter(|date| !is_exact(date)).map(|date| format!("{property} {date}")));
        }
        let held = HeldDocument {
            issuing_country: held.issuing_country.filter(has_code),
            issued_on: held.issued_on.filter(is_exact),
            expires_on: held.expires_on.filter(is_exact),
            note: (!note.is_empty()).then(|| note.join("; ")),
            ..held.clone()
        };
        push_new(&mut left.documents, held);
    }
    // Languages of texts; statuses, offences, warnings and references become words.
    for texts in [&mut left.functions, &mut left.descriptions, &mut left.remarks] {
        texts.iter_mut().for_each(|text| text.language = "und".to_owned());
        let mut once = Vec::new();
        texts.drain(..).for_each(|text| push_new(&mut once, text));
        *texts = once;
    }
    left.statuses = vec![PersonStatus::Listed];
    (left.offences, left.warnings, left.references) = (vec![], vec![], vec![]);
    left
}

fn push_new<T: PartialEq>(all: &mut Vec<T>, new: T) {
    if !all.contains(&new) {
        all.push(new);
    }
}

/// The script as the reader names it, by a name that is read back.
fn script_of(text: &str) -> String {
    let line = serde_json::json!({"id": "1", "schema": "Person", "properties": {"name": [text]}}).to_string();
    person(&line).0.names[0].script.clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Out and in again a person is the same but for the losses that the page lists; what has no field is in the last remark.
    #[test]
    fn a_person_survives_but_for_the_listed_losses(stated in any_person()) {
        let provenance = Provenance { source: "UN".to_owned(), reference: "QDi.001".to_owned(), edition: None };
        let entities = entities_of("r-1", Some(&provenance), &Stated::Person(Box::new(stated.clone()))).unwrap();
        let (mut read, report) = person(&to_lines(&entities));
        prop_assert_eq!(report, vec![]);
        let expected = with_losses(&stated);
        let words = read.remarks.split_off(expected.remarks.len());
        let words = words.iter().map(|remark| remark.text.as_str()).collect::<Vec<_>>().join("; ");
        for status in &stated.statuses {
            let said = format!("status given by the source: {status}");
            prop_assert!(words.contains(&said), "{}", words);
        }
        for word in stated.offences.iter().map(|offence| format!("offence {offence}")) {
            prop_assert!(words.contains(&word), "{}", words);
        }
        prop_assert!(words.contains("UN QDi.001"));
        prop_assert_eq!(read, expected);
    }

    /// Whatever an organisation's properties say, what is read of it can be written, and is read again with the same names.
    #[test]
    fn any_organisation_is_written_as_it_can_be_read(
        names in proptest::collection::vec(name_text(), 1..5),
        schema in proptest::sample::select(vec!["LegalEntity", "Organization", "Company", "PublicBody"]),
        property in proptest::sample::select(vec![
            "alias", "weakAlias", "country", "phone", "email", "website", "swiftBic", "imoNumber", "leiCode", "innCode",
            "registrationNumber", "incorporationDate", "sector", "notes", "topics", "address", "wikidataId",
        ]),
        value in prop_oneof!["\\PC{0,60}", "\\+?[0-9 ()]{0,20}", "[a-z@./:]{0,20}", "[A-Z0-9]{0,20}"],
    ) {
        let line = serde_json::json!({"id": "o", "schema": schema, "properties": {"name": names, property: [value]}});
        let (read, _) = object(&line.to_string());
        let entities = entities_of("r-1", None, &Stated::Object(Box::new(read.clone()))).unwrap();
        let (again, report) = object(&to_lines(&entities));
        prop_assert_eq!(report, vec![]);
        let texts = |object: &Object| {
            let mut names: Vec<String> =
                barid_domain::objects::groups::names(object).into_iter().map(|name| name.text).collect();
            names.sort();
            names
        };
        prop_assert_eq!(texts(&again), texts(&read));
    }

    /// Any line is read or refused, and a refused one refuses nothing else.
    #[test]
    fn any_line_leaves_the_others_alone(line in "\\PC{0,80}") {
        let good = r#"{"id":"good","schema":"Person","properties":{"name":["Проба"]}}"#;
        let items = read(&format!("{line}\n{good}\n"));
        let is_good = |item: &ListItem| matches!(item, ListItem::Stated { id, .. } if id == "good");
        prop_assert!(items.iter().any(is_good));
    }
}

fn with(database: Database, values: &[(&str, Value)]) -> Object {
    let table: &[Field] = tables::table(database).unwrap().fields;
    let mut fields = Fields::default();
    for (name, value) in values {
        let field = table.iter().find(|field| field.name == *name).unwrap();
        fields.push(field.key, value.clone());
    }
    Object { database, fields }
}

#[test]
fn objects_survive_but_for_the_listed_losses() {
    let text = |text: &str| Value::Text(text.to_owned());
    let plates = tables::table(Database::Vehicles)
        .unwrap()
        .fields
        .iter()
        .find(|field| field.name == "plates")
        .unwrap();
    let FieldKind::Group(plate_fields) = plates.kind else { panic!() };
    let mut plate = Fields::default();
    plate.push(plate_fields[0].key, text("А 123 ВС 77"));
    plate.push(plate_fields[1].key, Value::Country(CountryCode::new("RUS").unwrap()));
    let listed = ("status", Value::Code(11));
    let cases = [
        (
            with(
                Database::Vehicles,
                &[
                    ("status", Value::Code(1)),
                    ("plates", Value::Group(plate.clone())),
                    ("model", text("Нива")),
                    ("kind", Value::Code(1)),
                    ("year", Value::Quantity(2001)),
                    ("vin", text("WVWZZZ1JZ3W386752")),
                    ("make", text("Лада")),
                ],
            ),
            with(
                Database::Vehicles,
                &[
                    listed.clone(),
                    ("plates", Value::Group(plate)),
                    ("model", text("Нива")),
                    ("kind", Value::Code(1)),
                    ("year", Value::Quantity(2001)),
                ],
            ),
            "summary: status stolen; vin WVWZZZ1JZ3W386752; make Лада",
        ),
        (
            with(
                Database::Vessels,
                &[
                    ("status", Value::Code(1)),
                    ("names", text("Ковчег")),
                    ("names", text("ARK")),
                    ("imo", text("9187655")),
                    ("flag", Value::Country(CountryCode::new("PAN").unwrap())),
                    ("hin", text("USABC12345D404")),
                ],
            ),
            with(
                Database::Vessels,
                &[
                    listed.clone(),
                    ("names", text("Ковчег")),
                    ("names", text("ARK")),
                    ("imo", text("IMO9187655")),
                    ("flag", Value::Country(CountryCode::new("PAN").unwrap())),
                ],
            ),
            "summary: status stolen; hin USABC12345D404",
        ),
        (
            with(
                Database::Aircraft,
                &[
                    ("status", Value::Code(11)),
                    ("mark", text("EP-MNV")),
                    ("serial", text("567")),
                    ("make", text("Airbus")),
                    ("model", text("A310")),
                ],
            ),
            with(
                Database::Aircraft,
                &[
                    listed.clone(),
                    ("mark", text("EP-MNV")),
                    ("serial", text("567")),
                    ("make", text("Airbus")),
                    ("model", text("A310")),
                ],
            ),
            "summary: status listed",
        ),
        (
            with(
                Database::CashAndAccounts,
                &[
                    ("status", Value::Code(9)),
                    ("kind", Value::Code(2)),
                    ("iban", text("DE89 3704 0044 0532 0130 00")),
                    ("currency", text("EUR")),
                ],
            ),
            with(
                Database::CashAndAccounts,
                &[
                    listed,
                    ("kind", Value::Code(2)),
                    ("iban", text("DE89370400440532013000")),
                    ("currency", text("EUR")),
                ],
            ),
            "summary: status seized; kind bank-account",
        ),
    ];
    for (stated, mut expected, words) in cases {
        let entities = entities_of("r-1", None, &Stated::Object(Box::new(stated))).unwrap();
        let (read, report) = object(&to_lines(&entities));
        assert_eq!(report, []);
        let remarks = expected.table().unwrap().fields.iter().find(|field| field.name == "remarks").unwrap();
        expected
            .fields
            .push(remarks.key, Value::Note(LocalText { language: "und".to_owned(), text: words.to_owned() }));
        assert_eq!(read, expected);
    }
    for database in
        [Database::Firearms, Database::WorksOfArt, Database::AdministrativeDocuments, Database::Incidents]
    {
        let stated = Stated::Object(Box::new(with(database, &[])));
        assert_eq!(entities_of("r-1", None, &stated).unwrap_err().0, database);
    }
}

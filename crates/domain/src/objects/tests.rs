use std::collections::BTreeSet;

use proptest::prelude::*;

use super::fields::Codes;
use super::tables::TABLES;
use super::*;
use crate::codes::DatePrecision;
use crate::contents::encode;
use crate::dates::DateInterval;
use crate::text::LocalText;

const TODAY: &str = "2026-11-26";

fn today() -> Day {
    TODAY.parse().unwrap()
}

fn text(written: &str) -> Value {
    Value::Text(written.to_owned())
}

fn key(table: &[Field], name: &str) -> u16 {
    table.iter().find(|field| field.name == name).unwrap().key
}

fn object(database: Database, values: &[(&str, Value)]) -> Object {
    let mut fields = Fields::default();
    for (name, value) in values {
        fields.push(key(tables::table(database).unwrap().fields, name), value.clone());
    }
    Object { database, fields }
}

fn group(database: Database, name: &str, values: &[(&str, Value)]) -> Value {
    let table = tables::table(database).unwrap().fields;
    let Some(FieldKind::Group(inner)) = table.iter().find(|field| field.name == name).map(|field| field.kind)
    else {
        panic!("{name} is no group")
    };
    let mut fields = Fields::default();
    values.iter().for_each(|(name, value)| fields.push(key(inner, name), value.clone()));
    Value::Group(fields)
}

fn faults(object: &Object) -> Vec<String> {
    let mut faults = Faults::default();
    object.check(today(), &mut faults);
    faults.into_result().err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn stolen_car() -> Object {
    let plate = |number: &str, country: &str| {
        let country = Value::Country(CountryCode::new(country).unwrap());
        group(Database::Vehicles, "plates", &[("number", text(number)), ("country", country)])
    };
    object(
        Database::Vehicles,
        &[
            ("status", Value::Code(1)),
            ("reported_on", Value::Day("2026-10-02".parse().unwrap())),
            ("vin", text("XTA210990X1234567")),
            ("plates", plate("А 123 ВС 77", "RUS")),
            ("plates", plate("١٢٣٤ د ر س", "SAU")),
            ("make", text("Лада")),
            ("colours", Value::Code(5)),
            ("remarks", Value::Note(LocalText::new("ru", "вмятина на левом крыле", 1_000).unwrap())),
        ],
    )
}

#[test]
fn tables_are_sound() {
    fn sound(table: &[Field], whose: &str) {
        let (mut keys, mut names) = (BTreeSet::new(), BTreeSet::new());
        for field in table {
            assert!(keys.insert(field.key), "{whose}: {} twice", field.key);
            assert!(names.insert(field.name), "{whose}: {} twice", field.name);
            assert!(field.most > 0 && field.says.ends_with('.'), "{whose}: {}", field.name);
            match field.kind {
                FieldKind::Group(inner) => sound(inner, field.name),
                FieldKind::RangeEnd(of) => assert!(keys.contains(&of), "{whose}: {}", field.name),
                FieldKind::Code(Codes { names, number, name, .. }) => {
                    assert!(names().iter().all(|code| number(code).and_then(name) == Some(*code)));
                }
                _ => {}
            }
        }
    }
    for table in TABLES {
        sound(table.fields, &table.database.to_string());
        for name in table.one_of {
            assert!(table.fields.iter().any(|field| field.name == *name), "{}: {name}", table.database);
        }
    }
    fn numbers(table: &[Field]) -> usize {
        let of_field = |field: &Field| match field.kind {
            FieldKind::Identifier(_) => field.most,
            FieldKind::Group(inner) => field.most * numbers(inner),
            _ => 0,
        };
        table.iter().map(of_field).sum()
    }
    for table in TABLES {
        assert!(numbers(table.fields) <= IDENTIFIERS_CAP, "{}: some would not be found", table.database);
    }
    let listed = Database::LISTED.len() - TABLES.len();
    assert_eq!(listed, 3, "every database but persons, travel documents and links has a table");
}

#[test]
fn what_an_object_is_found_by_is_read_out_of_groups_and_ranges() {
    let found = stolen_car().identifiers();
    let shown: Vec<(IdentifierKind, Vec<String>)> =
        found.iter().map(|found| (found.kind, found.keys())).collect();
    assert_eq!(
        shown,
        [
            (IdentifierKind::Vin, vec!["XTA210990X1234567".to_owned()]),
            (IdentifierKind::Plate, vec!["A123BC77".to_owned()]),
            (IdentifierKind::Plate, ["1234درس", "1234DRS", "DRS1234"].map(str::to_owned).to_vec()),
        ]
    );
    let blanks = object(
        Database::AdministrativeDocuments,
        &[
            ("status", Value::Code(10)),
            ("kind", Value::Code(1)),
            ("issuing_country", Value::Country(CountryCode::new("XAX").unwrap())),
            ("number", text("DL 000100")),
            ("range_end", text("DL 000199")),
        ],
    );
    assert_eq!(faults(&blanks), [""; 0]);
    let [number] = blanks.identifiers().try_into().unwrap();
    assert_eq!(number.shown(), "DL 000100 – DL000199");
    assert!(number.meets(&["DL000150".to_owned()]) && number.meets(&["DL000100".to_owned()]));
    assert!(!number.meets(&["DL000200".to_owned()]) && !number.meets(&["DL0150".to_owned()]));
}

#[test]
fn every_fault_is_named_with_its_place() {
    assert_eq!(faults(&stolen_car()), [""; 0]);
    let mut wrong = stolen_car();
    let table = wrong.table().unwrap().fields;
    wrong.fields.push(key(table, "reported_on"), Value::Day(today()));
    wrong.fields.push(key(table, "colours"), Value::Code(999));
    wrong.fields.push(key(table, "plates"), Value::Group(Fields::default()));
    wrong.fields.push(key(table, "year"), Value::Quantity(2028));
    wrong.fields.push(key(table, "engine"), text(" 1"));
    wrong.fields.push(key(table, "model"), Value::Code(1));
    wrong.fields.push(4_000, text("x"));
    assert_eq!(
        faults(&wrong),
        [
            "4000: unknown-code",
            "reported_on: too-many",
            "plates[2]: missing",
            "plates[2].number: missing",
            "engine: not-clean",
            "model: bad-characters",
            "year: in-future",
            "colours[1]: unknown-code",
        ]
    );
    let bare = object(Database::Vehicles, &[("make", text("Лада"))]);
    assert_eq!(faults(&bare), ["status: missing", "vin: missing"]);
    let range = object(
        Database::CashAndAccounts,
        &[
            ("status", Value::Code(9)),
            ("kind", Value::Code(1)),
            (
                "banknotes",
                group(
                    Database::CashAndAccounts,
                    "banknotes",
                    &[("number", text("AB 0000200")), ("range_end", text("AB 0000100"))],
                ),
            ),
            ("currency", text("eur")),
        ],
    );
    assert_eq!(faults(&range), ["banknotes[0].range_end: impossible", "currency: unknown-code"]);
    let vin = |written: &str, values: &[(&str, Value)]| {
        let values = [values, &[("vin", text(written))]].concat();
        faults(&object(Database::Vehicles, &values))
    };
    let late = [("status", Value::Code(1)), ("year", Value::Quantity(2004))];
    assert_eq!(vin("WVWZZZ1JZ3W38675", &late), ["vin: impossible"]);
    assert_eq!(vin("JZX100-0012345", &late), [""; 0]);
    assert_eq!(vin("1M8GDM9A1KP042788", &late), ["vin: check-digit"]);
    let forged = [("status", Value::Code(6)), ("year", Value::Quantity(2004))];
    assert_eq!(vin("1M8GDM9A1KP042788", &forged), [""; 0]);
    let unknown = Object { database: Database::from_number(900), fields: Fields::default() };
    assert_eq!(faults(&unknown), ["database: unknown-code"]);
}

fn charity(values: &[(&str, Value)]) -> Object {
    object(Database::OrganisationsAndNetworks, &[&[("statuses", Value::Code(2))], values].concat())
}

fn named(text: &str, kind: u16, strength: Option<u16>) -> (&'static str, Value) {
    let mut values = vec![("text", self::text(text)), ("kind", Value::Code(kind))];
    values.extend(strength.map(|strength| ("strength", Value::Code(strength))));
    ("names", group(Database::OrganisationsAndNetworks, "names", &values))
}

#[test]
fn a_group_is_found_by_its_names_and_numbers() {
    let country = Value::Country(CountryCode::new("XAX").unwrap());
    let register = [("number", text("№ 4711-К")), ("country", country)];
    let group = charity(&[
        named("Фонд «Проба»", 1, None),
        named("مؤسسة التمرين", 2, Some(2)),
        named("ФП", 4, Some(1)),
        ("registrations", group(Database::OrganisationsAndNetworks, "registrations", &register)),
        ("leis", text("5493001kjtiigc8y1r12")),
        ("bics", text("DCBKKPPY")),
        ("imo_companies", text("IMO 5987860")),
        ("emails", text("Проба@example.org")),
        ("founded", Value::Interval("1998".parse().unwrap())),
    ]);
    assert_eq!(faults(&group), [""; 0]);
    let names = groups::names(&group);
    let shown: Vec<(&str, bool)> = names.iter().map(|name| (name.text.as_str(), name.is_weak)).collect();
    assert_eq!(shown, [("Фонд «Проба»", false), ("مؤسسة التمرين", true), ("ФП", false)]);
    assert_eq!(names[2].kind, codes::GroupNameKind::Acronym);
    assert_eq!(groups::statuses(&group), [codes::GroupStatus::Suspected]);
    let identifiers: Vec<_> = group
        .identifiers()
        .iter()
        .map(|one| (one.kind, one.keys().concat(), one.country.is_some()))
        .collect();
    assert_eq!(
        identifiers,
        [
            (IdentifierKind::Registration, "4711K".to_owned(), true),
            (IdentifierKind::Lei, "5493001KJTIIGC8Y1R12".to_owned(), false),
            (IdentifierKind::Bic, "DCBKKPPY".to_owned(), false),
            (IdentifierKind::ImoCompany, "5987860".to_owned(), false),
            (IdentifierKind::Email, "проба@example.org".to_owned(), false),
        ]
    );
    assert!(groups::names(&stolen_car()).is_empty() && groups::statuses(&stolen_car()).is_empty());
}

#[test]
fn the_faults_of_a_group_are_named() {
    let mut far = named("12345", 1, None);
    let Value::Group(fields) = &mut far.1 else { panic!() };
    fields.push(3, text("Кир"));
    fields.push(4, text("русский"));
    let next_year = Value::Interval("2027".parse().unwrap());
    let wrong = charity(&[
        far,
        named("Ф\u{202e}онд", 900, Some(900)),
        ("leis", text("5493001KJTIIGC8Y1R21")),
        ("founded", next_year),
        ("addresses", Value::Group(Fields::default())),
        (
            "remarks",
            Value::Note(LocalText { language: "ru".into(), text: "я".repeat(crate::text::LONG_CAP + 1) }),
        ),
    ]);
    assert_eq!(
        faults(&wrong),
        [
            "remarks[0]: too-long",
            "names[0].text: not-a-name",
            "names[0].script: unknown-code",
            "names[0].language: unknown-code",
            "names[1].text: not-clean",
            "names[1].kind: unknown-code",
            "names[1].strength: unknown-code",
            "addresses[0]: missing",
            "leis[0]: check-digit",
            "founded[0]: in-future",
        ]
    );
    assert_eq!(
        faults(&object(Database::OrganisationsAndNetworks, &[])),
        ["names: missing", "statuses: missing"]
    );
    let of_length = |count: usize| {
        let name = named(&"ж".repeat(count), 1, None);
        faults(&charity(&[name])).concat()
    };
    assert_eq!(of_length(crate::text::NAME_CAP), "");
    assert_eq!(of_length(crate::text::NAME_CAP + 1), "names[0].text: too-long");
    let many = |count: usize| faults(&charity(&vec![named("Проба", 2, None); count])).concat();
    assert_eq!((many(200).as_str(), many(201).as_str()), ("", "names: too-many"));
}

#[test]
fn fields_and_databases_of_a_later_version_are_skipped() {
    let car = object(Database::Vehicles, &[("status", Value::Code(1)), ("vin", text("105-4711"))]);
    // {0: 3, 1: {0: 1, 21: "105-4711", 900: [1, {2: 3}]}, 7: "later"}
    let mut bytes = Vec::new();
    let mut e = Encoder::new(&mut bytes);
    e.map(3).unwrap().u8(0).unwrap().u16(3).unwrap().u8(1).unwrap();
    e.map(3).unwrap().u8(0).unwrap().u8(1).unwrap().u8(21).unwrap().str("105-4711").unwrap();
    e.u16(900).unwrap().array(2).unwrap().u8(1).unwrap().map(1).unwrap().u8(2).unwrap().u8(3).unwrap();
    e.u8(7).unwrap().str("later").unwrap();
    assert_eq!(minicbor::decode::<Object>(&bytes).unwrap(), car);
    let later = [0xa2, 0x00, 0x19, 0x03, 0x84, 0x01, 0xa1, 0x00, 0x01];
    let read = minicbor::decode::<Object>(&later).unwrap();
    assert_eq!((read.database, read.table().is_none()), (Database::Unlisted(900), true));
    for malformed in [&[0xa1, 0x00, 0x03][..], &[0xa2, 0x00, 0x03, 0x01, 0xbf, 0xff], &[0x80]] {
        assert!(minicbor::decode::<Object>(malformed).is_err());
    }
}

/// Values of a field, sound or not.
fn value(kind: FieldKind) -> BoxedStrategy<Value> {
    match kind {
        FieldKind::Note | FieldKind::LongNote => ("[a-z]{2}", "\\PC{1,12}")
            .prop_map(|(language, text)| Value::Note(LocalText { language, text }))
            .boxed(),
        FieldKind::Code(_) => (0u16..40).prop_map(Value::Code).boxed(),
        FieldKind::Day => (0i32..20_000).prop_map(|days| Value::Day(Day::from_days(days).unwrap())).boxed(),
        FieldKind::Interval => (0i32..20_000, 0i32..700)
            .prop_map(|(from, days)| {
                let day = |days| Day::from_days(days).unwrap();
                Value::Interval(
                    DateInterval::with_precision(day(from), day(from + days), DatePrecision::Between)
                        .unwrap(),
                )
            })
            .boxed(),
        FieldKind::Country => Just(Value::Country(CountryCode::new("XAX").unwrap())).boxed(),
        FieldKind::Quantity { .. } | FieldKind::Year => any::<u64>().prop_map(Value::Quantity).boxed(),
        FieldKind::Group(table) => fields(table).prop_map(Value::Group).boxed(),
        FieldKind::Text(_)
        | FieldKind::Name
        | FieldKind::Script
        | FieldKind::Language
        | FieldKind::Currency
        | FieldKind::Cas
        | FieldKind::Identifier(_)
        | FieldKind::RangeEnd(_) => "\\PC{0,16}|[A-Z0-9 -]{1,20}".prop_map(Value::Text).boxed(),
    }
}

fn fields(table: &'static [Field]) -> BoxedStrategy<Fields> {
    let each = table.iter().map(|field| {
        let most = field.most.min(2);
        proptest::collection::vec(value(field.kind), 0..=most).prop_map(|values| (field.key, values))
    });
    each.collect::<Vec<_>>()
        .prop_map(|all| {
            let mut fields = Fields::default();
            for (key, values) in all {
                values.into_iter().for_each(|value| fields.push(key, value));
            }
            fields
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_written_is_read_again_and_any_value_is_checked(
        object in (0..TABLES.len()).prop_flat_map(|at| {
            fields(TABLES[at].fields)
                .prop_map(move |fields| Object { database: TABLES[at].database, fields })
        })
    ) {
        let bytes = encode(&object);
        let read: Object = minicbor::decode(&bytes).unwrap();
        prop_assert_eq!(&read, &object);
        prop_assert_eq!(encode(&read), bytes);
        let _ = (faults(&object), object.identifiers());
    }
}

//! The SDN list: the sample whole, and whatever could be done to it.

use std::collections::BTreeMap;
use std::io::BufReader;

use barid_domain::codes::{AliasStrength, CodeList as _, Database, NameKind, PersonStatus, Sex};
use barid_domain::dates::Day;
use barid_domain::objects::codes::{GroupStatus, ObjectStatus};
use barid_domain::objects::fields::Value;
use barid_domain::objects::{Object, groups};
use barid_domain::persons::Person;
use barid_formats::list_items::{AboutItem, Fate, ListItem, ListReader as _, Stated};
use barid_formats::ofac::{OfacLimits, OfacReadError, OfacReader, OfacTable, OfacTables, PATHS};
use barid_formats::report::ReportCode;

const SAMPLE: OfacTables<&[u8]> = OfacTables {
    items: include_bytes!("../../../../data/watchlists/ofac-sdn/sdn.csv"),
    aliases: include_bytes!("../../../../data/watchlists/ofac-sdn/alt.csv"),
    addresses: include_bytes!("../../../../data/watchlists/ofac-sdn/add.csv"),
    comments: include_bytes!("../../../../data/watchlists/ofac-sdn/sdn_comments.csv"),
};

fn today() -> Day {
    Day::new(2026, 11, 27).unwrap()
}

fn tables<'a>(
    items: &'a str,
    aliases: &'a str,
    addresses: &'a str,
    comments: &'a str,
) -> OfacTables<&'a [u8]> {
    OfacTables {
        items: items.as_bytes(),
        aliases: aliases.as_bytes(),
        addresses: addresses.as_bytes(),
        comments: comments.as_bytes(),
    }
}

fn read_within(tables: OfacTables<&[u8]>, limits: OfacLimits) -> Result<Vec<ListItem>, OfacReadError> {
    OfacReader::new(tables, today(), limits)?.collect()
}

fn read(tables: OfacTables<&[u8]>) -> Vec<ListItem> {
    read_within(tables, OfacLimits::default()).unwrap()
}

fn individual(remarks: &str) -> Person {
    let items = format!(
        "7,\"КАЛАЧЕВ, Валерий\",\"individual\",\"SDGT] [IFSR\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"{remarks}\"\n"
    );
    match read(tables(&items, "", "", "")).remove(0) {
        ListItem::Stated { stated: Stated::Person(person), .. } => *person,
        other => panic!("{other:?}"),
    }
}

fn texts(object: &Object, field: &str) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Note(note) => note.text.clone(),
        Value::Quantity(number) => number.to_string(),
        Value::Country(country) => country.to_string(),
        Value::Code(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    object.values(field).map(text).collect()
}

#[test]
fn the_sample_is_read_whole() {
    // The caps hold whatever the size of the pieces the source comes in.
    let pieces = |bytes| BufReader::with_capacity(4096, bytes);
    let OfacTables { items, aliases, addresses, comments } = SAMPLE;
    let sample = OfacTables {
        items: pieces(items),
        aliases: pieces(aliases),
        addresses: pieces(addresses),
        comments: pieces(comments),
    };
    let mut reader = OfacReader::new(sample, today(), OfacLimits::default()).unwrap();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    for item in reader.by_ref() {
        let (what, report) = match item.unwrap() {
            ListItem::Stated { stated: Stated::Person(person), report, .. } => {
                assert_eq!(person.statuses, [PersonStatus::Listed], "{report:?}");
                ("persons".to_owned(), report)
            }
            ListItem::Stated { stated: Stated::Object(object), report, .. } => {
                match object.database {
                    Database::OrganisationsAndNetworks => {
                        assert_eq!(groups::statuses(&object), [GroupStatus::Listed]);
                    }
                    _ => assert_eq!(texts(&object, "status"), [ObjectStatus::Listed.number().to_string()]),
                }
                (object.database.to_string(), report)
            }
            ListItem::NotImported { report } => ("not imported".to_owned(), report),
            // Of an item that is not in this edition there are further remarks.
            ListItem::Refused { about, report } => {
                assert_eq!((about, report[0].code), (AboutItem::EarlierItem, ReportCode::NoSuchItem));
                ("rows of no item".to_owned(), report)
            }
        };
        *counts.entry(what).or_default() += 1;
        for row in &report {
            *codes.entry(row.code.as_str()).or_default() += 1;
        }
    }
    let counts: Vec<(&str, u64)> = counts.iter().map(|(what, count)| (what.as_str(), *count)).collect();
    assert_eq!(
        counts,
        [
            ("aircraft", 217),
            ("organisations-and-networks", 2994),
            ("persons", 3845),
            ("rows of no item", 10),
            ("vessels", 323)
        ]
    );
    assert_eq!(reader.bytes_read(), 1_500_628 + 470_283 + 740_885 + 18_656);
    assert!(!reader.ends_whole(), "the sample has lost its last line breaks");
    assert_eq!(codes.get("no-such-item"), Some(&10));
    let paths: BTreeMap<String, u64> = reader.paths().into_iter().collect();
    assert_eq!(paths.len(), PATHS.len(), "no path is met that is not listed");
    let counted: Vec<(&str, u64)> = IN_THE_SAMPLE.iter().map(|(path, _)| (*path, paths[*path])).collect();
    assert_eq!(counted, IN_THE_SAMPLE);
    for (path, count) in &paths {
        let is_there = *count > 0 || NOT_IN_THE_SAMPLE.contains(&path.as_str());
        assert!(is_there, "{path} is never met");
    }
}

/// How often columns and words stand in the sample, counted by another program.
const IN_THE_SAMPLE: &[(&str, u64)] = &[
    ("sdn.ent_num", 7379),
    ("sdn.SDN_Name", 7379),
    ("sdn.SDN_Type", 4385),
    ("sdn.Program", 7379),
    ("sdn.Title", 934),
    ("sdn.Call_Sign", 62),
    ("sdn.Vess_type", 221),
    ("sdn.Tonnage", 67),
    ("sdn.GRT", 62),
    ("sdn.Vess_flag", 312),
    ("sdn.Vess_owner", 9),
    ("sdn.Remarks", 6781),
    ("alt.ent_num", 9682),
    ("alt.alt_num", 9682),
    ("alt.alt_type", 9682),
    ("alt.alt_name", 9682),
    ("alt.alt_remarks", 0),
    ("add.ent_num", 11696),
    ("add.add_num", 11696),
    ("add.Address", 6783),
    ("add.City/State/Province/Postal Code", 7895),
    ("add.Country", 9433),
    ("add.Add_remarks", 0),
    ("sdn_comments.ent_num", 13),
    ("sdn_comments.Remarks", 13),
    ("remarks: Aircraft Manufacturer's Serial Number (MSN)", 170),
    ("remarks: Aircraft Model", 218),
    ("remarks: Gender", 679),
    ("remarks: Company Number IMO", 43),
    ("remarks: Email Address", 149),
    ("remarks: Linked To", 2427),
    ("remarks: MMSI", 48),
    ("remarks: Nationality of Registration", 6),
    ("remarks: POB", 2548),
    ("remarks: SWIFT/BIC", 72),
    ("remarks: Vessel Registration Identification", 327),
    ("remarks: Website", 307),
    ("remarks: citizen", 833),
    ("remarks: nationality", 1526),
];

/// Columns that say nothing in this edition, and words that no item has.
const NOT_IN_THE_SAMPLE: &[&str] = &[
    "alt.alt_remarks",
    "add.Add_remarks",
    "remarks: n.k.a.",
    "remarks: Organization Established Date",
    "remarks: Aircraft Mode S Transponder Code",
];

#[test]
fn the_page_shows_the_table_of_the_code() {
    let page = include_str!("../../../../docs/formats/ofac-sdn.md");
    for row in PATHS {
        let (fate, what) = match row.fate {
            Fate::Kept(what) => ("kept", what),
            Fate::Mapped(what) => ("mapped", what),
            Fate::Dropped(what) => ("dropped", what),
        };
        let line = format!("| `{}` | {fate} | {what} |", row.path);
        assert!(page.lines().any(|shown| shown == line), "the page lacks: {line}");
    }
    let shown = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(shown, PATHS.len());
}

#[test]
fn an_individual_becomes_a_person() {
    let person = individual(
        "DOB 03 May 1938; alt. DOB circa 1940; POB Cali, Valle, Colombia; alt. POB Haeju, Korea, North; nationality Iran; \
         citizen Iran; alt. citizen Utopia; Gender Male; a.k.a. 'ВАЛЕРА'; f.k.a. 'কালাচেভ'; Passport D001 (Libya) issued \
         22 Jan 2015 expires 22 Jan 2027; Digital Currency Address - XBT 149w62rY42aZBox8fGcmqNsXUzSStKeq8C; \
         wanted by everybody; Linked To: SOMEBODY.",
    );
    assert_eq!(person.names[0].text, "КАЛАЧЕВ, Валерий");
    assert_eq!(person.names[0].parts, ["КАЛАЧЕВ", "Валерий"]);
    let names: Vec<_> = person.names[1..]
        .iter()
        .map(|name| (name.text.as_str(), name.kind, name.strength, name.script.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("ВАЛЕРА", NameKind::Alias, Some(AliasStrength::Weak), "Cyrl"),
            ("কালাচেভ", NameKind::Former, None, "Beng"),
        ]
    );
    let births: Vec<String> = person.births.iter().map(ToString::to_string).collect();
    assert_eq!(births, ["1938-05-03", "1938-12-31/1942-01-01~"]);
    let place = |index: usize| {
        let place = &person.birth_places[index];
        (place.city.as_deref(), place.region.as_deref(), place.country.map(|country| country.to_string()))
    };
    assert_eq!(place(0), (Some("Cali"), Some("Valle"), Some("COL".to_owned())));
    assert_eq!(place(1), (Some("Haeju"), None, Some("PRK".to_owned())));
    assert_eq!(person.nationalities.len(), 1);
    assert_eq!(person.sex, Sex::Male);
    assert_eq!(person.documents[0].number.as_deref(), Some("D001"));
    assert_eq!(person.documents[0].expires_on.map(|day| day.to_string()).as_deref(), Some("2027-01-22"));
    let references: Vec<_> = person.references.iter().map(|r| format!("{} {}", r.scheme, r.number)).collect();
    assert_eq!(references, ["OFAC-SDN 7", "XBT 149w62rY42aZBox8fGcmqNsXUzSStKeq8C"]);
    let remarks: Vec<_> = person.remarks.iter().map(|remark| remark.text.as_str()).collect();
    assert_eq!(
        remarks,
        ["OFAC SDN programmes: SDGT, IFSR", "alt. citizen Utopia; wanted by everybody; Linked To: SOMEBODY."]
    );
    assert_eq!(
        (person.statuses.as_slice(), person.offences.as_slice()),
        (&[PersonStatus::Listed][..], &[][..])
    );
}

#[test]
fn a_vessel_and_an_aircraft_become_objects() {
    let items = "1,\"АРК\",\"vessel\",\"IRAN\",-0- ,\"9HDQ9\",\"Crude Oil Tanker\",\"99,030\",\"56,068\",\"Panama\",-0- ,\
                 \"Former Vessel Flag Malta; Vessel Registration Identification IMO 9187655; MMSI 256842000.\"\n\
                 2,\"MSN 615\",\"aircraft\",\"SDGT\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"Aircraft Manufacture Date Jul \
                 1994; Aircraft Model Airbus A340-642; Aircraft Tail Number EP-MMH; Aircraft Manufacturer's Serial Number \
                 (MSN) 615; Aircraft Construction Number (also called L/N or S/N or F/N) 838.\"\n\
                 3,\"WRONG\",\"vessel\",\"IRAN\",-0- ,-0- ,-0- ,-0- ,-0- ,\"Utopia\",-0- ,\"Vessel Registration \
                 Identification IMO 9187654.\"\n\u{1a}";
    let aliases = "1,9,\"fka\",\"НОЙ\",-0- \n";
    let objects: Vec<(Object, Vec<ReportCode>)> = read(tables(items, aliases, "", ""))
        .into_iter()
        .map(|item| match item {
            ListItem::Stated { stated: Stated::Object(object), report, .. } => {
                (*object, report.iter().map(|row| row.code).collect())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let (vessel, report) = &objects[0];
    assert_eq!((vessel.database, report.as_slice()), (Database::Vessels, &[][..]));
    for (field, values) in [
        ("names", &["АРК", "НОЙ"][..]),
        ("imo", &["9187655"]),
        ("mmsi", &["256842000"]),
        ("call_sign", &["9HDQ9"]),
        ("flag", &["PAN"]),
        ("kind", &["2"]),
    ] {
        assert_eq!(texts(vessel, field), values, "{field}");
    }
    assert_eq!(
        texts(vessel, "remarks"),
        [
            "OFAC SDN programmes: IRAN; Vessel type: Crude Oil Tanker; Tonnage: 99,030; Gross register tonnage: 56,068; \
          Former Vessel Flag Malta"
        ]
    );
    let (aircraft, _) = &objects[1];
    for (field, values) in [
        ("serial", &["615"][..]),
        ("mark", &["EP-MMH"]),
        ("model", &["Airbus A340-642"]),
        ("year", &["1994"]),
    ] {
        assert_eq!(texts(aircraft, field), values, "{field}");
    }
    // A wrong check digit and an unknown flag are kept in words and reported.
    let (wrong, report) = &objects[2];
    assert_eq!(report, &[ReportCode::UnknownCountry, ReportCode::CheckDigit]);
    assert_eq!(texts(wrong, "remarks"), ["OFAC SDN programmes: IRAN; Flag: Utopia; IMO: 9187654"]);
}

#[test]
fn an_organisation_becomes_a_group() {
    let items = "5,\"ООО «ПРОБА»\",-0- ,\"SDGT] [IFSR\",\"Учебная фирма\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"a.k.a. 'নমুনা'; \
                 Website www.proba.example; Email Address office@proba.example; SWIFT/BIC YARORU21; Company Number IMO 5990271; \
                 alt. Company Number IMO 5990272; Registration ID 01125548 (Ukraine); Tax ID No. 1435126628 (Russia); \
                 NIT # 800101701-0 (Colombia); Organization Established Date 15 Jan 2005; Nationality of Registration Korea, \
                 North; Telephone (357)(22660766); Linked To: SOMEBODY.\"\n\
                 6,\"1234\",-0- ,\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n";
    let aliases =
        "5,1,\"aka\",\"PROBA LLC\",-0- \n5,2,\"fka\",\"شركة التمرين\",-0- \n5,3,\"aka\",\"PROBA LLC\",-0- \n";
    let addresses =
        "5,1,\"ул. Учебная, 1\",\"Moscow 101000\",\"Russia\",-0- \n5,2,-0- ,-0- ,\"Utopia\",-0- \n";
    let mut items = read(tables(items, aliases, addresses, "")).into_iter();
    let Some(ListItem::Stated { stated: Stated::Object(group), report, .. }) = items.next() else { panic!() };
    assert_eq!(group.database, Database::OrganisationsAndNetworks);
    assert_eq!(groups::statuses(&group), [GroupStatus::Listed]);
    let names: Vec<String> = groups::names(&group)
        .into_iter()
        .map(|name| format!("{} {}{}", name.text, name.kind, if name.is_weak { " weak" } else { "" }))
        .collect();
    assert_eq!(names, ["ООО «ПРОБА» primary", "PROBA LLC alias", "شركة التمرين former", "নমুনা alias weak"]);
    for (field, values) in [
        ("websites", &["www.proba.example"][..]),
        ("emails", &["office@proba.example"]),
        ("bics", &["YARORU21"]),
        ("imo_companies", &["5990271"]),
        ("countries", &["PRK"]),
        (
            "remarks",
            &["OFAC SDN programmes: SDGT, IFSR; Учебная фирма; alt. Company Number IMO 5990272; Telephone \
               (357)(22660766); Linked To: SOMEBODY."],
        ),
    ] {
        assert_eq!(texts(&group, field), values, "{field}");
    }
    let counted = |field: &str| group.values(field).count();
    assert_eq!(
        ["registrations", "addresses", "founded", "references"].map(counted),
        [3, 2, 1, 1],
        "{report:?}"
    );
    assert_eq!(report.iter().map(|row| row.code).collect::<Vec<_>>(), [ReportCode::UnknownCountry]);
    // A name without a letter is none.
    let Some(ListItem::Refused { about: AboutItem::Item(id), .. }) = items.next() else { panic!() };
    assert_eq!(id, "6");
}

#[test]
fn bad_rows_are_refused_with_their_place_and_the_rest_goes_on() {
    let good =
        |id: u32| format!("{id},\"ПРОБА, А\",\"individual\",\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n");
    let items = [
        good(1),
        good(1),
        "2,too,few\n".to_owned(),
        "x,\"А\",\"individual\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n".to_owned(),
        "3,\"1234\",\"individual\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n".to_owned(),
        "4,\"А\",\"animal\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n".to_owned(),
        "5,\"A\u{7}\",\"individual\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n".to_owned(),
        good(6),
    ]
    .concat();
    let aliases = "1,1,\"aka\",\"Б\",-0- \n99,2,\"aka\",\"Никто\",-0- \n6,3\n";
    let found: Vec<String> = read(tables(&items, aliases, "", ""))
        .iter()
        .map(|item| match item {
            ListItem::Stated { place, id, .. } => format!("{} {id} stated", place.line),
            ListItem::NotImported { .. } => "not imported".to_owned(),
            ListItem::Refused { about, report } => {
                let about = match about {
                    AboutItem::Item(id) => id.as_str(),
                    AboutItem::EarlierItem => "earlier",
                    AboutItem::Unreadable => "unreadable",
                };
                let row = report.last().unwrap();
                format!("{} {about} {} {}", row.place.line, row.field, row.code.as_str())
            }
        })
        .collect();
    assert_eq!(
        found,
        [
            "3 unreadable alt.csv wrong-columns",
            "1 1 stated",
            "2 earlier sdn.ent_num duplicate",
            "3 unreadable sdn.csv wrong-columns",
            "4 unreadable sdn.ent_num not-a-number",
            "5 3 names[0].text not-a-name",
            "6 4 sdn.SDN_Type unknown-value",
            "7 unreadable sdn.csv control-character",
            "8 6 stated",
            "2 earlier ent_num no-such-item",
        ]
    );
}

#[test]
fn caps_hold_at_their_values_and_one_above() {
    let row = "1,\"ПРОБА, А\",\"individual\",\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n";
    let items = [row, &row.replacen('1', "2", 1)].concat();
    let aliases = "1,1,\"aka\",\"Б\",-0- \n1,2,\"aka\",\"В\",-0- \n";
    let all =
        OfacLimits { total_bytes: items.len() as u64, row_bytes: row.len() - 1, rows: 2, rows_of_item: 2 };
    let ends = |limits: OfacLimits| {
        let items = read_within(tables(&items, aliases, "", ""), limits);
        items.map(|items| items.iter().filter(|item| matches!(item, ListItem::Stated { .. })).count())
    };
    assert_eq!(ends(all), Ok(2));
    let error = ends(OfacLimits { total_bytes: all.total_bytes - 1, ..all }).unwrap_err();
    assert_eq!((error.table, error.error.kind.code()), (OfacTable::Items, "csv-too-large"));
    let error = ends(OfacLimits { rows: 1, ..all }).unwrap_err();
    assert_eq!((error.table, error.error.kind.code()), (OfacTable::Aliases, "csv-too-many-rows"));
    assert_eq!(
        error.to_string(),
        "alt.csv: line 3: csv-too-many-rows: the table has more rows than allowed (rows read before: 1)"
    );
    assert_eq!(ends(OfacLimits { row_bytes: all.row_bytes - 1, ..all }), Ok(0));
    assert_eq!(ends(OfacLimits { rows_of_item: 1, ..all }), Ok(1), "the item with two aliases is refused");
}

//! Persons in the shape of public notices: pages and single ones, what is quoted, bad files.

use barid_domain::codes::{PersonStatus, Sex};
use barid_domain::dates::Day;
use barid_domain::persons::Person;
use barid_formats::list_items::{AboutItem, Fate, ListItem, ListReader as _, Stated};
use barid_formats::notices_json::{FIELDS, NoticesLimits, NoticesReader};
use barid_formats::report::ReportCode;

fn today() -> Day {
    Day::new(2026, 11, 27).unwrap()
}

fn read(json: &str) -> Vec<ListItem> {
    let reader = NoticesReader::new(json.as_bytes(), today(), NoticesLimits::default()).unwrap();
    reader.collect::<Result<_, _>>().unwrap()
}

fn code_of(json: &[u8], limits: NoticesLimits) -> &'static str {
    match NoticesReader::new(json, today(), limits) {
        Ok(_) => "read",
        Err(error) => error.kind.code(),
    }
}

fn person(item: &ListItem) -> &Person {
    match item {
        ListItem::Stated { stated: Stated::Person(person), .. } => person,
        other => panic!("{other:?}"),
    }
}

const DETAIL: &str = r#"{"entity_id":"2021-1","forename":"Валерий","name":"Калачев","date_of_birth":"1971/03/02","sex_id":"M",
 "nationalities":["RU","ZZ"],"place_of_birth":"Душанбе","country_of_birth_id":"TJ","height":1.8,"weight":0,
 "hairs_id":["BLA"],"distinguishing_marks":"шрам","languages_spoken_ids":["RUS"],
 "arrest_warrants":[{"issuing_country_id":"XA","charge":"Мошенничество","charge_translation":"Fraud"}],
 "_links":{"self":{"href":"https://example.org/notices/v1/red/2021-1"},"images":{"href":"https://example.org/x"}},
 "_embedded":{"links":[]}}"#;

#[test]
fn the_page_shows_the_table_of_the_code() {
    let page = include_str!("../../../../docs/formats/public-notices-json.md");
    for row in FIELDS {
        let (fate, what) = match row.fate {
            Fate::Kept(what) => ("kept", what),
            Fate::Mapped(what) => ("mapped", what),
            Fate::Dropped(what) => ("dropped", what),
        };
        let line = format!("| `{}` | {fate} | {what} |", row.path);
        assert!(page.lines().any(|shown| shown == line), "the page lacks: {line}");
    }
    assert_eq!(page.lines().filter(|line| line.starts_with("| `")).count(), FIELDS.len());
}

#[test]
fn a_notice_becomes_a_person_who_is_listed_and_what_it_asks_for_is_quoted() {
    let items = read(DETAIL);
    let person = person(&items[0]);
    assert_eq!(person.names[0].text, "Валерий Калачев");
    assert_eq!(person.names[0].parts, ["Валерий", "Калачев"]);
    assert_eq!(person.births[0].to_string(), "1971-03-02");
    assert_eq!(person.sex, Sex::Male);
    assert_eq!(person.nationalities.iter().map(ToString::to_string).collect::<Vec<_>>(), ["RUS"]);
    assert_eq!(person.birth_places[0].country.map(|country| country.to_string()).as_deref(), Some("TJK"));
    let texts: Vec<&str> = person.descriptions.iter().map(|text| text.text.as_str()).collect();
    assert_eq!(texts, ["height: 1.8", "hairs_id: BLA", "шрам"]);
    assert_eq!(
        (person.statuses.as_slice(), person.offences.as_slice()),
        (&[PersonStatus::Listed][..], &[][..])
    );
    assert_eq!(
        person.remarks[0].text,
        "nationality: ZZ; languages_spoken_ids: RUS; wanted by XA according to the source, for: Мошенничество / Fraud; \
         named in a notice of the kind red according to the source"
    );
    let ListItem::Stated { id, report, .. } = &items[0] else { panic!() };
    assert_eq!(id, "2021/1");
    assert_eq!(report.iter().map(|row| row.code).collect::<Vec<_>>(), [ReportCode::UnknownCountry]);
}

#[test]
fn pages_arrays_and_documents_one_after_another_are_read() {
    let notice = |id: &str| format!(r#"{{"entity_id":"{id}","name":"Проба","nationalities":null}}"#);
    let page = format!(
        r#"{{"total":2,"query":{{"page":1}},"_embedded":{{"notices":[{},{}]}},"_links":{{}}}}"#,
        notice("2020/1"),
        notice("2020/2")
    );
    let text = format!("\u{feff}{page}\n[{}]\n{}\n{}", notice("2020/3"), notice("2020/4"), notice("2020-4"));
    let shown: Vec<String> = read(&text)
        .iter()
        .map(|item| match item {
            ListItem::Stated { id, place, .. } => format!("{id} at {}", place.line),
            ListItem::Refused { about: AboutItem::EarlierItem, .. } => "earlier".to_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(shown, ["2020/1 at 1", "2020/2 at 1", "2020/3 at 1", "2020/4 at 2", "earlier"]);
}

#[test]
fn bad_files_and_notices_are_refused_with_a_code() {
    let all = NoticesLimits::default();
    assert_eq!(code_of(b"{\"entity_id\":", all), "notices-not-json");
    assert_eq!(code_of(b"{\"entity_id\":\"1\",\"entity_id\":\"2\"}", all), "notices-not-json");
    assert_eq!(code_of(&[b'['; 5_000], all), "notices-not-json");
    assert_eq!(code_of(b"\"\xff\"", all), "notices-not-utf-8");
    let two = r#"[{"entity_id":"1","name":"А"},{"entity_id":"2","name":"Б"}]"#;
    let at = NoticesLimits { total_bytes: two.len() as u64, notices: 2, elements: 7 };
    assert_eq!(code_of(two.as_bytes(), at), "read");
    assert_eq!(
        code_of(two.as_bytes(), NoticesLimits { total_bytes: at.total_bytes - 1, ..at }),
        "notices-too-large"
    );
    assert_eq!(code_of(two.as_bytes(), NoticesLimits { notices: 1, ..at }), "notices-too-many");
    assert_eq!(code_of(two.as_bytes(), NoticesLimits { elements: 6, ..at }), "notices-too-many");
    for (notice, field) in [
        (r#"{"name":"А"}"#, "entity_id"),
        (r#"{"entity_id":"1","name":"123"}"#, "names[0].text"),
        ("7", "entity_id"),
    ] {
        let ListItem::Refused { report, .. } = &read(notice)[0] else { panic!("{notice}") };
        assert_eq!(report.last().unwrap().field, field, "{notice}");
    }
    let items = read(r#"{"entity_id":"1","name":"А","unheard":"?"}"#);
    let ListItem::Stated { report, .. } = &items[0] else { panic!() };
    assert_eq!((report[0].field.as_str(), report[0].code), ("unheard", ReportCode::UnlistedPath));
    assert!(person(&items[0]).remarks[0].text.contains("unheard: ?"));
    let reader = NoticesReader::new(DETAIL.as_bytes(), today(), all).unwrap();
    assert_eq!(reader.bytes_read(), DETAIL.len() as u64);
}

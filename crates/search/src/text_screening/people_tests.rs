use barid_domain::codes::{Classification, CodeList, Database, Handling, NameKind, Purpose};
use barid_domain::ids::OrganisationCode;
use proptest::prelude::*;

use super::*;

const NAMES: &str = include_str!("../../tests/data/texts/names.tsv");
const SENTENCES: &str = include_str!("../../tests/data/texts/sentences.tsv");

fn class(owner: &str) -> VisibilityClass {
    VisibilityClass {
        database: Database::Persons,
        owner: OrganisationCode::new(owner).unwrap(),
        purpose: Purpose::Exercise,
        handling: Handling::LISTED[0].0,
        classification: Classification::OfficialUse,
        exercise: true,
        audience: barid_domain::restrictions::Audience::EVERYBODY,
    }
}

fn id(number: usize) -> RecordId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&(number as u32).wrapping_mul(2_654_435_761).to_be_bytes());
    bytes[12..].copy_from_slice(&(number as u32).to_be_bytes());
    RecordId(bytes)
}

fn named(text: &str) -> FactName {
    FactName { text: text.to_owned(), kind: NameKind::Primary, strength: None }
}

/// The text of all labelled sentences.
fn text() -> String {
    let sentences =
        SENTENCES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'));
    let mut text = String::new();
    for (_, marked) in sentences {
        let mut rest = marked;
        while let Some((before, after)) = rest.split_once('[') {
            let (_, after) = after.split_once('|').unwrap();
            let (stretch, after) = after.split_once(']').unwrap();
            text.push_str(before);
            text.push_str(stretch);
            rest = after;
        }
        text.push_str(rest);
        text.push('\n');
    }
    text
}

/// Recorded names, each many times over: as it is and with a letter doubled, left out or changed, so that more names meet
/// at a place than are compared there.
fn names() -> Vec<String> {
    let mut names = Vec::new();
    for (_, name) in NAMES.lines().filter_map(|row| row.split_once('\t')) {
        names.extend([name.to_owned(), name.to_owned()]);
        for at in 1..name.chars().count().min(12) {
            let letters: Vec<char> = name.chars().collect();
            let mut doubled = letters.clone();
            doubled.insert(at, letters[at]);
            let mut shorter = letters.clone();
            shorter.remove(at);
            names.extend([doubled, shorter].map(|letters| letters.into_iter().collect::<String>()));
        }
    }
    names
}

/// One pass over all of these names.
fn find_people(text: &str, people: &BTreeMap<RecordId, Vec<FactName>>, least_score: f32) -> Vec<PersonFind> {
    let mut finder = PeopleFinder::new(people.clone(), least_score);
    pieces(text).iter().for_each(|piece| finder.pass(piece));
    finder.found()
}

/// What is recorded: the truth that the layers are to agree with.
#[derive(Default)]
struct Records(BTreeMap<RecordId, (VisibilityClass, Vec<FactName>)>);

impl Records {
    fn build(&self, people: &mut TextPeople) {
        let Some(plan) = people.plan() else { return };
        let records = plan.records().to_vec();
        let mut builder = plan.builder();
        for record in records {
            if let Some((class, names)) = self.0.get(&record) {
                builder.insert(record, class.clone(), names);
            }
        }
        people.install(builder.build());
    }

    fn visible(&self, owner: &str) -> BTreeMap<RecordId, Vec<FactName>> {
        let visible = self.0.iter().filter(|(_, (class, _))| class.owner.as_str() == owner);
        visible.map(|(record, (_, names))| (*record, names.clone())).collect()
    }

    /// Through the layers, as the caller goes about it.
    fn found(&self, people: &TextPeople, owner: &str, text: &str) -> Vec<PersonFind> {
        let (mut proposer, unread) = people.proposer_where(|class| class.owner.as_str() == owner);
        let mut proposed: BTreeSet<RecordId> = unread.into_iter().collect();
        pieces(text).iter().for_each(|piece| proposer.propose(piece, 0.5, &mut proposed));
        let mut chosen = self.visible(owner);
        chosen.retain(|record, _| proposed.contains(record));
        find_people(text, &chosen, 0.5)
    }
}

#[test]
fn layers_find_what_one_index_of_all_visible_names_finds() {
    let text = text();
    let mut records = Records::default();
    let mut people = TextPeople::default();
    people.wake(std::iter::empty());
    for (number, name) in names().iter().enumerate() {
        // Every third record may not be seen, every fifth has left, every seventh was revised after it was in a layer.
        let owner = if number % 3 == 2 { "XB" } else { "XA" };
        let stale = vec![named("Совсем Другой"), named("Unrelated Person")];
        let before = if number % 7 == 0 { stale } else { vec![named(name)] };
        records.0.insert(id(number), (class(owner), before));
        people.note(id(number));
        if number % 100 == 99 {
            records.build(&mut people);
        }
    }
    for (number, name) in names().iter().enumerate() {
        if number % 7 == 0 {
            let owner = records.0[&id(number)].0.clone();
            records.0.insert(id(number), (owner, vec![named(name)]));
            people.note(id(number));
        } else if number % 5 == 0 {
            records.0.remove(&id(number));
            people.forget(id(number));
        }
    }
    assert!(people.layers.len() > 1 && people.unread() > 50, "{} layers", people.layers.len());
    let expected = find_people(&text, &records.visible("XA"), 0.5);
    assert!(expected.len() > 200, "{}", expected.len());
    assert_eq!(records.found(&people, "XA", &text), expected);

    // The single index of the engine itself, name by name.
    let visible = records.visible("XA");
    let all: Vec<(RecordId, &FactName)> =
        visible.iter().flat_map(|(record, names)| names.iter().map(|name| (*record, name))).collect();
    let mut builder = ScreeningIndexBuilder::new();
    all.iter().enumerate().for_each(|(slot, (_, name))| builder.insert(slot as u32, 0, &name.text));
    let alone = builder.build().screen(&text, &[true], &mut ScreeningBuffers::default());
    let stretches = |finds: &[(u32, u32)]| finds.iter().copied().collect::<BTreeSet<_>>();
    let of_engine = stretches(&alone.iter().map(|find| (find.start, find.end)).collect::<Vec<_>>());
    assert_eq!(stretches(&expected.iter().map(|find| (find.start, find.end)).collect::<Vec<_>>()), of_engine);
}

#[test]
fn what_changes_while_a_layer_is_built_is_read_as_it_is_now() {
    let text = "Вчера задержан Калачев Валерий, с ним Образцова Вера.";
    let mut records = Records::default();
    let mut people = TextPeople::default();
    for (number, name) in ["Калачев Валерий", "Образцова Вера"].iter().enumerate()
    {
        records.0.insert(id(number), (class("XA"), vec![named(name)]));
    }
    people.wake(records.0.keys().copied());
    let plan = people.plan().unwrap();
    assert!(people.plan().is_none(), "one at a time");
    let mut builder = plan.builder();
    for (record, (class, names)) in &records.0 {
        builder.insert(*record, class.clone(), names);
    }
    let built = builder.build();
    records.0.insert(id(0), (class("XA"), vec![named("Совсем Другой")]));
    people.note(id(0));
    records.0.remove(&id(1));
    people.forget(id(1));
    people.install(built);
    assert_eq!(people.unread(), 1);
    assert_eq!(records.found(&people, "XA", text), []);
    let found = |records: &Records, people: &TextPeople| {
        records
            .found(people, "XA", "Это был Другой Совсем.")
            .into_iter()
            .map(|find| find.record)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&records, &people), [id(0)]);
    records.build(&mut people);
    assert_eq!((people.unread(), found(&records, &people)), (0, vec![id(0)]));

    people.note(id(0));
    assert!(people.plan().is_some());
    people.give_up();
    assert!(people.plan().is_some(), "who gives up stands in nobody's way");
}

/// Of many names that meet at a place the best are proposed: those that may not be seen or are gone must not be among them.
#[test]
fn names_that_are_gone_or_hidden_crowd_nobody_out() {
    let text = "Тут был Валерий Калачев.";
    let found = |records: &Records, people: &TextPeople| {
        records.found(people, "XA", text).into_iter().map(|find| find.record).collect::<Vec<_>>()
    };
    for owner in ["XA", "XB"] {
        let mut records = Records::default();
        let mut people = TextPeople::default();
        records.0.insert(id(0), (class("XA"), vec![named("Калачев Валерий Петрович")]));
        (1..40).for_each(|number| {
            records.0.insert(id(number), (class(owner), vec![named("Калачев Валерий")]));
        });
        people.wake(records.0.keys().copied());
        // Half of them go behind the layer's back, half while it is built.
        let leave = |records: &mut Records, people: &mut TextPeople, numbers: std::ops::Range<usize>| {
            if owner == "XA" {
                numbers.for_each(|number| {
                    records.0.remove(&id(number));
                    people.forget(id(number));
                });
            }
        };
        let plan = people.plan().unwrap();
        let mut builder = plan.builder();
        for (record, (class, names)) in &records.0 {
            builder.insert(*record, class.clone(), names);
        }
        let built = builder.build();
        leave(&mut records, &mut people, 20..40);
        people.install(built);
        leave(&mut records, &mut people, 1..20);
        assert_eq!((people.layers.len(), people.unread()), (1, 0));
        assert_eq!(found(&records, &people), [id(0)], "{owner}");
        assert_eq!(people.is_worn(), owner == "XA");
        let before = people.memory_bytes();
        records.build(&mut people);
        assert!(!people.is_worn() && (owner == "XB" || people.memory_bytes() < before));
        assert_eq!(found(&records, &people), [id(0)], "{owner}");
    }
}

#[test]
fn pieces_cover_a_text_and_overlap() {
    for text in ["", "Калачев", &"Калачев Валерий, ".repeat(2_000), &"খ".repeat(20_000), &"字 ".repeat(9_000)]
    {
        let characters: Vec<char> = text.chars().collect();
        let (mut covered, mut owned) = (0, 0);
        for piece in pieces(text) {
            let (start, length) = (piece.start as usize, piece.text.chars().count());
            assert!(piece.text.chars().eq(characters[start..start + length].iter().copied()));
            assert!(start <= covered && length <= PIECE_CHARS);
            assert!(start == 0 || covered - start >= OVERLAP_CHARS / 2 + 100);
            assert_eq!(piece.own.start, owned);
            assert!(start == 0 || piece.own.start as usize >= start + OVERLAP_CHARS / 2);
            (covered, owned) = (start + length, piece.own.end);
        }
        assert_eq!((covered, owned as usize), (characters.len(), characters.len()));
    }
}

#[test]
fn a_name_on_a_border_is_found_once() {
    let people: BTreeMap<_, _> = [(id(1), vec![named("Калачев Валерий")])].into();
    let name = "Валерий Калачев";
    for before in PIECE_CHARS - OVERLAP_CHARS - 30..PIECE_CHARS + 30 {
        let words = "слово ".repeat(before / 6);
        let text = format!("{words}{} {name}. {words}", "и".repeat(before % 6));
        let found = find_people(&text, &people, 0.5);
        let start = (words.chars().count() + before % 6 + 1) as u32;
        let places: Vec<(u32, u32)> = found.iter().map(|find| (find.start, find.end)).collect();
        assert_eq!(places, [(start, start + name.chars().count() as u32)], "{before}");
    }
}

#[test]
fn asleep_it_keeps_nothing() {
    let mut people = TextPeople::default();
    people.note(id(1));
    people.forget(id(2));
    assert_eq!((people.unread(), people.plan().is_none(), people.is_awake()), (0, true, false));
    people.wake([id(1)].into_iter());
    people.wake([id(2)].into_iter());
    assert_eq!(people.unread(), 1, "woken once");
}

#[test]
fn few_layers_stand_however_records_come() {
    let mut records = Records::default();
    let mut people = TextPeople::default();
    people.wake(std::iter::empty());
    for number in 0..3_000 {
        records.0.insert(id(number), (class("XA"), vec![named("Калачев Валерий")]));
        people.note(id(number));
        if number % 20 == 19 {
            records.build(&mut people);
        }
    }
    assert!(people.layers.len() <= 6, "{}", people.layers.len());
    assert!(people.memory_bytes() > 0);
}

#[test]
fn a_weak_alias_counts_for_less() {
    let weak = FactName { strength: Some(AliasStrength::Weak), ..named("Калачев Валерий") };
    let found =
        |name: FactName| find_people("Тут был Калачев Валерий.", &[(id(1), vec![name])].into(), 0.3)[0].score;
    assert!(found(named("Калачев Валерий")) > 0.8 && found(weak) < 0.8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_that_happens_to_records_makes_it_panic(
        steps in proptest::collection::vec((0usize..12, 0u8..5), 0..60)
    ) {
        let mut records = Records::default();
        let mut people = TextPeople::default();
        people.wake(std::iter::empty());
        let all = names();
        for (number, step) in steps {
            match step {
                0 | 1 => {
                    records.0.insert(id(number), (class("XA"), vec![named(&all[number * 7])]));
                    people.note(id(number));
                }
                2 => {
                    records.0.remove(&id(number));
                    people.forget(id(number));
                }
                _ => records.build(&mut people),
            }
        }
        let text = all[..80].join(". ");
        prop_assert_eq!(records.found(&people, "XA", &text), find_people(&text, &records.visible("XA"), 0.5));
    }
}

/// What is found in a text while all records wait to be read, and when they stand in a layer.
fn before_and_in_a_layer(names: &[&str], text: &str) -> [Vec<PersonFind>; 2] {
    let mut records = Records::default();
    let mut people = TextPeople::default();
    people.wake(std::iter::empty());
    for (number, name) in names.iter().enumerate() {
        records.0.insert(id(number), (class("XA"), vec![named(name)]));
        people.note(id(number));
    }
    let before = records.found(&people, "XA", text);
    records.build(&mut people);
    assert_eq!(people.unread(), 0);
    [before, records.found(&people, "XA", text)]
}

#[test]
fn an_initial_with_a_surname_is_found_in_a_layer_too() {
    let names = ["Ольга Примерова", "Тарас Шаблоненко", "Ольга Шаблоненко"];
    let [before, after] = before_and_in_a_layer(&names, "Отказали О. Примеровой. Опрошен Шаблоненко Т.");
    assert!(before.len() >= 2, "{before:?}");
    assert_eq!(before, after);
}

#[test]
fn namesakes_in_a_layer_crowd_out_no_other_spelling() {
    let mut names = vec!["Калачев Валерий"; 14];
    names.extend(["Kalachev Valeriy", "Kalachov Valery", "Kalatschew Waleri"]);
    let [before, after] = before_and_in_a_layer(&names, "Вчера задержан Калачев Валерий.");
    assert!(before.len() > 14, "{}", before.len());
    assert_eq!(before, after);
}

//! What people see on a terminal: the catalogue's texts, identifiers isolated from bidi reordering, JSON on demand.
//!
//! Every word that people are shown comes out of the catalogue (`barid-languages`); [`columns`] and [`verbatim`] are for
//! what is no language: codes, hashes, names, documents. A test reads the sources for words that go round it.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use barid_domain::calendars::Calendar;
use barid_domain::codes::CodeList;
use barid_domain::text::LocalText;
use barid_languages::{Catalogue, Language, Marks, Text};
use barid_store::Remedy;

/// Is how answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For programs: one JSON document.
    Json,
}

struct Voice {
    catalogue: Catalogue,
    marks: Marks,
}

static VOICE: OnceLock<Voice> = OnceLock::new();

/// Chooses the language of everything that is shown from now on; direction marks are set where a terminal reads it.
pub fn speak(language: Language) {
    let marks = if std::io::stdout().is_terminal() { Marks::Set } else { Marks::Left };
    // The first choice stays: a process has one.
    let _ = VOICE.set(Voice { catalogue: Catalogue::new(language, marks), marks });
}

fn voice() -> &'static Voice {
    VOICE.get_or_init(|| Voice {
        catalogue: Catalogue::new(Language::English, Marks::Left),
        marks: Marks::Left,
    })
}

/// The language that the environment asks for: that of `LC_ALL`, `LC_MESSAGES` or `LANG`, the first that is set.
pub fn language_of_locale() -> Language {
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set);
    locale.and_then(|locale| Language::of_tag(&locale)).unwrap_or_default()
}

/// Fills a text in.
pub fn words(text: Text<'_>) -> String {
    voice().catalogue.say(&text)
}

/// What an error of this code is called in another language than English, in which its own words are more exact.
pub fn problem(code: &str) -> Option<String> {
    let catalogue = &voice().catalogue;
    if catalogue.language() == Language::English {
        return None;
    }
    Some(format!("[{code}] {}", catalogue.problem(code)?))
}

/// What to do about a fault that the doctor found.
pub fn advice(remedy: &Remedy) -> String {
    voice().catalogue.remedy(remedy.name).unwrap_or_else(|| remedy.text.to_owned())
}

/// Chooses the name in the language of who reads, else the first.
pub fn name_of(names: &[LocalText]) -> String {
    let tag = voice().catalogue.language().tag();
    let own = names.iter().find(|name| name.language == tag).or(names.first());
    own.map(|name| isolate(&name.text)).unwrap_or_default()
}

/// The name of a code; of codes and lists that have none, the code.
pub fn code<T: CodeList + std::fmt::Display>(code: T) -> String {
    let text = code.to_string();
    voice().catalogue.code(T::LIST, &text).unwrap_or(text)
}

/// The name of a code that came as text from a server; of codes that have none, the code.
pub fn code_named(list: &str, code: &str) -> String {
    voice().catalogue.code(list, code).unwrap_or_else(|| isolate(code))
}

/// The name of a calendar.
pub fn calendar_name(calendar: Calendar) -> String {
    let name = calendar.name();
    voice().catalogue.code("calendar", name).unwrap_or_else(|| name.to_owned())
}

/// Writes a text as a line.
pub fn say(text: Text<'_>) {
    verbatim(&words(text));
}

/// Writes a text as a line, so many spaces in.
pub fn say_inside(spaces: usize, text: Text<'_>) {
    verbatim(&format!("{:spaces$}{}", "", words(text)));
}

/// Writes what stands side by side as a line: codes, hashes, names, and texts that were filled in.
pub fn columns(columns: &[&str]) {
    let shown: Vec<&str> = columns.iter().copied().filter(|column| !column.is_empty()).collect();
    verbatim(&shown.join("  "));
}

/// Writes a line as it is, but for control characters, which a terminal would obey; a closed pipe ends the writing
/// quietly.
pub fn verbatim(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", harmless(text));
}

/// Puts U+FFFD in the place of every control character but the end of a line and the tabulator.
pub fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

/// The same of what stands within a line: the end of a line too.
fn harmless_inside(text: &str) -> String {
    harmless(text).replace(['\n', '\t'], "\u{fffd}")
}

/// Puts a text between U+2068 and U+2069 on terminals, so that its own direction stays inside and the line's outside.
pub fn isolate(text: &str) -> String {
    isolated(&harmless_inside(text), voice().marks)
}

/// Puts an identifier between U+2066 and U+2069 on terminals: shown left to right wherever it stands.
pub fn identifier(text: &str) -> String {
    left_to_right(&harmless_inside(text), voice().marks)
}

fn isolated(text: &str, marks: Marks) -> String {
    match marks {
        Marks::Set => format!("\u{2068}{text}\u{2069}"),
        Marks::Left => text.to_owned(),
    }
}

fn left_to_right(text: &str, marks: Marks) -> String {
    match marks {
        Marks::Set => format!("\u{2066}{text}\u{2069}"),
        Marks::Left => text.to_owned(),
    }
}

/// Writes a line of progress, on terminals only.
pub fn progress(text: Text<'_>) {
    if std::io::stderr().is_terminal() {
        let _ = write!(std::io::stderr(), "\r{}\u{1b}[K", harmless_inside(&words(text)));
    }
}

/// How far apart lines of progress are where no terminal shows one over the other.
const LINES_APART: Duration = Duration::from_secs(10);

/// Writes a line of progress: on terminals in place of the last one, elsewhere one every ten seconds.
pub fn say_progress(text: Text<'_>) {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    if std::io::stderr().is_terminal() {
        return progress(text);
    }
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.is_none_or(|last| last.elapsed() >= LINES_APART) {
        *last = Some(Instant::now());
        warn(text);
    }
}

/// Writes a text as a line on standard error.
pub fn warn(text: Text<'_>) {
    // Nothing better to do when even stderr is closed.
    let _ = writeln!(std::io::stderr(), "{}", harmless(&words(text)));
}

/// Ends the line of progress.
pub fn progress_done() {
    if std::io::stderr().is_terminal() {
        let _ = writeln!(std::io::stderr());
    }
}

/// Writes a value as JSON.
pub fn json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => verbatim(&escaped(&text)),
        Err(_) => verbatim("null"),
    }
}

/// Is an object with one list in it, written item by item: a long list is never whole in memory.
pub struct JsonList {
    is_first: bool,
}

impl JsonList {
    /// Begins the object and its list; a code of ours, which needs no escaping.
    pub fn begin(field: &'static str) -> Self {
        verbatim(&format!("{{\"{field}\": ["));
        Self { is_first: true }
    }

    /// Writes an item.
    pub fn item(&mut self, value: &impl serde::Serialize) {
        // Values of ours, whose keys are texts, can't fail to be written.
        let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| "null".to_owned());
        let comma = if std::mem::take(&mut self.is_first) { "" } else { "," };
        verbatim(&format!("{comma}{}", escaped(&text)));
    }

    /// Ends the list and the object, with a number beside the list.
    pub fn end(self, field: &'static str, number: usize) {
        verbatim(&format!("], \"{field}\": {number}}}"));
    }
}

/// Escapes the control characters that JSON allows and a terminal obeys; they stand in strings only.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_control() && c != '\n' {
            text.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use barid_domain::codes::{
        AliasStrength, Classification, Database, DocumentType, FraudType, IdentifierKind, NameKind,
        PersonStatus, Purpose, RevocationReason, Sex, Warning,
    };
    use barid_domain::objects::fields::{Field, FieldKind};
    use barid_domain::objects::tables::TABLES;

    use super::*;

    fn has_names<T: CodeList + 'static>() {
        for language in Language::ALL {
            let catalogue = Catalogue::new(*language, Marks::Left);
            for (_, code) in T::LISTED {
                let name = catalogue.code(T::LIST, code);
                assert!(name.is_some(), "{language:?} has no name for {code} of {}", T::LIST);
                assert!(*language != Language::English || name.as_deref() == Some(*code));
            }
        }
    }

    #[test]
    fn every_code_that_a_record_shows_has_a_name_in_every_language() {
        has_names::<Database>();
        has_names::<Purpose>();
        has_names::<NameKind>();
        has_names::<AliasStrength>();
        has_names::<PersonStatus>();
        has_names::<DocumentType>();
        has_names::<FraudType>();
        has_names::<Classification>();
        has_names::<RevocationReason>();
        has_names::<Sex>();
        has_names::<Warning>();
        has_names::<IdentifierKind>();
        has_names::<barid_domain::images::ImageKind>();
    }

    #[test]
    fn everything_that_an_agreement_says_has_words_in_every_language() {
        fn has_words<T: CodeList + 'static>() {
            for language in Language::ALL {
                let catalogue = Catalogue::new(*language, Marks::Left);
                for (_, code) in T::LISTED {
                    let name = catalogue.code(T::LIST, code);
                    assert!(name.is_some(), "{language:?} has no words for {code} of {}", T::LIST);
                }
            }
        }
        has_words::<barid_domain::agreements::GrantedOperation>();
        has_words::<barid_domain::agreements::FieldGroup>();
        has_words::<barid_domain::agreements::Duty>();
        has_words::<barid_domain::agreements::AgreementStep>();
        has_words::<barid_domain::officers::OfficerRight>();
    }

    #[test]
    fn every_field_of_objects_and_every_code_in_them_has_a_name_in_every_language() {
        fn named(table: &[Field], catalogue: &Catalogue) {
            for field in table {
                let name = field.name.replace('_', "-");
                assert!(catalogue.code("field", &name).is_some(), "{name}");
                match field.kind {
                    FieldKind::Group(inner) => named(inner, catalogue),
                    FieldKind::Code(codes) => {
                        for code in (codes.names)() {
                            assert!(catalogue.code(codes.list, code).is_some(), "{} {code}", codes.list);
                        }
                    }
                    _ => {}
                }
            }
        }
        for language in Language::ALL {
            let catalogue = Catalogue::new(*language, Marks::Left);
            TABLES.iter().for_each(|table| named(table.fields, &catalogue));
        }
    }

    #[test]
    fn every_kind_of_find_has_a_name_in_every_language() {
        for language in Language::ALL {
            let catalogue = Catalogue::new(*language, Marks::Left);
            for kind in barid_domain::text_screening::StretchKind::ALL {
                assert!(catalogue.code("text-find", kind.as_str()).is_some(), "{language:?} {kind:?}");
            }
        }
    }

    #[test]
    fn every_remedy_has_words_in_every_language() {
        for language in Language::ALL {
            let catalogue = Catalogue::new(*language, Marks::Left);
            for (remedy, _) in barid_store::REMEDIES {
                let words = catalogue.remedy(remedy.name);
                assert!(words.is_some(), "{language:?} has no words for {}", remedy.name);
                assert_eq!(
                    words.as_deref() == Some(remedy.text),
                    *language == Language::English,
                    "{}",
                    remedy.name
                );
            }
        }
    }

    #[test]
    fn a_terminal_gets_no_control_characters() {
        assert_eq!(harmless("a\u{1b}[2Jb\u{9b}1m\r\u{7}\n"), "a\u{fffd}[2Jb\u{fffd}1m\u{fffd}\u{fffd}\n");
        assert_eq!(isolate("a\nb"), "a\u{fffd}b", "a name makes no line of its own");
        let value = serde_json::json!({ "name": "a\u{1b}[2J\u{9b}\u{7f}\nb" });
        let text = escaped(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value, "it says the same");
    }

    #[test]
    fn an_identifier_keeps_its_order_inside_a_right_to_left_line() {
        assert_eq!(left_to_right("QDi.001", Marks::Set), "\u{2066}QDi.001\u{2069}");
        assert_eq!(isolated("کلاچف", Marks::Set), "\u{2068}کلاچف\u{2069}");
        assert_eq!(left_to_right("QDi.001", Marks::Left), "QDi.001", "a file gets no marks");
    }
}

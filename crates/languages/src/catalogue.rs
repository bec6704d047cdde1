//! The texts of one language, looked up and filled in.

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;

use crate::language::Language;
use crate::text::Text;

/// Says whether what is filled in is set apart by direction marks (U+2068, U+2069).
///
/// A terminal and a page want them, because a name of the other direction would else reorder the line around it. A file
/// or a program that reads the text does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Marks {
    /// Each argument stands between U+2068 and U+2069.
    Set,
    /// No mark is set.
    Left,
}

/// Is the texts of one language.
pub struct Catalogue {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Catalogue {
    /// Takes up a language.
    pub fn new(language: Language, marks: Marks) -> Self {
        let identifier = language.tag().parse::<unic_langid::LanguageIdentifier>().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        bundle.set_use_isolating(marks == Marks::Set);
        // What could not be read would be missing, and a test looks for every text in every language.
        let resource = match FluentResource::try_new(language.texts().to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        Self { language, bundle }
    }

    /// What a problem of this code is called; `None` for codes that have no title.
    pub fn problem(&self, code: &str) -> Option<String> {
        self.plain(&format!("problem-{code}"))
    }

    /// What a code of a list is called; `None` where the list has no names here, or not this one.
    pub fn code(&self, list: &str, code: &str) -> Option<String> {
        self.plain(&format!("code-{list}-{code}"))
    }

    /// What to do about faults, by the name of the remedy; `None` for names that are not known here.
    pub fn remedy(&self, name: &str) -> Option<String> {
        self.plain(&format!("remedy-{name}"))
    }

    fn plain(&self, id: &str) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        Some(self.bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned())
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Fills a text in. A text that is not there is shown by its name: that no language lacks one is tested.
    pub fn say(&self, text: &Text<'_>) -> String {
        let pattern = self.bundle.get_message(text.id()).and_then(|message| message.value());
        let Some(pattern) = pattern else { return text.id().to_owned() };
        let mut faults = Vec::new();
        self.bundle.format_pattern(pattern, Some(&text.arguments()), &mut faults).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

    use super::*;

    /// The messages of a language with the arguments each of them uses.
    fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let parsed = fluent_syntax::parser::parse(language.texts())
            .unwrap_or_else(|(_, faults)| panic!("{language:?}: {faults:?}"));
        let mut messages = BTreeMap::new();
        for entry in parsed.body {
            let Entry::Message(message) = entry else { continue };
            let mut used = BTreeSet::new();
            collect(&message.value.expect("a message says something"), &mut used);
            let earlier = messages.insert(message.id.name.to_owned(), used);
            assert!(earlier.is_none(), "{language:?} has {} twice", message.id.name);
        }
        messages
    }

    fn collect(pattern: &Pattern<&str>, used: &mut BTreeSet<String>) {
        for element in &pattern.elements {
            let PatternElement::Placeable { expression } = element else { continue };
            match expression {
                Expression::Inline(InlineExpression::VariableReference { id }) => {
                    used.insert(id.name.to_owned());
                }
                Expression::Inline(_) => {}
                Expression::Select { selector, variants } => {
                    if let InlineExpression::VariableReference { id } = selector {
                        used.insert(id.name.to_owned());
                    }
                    variants.iter().for_each(|variant| collect(&variant.value, used));
                }
            }
        }
    }

    #[test]
    fn every_language_has_every_text_with_its_arguments_and_no_other() {
        let wanted: BTreeMap<String, BTreeSet<String>> = Text::ALL
            .iter()
            .map(|(id, arguments)| {
                ((*id).to_owned(), arguments.iter().map(|name| (*name).to_owned()).collect())
            })
            .collect();
        assert_eq!(wanted.len(), Text::ALL.len(), "an id stands for one text");
        let titles: Vec<String> = messages(Language::English)
            .into_keys()
            .filter(|id| ["problem-", "code-", "remedy-"].iter().any(|kind| id.starts_with(kind)))
            .collect();
        for language in Language::ALL {
            let mut found = messages(*language);
            for title in &titles {
                assert_eq!(found.remove(title), Some(BTreeSet::new()), "{language:?}: {title}");
            }
            for (id, arguments) in &wanted {
                assert_eq!(found.get(id), Some(arguments), "{language:?}: {id}");
            }
            let unknown: Vec<&String> = found.keys().filter(|id| !wanted.contains_key(*id)).collect();
            assert!(unknown.is_empty(), "{language:?} has texts that nobody shows: {unknown:?}");
        }
    }

    #[test]
    fn what_a_machine_translated_says_so_first() {
        for language in Language::ALL.iter().filter(|language| **language != Language::English) {
            let first: Vec<&str> = language.texts().lines().take(3).collect();
            assert!(first.iter().all(|line| line.starts_with('#')), "{language:?}");
            assert!(first.concat().contains("machine-made and unreviewed"), "{language:?}");
        }
    }

    #[test]
    fn marks_stand_round_what_is_filled_in_where_they_are_wanted() {
        let text =
            Text::ReasonName {
                asked: "کلاچف", found: "Kalachev", relation: "romanisation", likeness: "0.98"
            };
        let plain = Catalogue::new(Language::English, Marks::Left).say(&text);
        assert_eq!(plain, "کلاچف ~ Kalachev: romanisation 0.98");
        let marked = Catalogue::new(Language::English, Marks::Set).say(&text);
        assert_eq!(
            marked,
            "\u{2068}کلاچف\u{2069} ~ \u{2068}Kalachev\u{2069}: \u{2068}romanisation\u{2069} \u{2068}0.98\u{2069}"
        );
    }

    #[test]
    fn counts_take_the_form_of_their_language() {
        let russian = Catalogue::new(Language::Russian, Marks::Left);
        for (count, expected) in [(1, "1 строка"), (3, "3 строки"), (730, "730 строк")] {
            let said = russian.say(&Text::ImportRows { count });
            assert!(said.starts_with(expected), "{said}");
        }
        let arabic = Catalogue::new(Language::Arabic, Marks::Left);
        assert_ne!(arabic.say(&Text::ImportRows { count: 2 }), arabic.say(&Text::ImportRows { count: 11 }));
    }
}

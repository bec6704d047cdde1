//! The language of a request, for the words of its problems; codes are the same in every language.

use std::sync::LazyLock;

use axum::http::{HeaderMap, header};
use barid_languages::{Catalogue, Language, Marks};

tokio::task_local! {
    /// The language of the request that the task answers.
    static LANGUAGE: Language;
}

static CATALOGUES: LazyLock<Vec<Catalogue>> =
    LazyLock::new(|| Language::ALL.iter().map(|language| Catalogue::new(*language, Marks::Left)).collect());

/// The language that the headers of a request ask for; English where they ask for none there is.
pub(crate) fn asked_for(headers: &HeaderMap) -> Language {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    header.and_then(Language::accepted).unwrap_or_default()
}

/// Answers a request in a language.
pub(crate) async fn within<F: Future>(language: Language, answer: F) -> F::Output {
    LANGUAGE.scope(language, answer).await
}

/// The title of a problem in the language of the request, with that language; `None` where its own title serves.
pub(crate) fn title(code: &str) -> Option<(Language, String)> {
    let language = LANGUAGE.try_with(|language| *language).ok()?;
    let catalogue = CATALOGUES.iter().find(|catalogue| catalogue.language() == language)?;
    Some((language, catalogue.problem(code)?))
}

#[cfg(test)]
mod tests {
    use barid_api::problems::PROBLEMS;

    use super::*;

    #[test]
    fn every_problem_has_a_title_in_every_language_and_the_english_one_is_that_of_the_table() {
        for problem in PROBLEMS {
            for catalogue in CATALOGUES.iter() {
                let title = catalogue.problem(problem.code);
                assert!(title.is_some(), "{:?} lacks {}", catalogue.language(), problem.code);
                if catalogue.language() == Language::English {
                    assert_eq!(title.as_deref(), Some(problem.title));
                }
            }
        }
    }
}

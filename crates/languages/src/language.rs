//! The languages there are texts in, and how one is named.

/// Is a language that people are shown texts in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Language {
    /// English, which the others are made from.
    #[default]
    English,
    /// Russian.
    Russian,
    /// Arabic.
    Arabic,
    /// Persian.
    Persian,
    /// Hindi.
    Hindi,
    /// Bengali.
    Bengali,
    /// Chinese, in simplified characters.
    Chinese,
}

/// The most languages of a header that are looked at.
const ACCEPTED_CAP: usize = 20;

impl Language {
    /// Every language.
    pub const ALL: &[Self] = &[
        Self::English,
        Self::Russian,
        Self::Arabic,
        Self::Persian,
        Self::Hindi,
        Self::Bengali,
        Self::Chinese,
    ];

    /// The language's tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
            Self::Arabic => "ar",
            Self::Persian => "fa",
            Self::Hindi => "hi",
            Self::Bengali => "bn",
            Self::Chinese => "zh",
        }
    }

    /// Finds the language of a tag (`fa-AF`) or of a locale's name (`ru_RU.UTF-8`) by its first part.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let first = tag.split(['-', '_', '.', '@']).next().unwrap_or_default();
        Self::ALL.iter().copied().find(|language| language.tag().eq_ignore_ascii_case(first))
    }

    /// Chooses by the header `Accept-Language` (RFC 9110, section 12.5.4): the first language there is texts in, by weight.
    pub fn accepted(header: &str) -> Option<Self> {
        let weighed = header.split(',').take(ACCEPTED_CAP).filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let language = Self::of_tag(parts.next()?)?;
            let weight = match parts.next() {
                Some(weight) => weight.strip_prefix("q=")?.parse::<f32>().ok()?,
                None => 1.0,
            };
            (weight > 0.0 && weight <= 1.0).then_some((language, weight))
        });
        // Among equal weights the first one stands.
        weighed.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
    }

    pub(crate) fn texts(self) -> &'static str {
        match self {
            Self::English => include_str!("../texts/en.ftl"),
            Self::Russian => include_str!("../texts/ru.ftl"),
            Self::Arabic => include_str!("../texts/ar.ftl"),
            Self::Persian => include_str!("../texts/fa.ftl"),
            Self::Hindi => include_str!("../texts/hi.ftl"),
            Self::Bengali => include_str!("../texts/bn.ftl"),
            Self::Chinese => include_str!("../texts/zh.ftl"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_chooses_by_weight_and_then_by_order() {
        for (header, expected) in [
            ("ru", Some(Language::Russian)),
            ("de, fa;q=0.5, bn;q=0.8", Some(Language::Bengali)),
            ("hi-IN, en;q=0.9", Some(Language::Hindi)),
            ("zh;q=0", None),
            ("zh;q=7, ar", Some(Language::Arabic)),
            ("ar;q=x", None),
            ("*", None),
            ("", None),
            (";;,,;q=1", None),
        ] {
            assert_eq!(Language::accepted(header), expected, "{header}");
        }
        let beyond = format!("{}ru", "xx,".repeat(ACCEPTED_CAP));
        assert_eq!(Language::accepted(&beyond), None, "a header is read up to its cap");
    }

    #[test]
    fn a_language_is_found_by_its_tag_and_by_a_locale() {
        for (tag, expected) in [
            ("ru", Some(Language::Russian)),
            ("fa-AF", Some(Language::Persian)),
            ("zh_CN.UTF-8", Some(Language::Chinese)),
            ("AR", Some(Language::Arabic)),
            ("bn@x", Some(Language::Bengali)),
            ("C", None),
            ("POSIX", None),
            ("", None),
            ("de", None),
            ("russian", None),
        ] {
            assert_eq!(Language::of_tag(tag), expected, "{tag}");
        }
    }
}

//! What a part of a name is apart from a name proper: particle, title, patronymic, initial, generation.
//!
//! Roles lower the weight of a part; they never delete it. The lists are closed and written from general knowledge of
//! naming customs (ICAO Doc 9303 part 3 on titles; national passport practice); they hold no person.

use crate::letters::latin_text;
use crate::script::Script;

/// The role of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Role {
    /// A name proper.
    Name = 0,
    /// One letter standing for a name.
    Initial = 1,
    /// A connecting word: `al`, `bin`, `abu`, `van`, `de`.
    Particle = 2,
    /// A title or honorific: `Dr`, `Sheikh`, `Hajji`, `Mullah`, `Sir`.
    Title = 3,
    /// A name made from the father's: `Petrovich`, `Иванова дочь` forms, `-oglu`.
    Patronymic = 4,
    /// `Jr`, `III`, `the Younger`.
    Generation = 5,
}

const PARTICLES: &[&str] = &[
    "al", "el", "ul", "ad", "ar", "as", "az", "at", "an", "ash", "ath", "bin", "ibn", "ben", "bint", "binti",
    "abu", "abou", "umm", "um", "ud", "uz", "ur", "us", "van", "von", "der", "den", "de", "da", "do", "dos",
    "das", "di", "del", "della", "della", "du", "la", "le", "les", "of", "the", "y", "i", "e", "zu", "zum",
    "zur", "af", "av", "ter", "ten", "te", "und", "and", "st", "san", "santa", "ag", "ould", "wald", "oglu",
    "ogli", "ogly", "qizi", "kyzy", "kizi", "gyzy", "uly", "uulu", "bte", "a", "o", "ab", "eddin", "eddine",
    "din", "ap",
];
const TITLES: &[&str] = &[
    "dr",
    "mr",
    "mrs",
    "ms",
    "miss",
    "sir",
    "dame",
    "lord",
    "lady",
    "prof",
    "professor",
    "sheikh",
    "shaikh",
    "shaykh",
    "sheik",
    "haji",
    "hajji",
    "hajj",
    "alhaj",
    "alhajj",
    "hadji",
    "el-hadj",
    "mullah",
    "mulla",
    "maulana",
    "mawlana",
    "maulvi",
    "mawlawi",
    "mawlavi",
    "maulavi",
    "molvi",
    "qari",
    "sayyid",
    "sayed",
    "syed",
    "sayyed",
    "said",
    "ustad",
    "ustaz",
    "imam",
    "ayatollah",
    "general",
    "gen",
    "colonel",
    "col",
    "major",
    "maj",
    "captain",
    "capt",
    "lieutenant",
    "lt",
    "brigadier",
    "brig",
    "commander",
    "commandant",
    "marshal",
    "admiral",
    "sergeant",
    "baron",
    "baronet",
    "count",
    "countess",
    "duke",
    "duchess",
    "prince",
    "princess",
    "king",
    "queen",
    "emperor",
    "saint",
    "pope",
    "rev",
    "reverend",
    "father",
    "sister",
    "brother",
    "freiherr",
    "graf",
    "ritter",
    "hon",
    "honourable",
    "engineer",
    "eng",
    "chief",
    "emir",
    "amir",
    "sri",
    "shri",
    "smt",
    "md",
];
const GENERATIONS: &[&str] = &[
    "jr", "sr", "junior", "senior", "ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii", "xiii", "xiv",
    "xv", "1st", "2nd", "3rd",
];

const NATIVE_PARTICLES: &[&str] = &[
    "ال",
    "بن",
    "ابن",
    "بنت",
    "ابو",
    "ابي",
    "ام",
    "فان",
    "فون",
    "دي",
    "دو",
    "де",
    "да",
    "ди",
    "дю",
    "ван",
    "фон",
    "дер",
    "ла",
    "ле",
    "аль",
    "эль",
    "ад",
    "ар",
    "ас",
    "аз",
    "ат",
    "аш",
    "эд",
    "эр",
    "эс",
    "эз",
    "эт",
    "эш",
    "ибн",
    "бин",
    "бен",
    "абу",
    "оглы",
    "кызы",
    "уулу",
    "ֹבן",
    "בן",
    "בת",
    "אבו",
    "אל",
    "דה",
    "ון",
    "פון",
    "बिन",
    "अल",
    "अबू",
    "डे",
    "वान",
    "फॉन",
    "বিন",
    "ইবনে",
    "আল",
    "আবু",
    "ভ্যান",
    "ফন",
    "ডি",
    "দা",
    "ντε",
    "βαν",
    "φον",
    "αλ",
    "ν",
    "デ",
    "ド",
    "ファン",
    "フォン",
    "ヴァン",
    "アル",
    "ビン",
    "데",
    "반",
    "판",
    "폰",
    "본",
    "알",
    "빈",
    "德",
    "冯",
    "馮",
    "范",
    "凡",
    "本",
    "阿尔",
    "的",
];
const NATIVE_TITLES: &[&str] = &[
    "شيخ",
    "حاج",
    "حاجي",
    "ملا",
    "مولوي",
    "دكتور",
    "سيد",
    "قاري",
    "д-р",
    "шейх",
    "мулла",
    "хаджи",
    "डॉ",
    "श्री",
    "शेख",
    "मुल्ला",
    "हाजी",
    "ডঃ",
    "শেখ",
    "হাজী",
    "মোল্লা",
    "সৈয়দ",
    "মাওলানা",
    "סר",
    "ד\"ר",
    "שייח",
    "博士",
    "先生",
    "毛拉",
    "谢赫",
];

/// The role of a part from its text alone: its folded native letters and its plain Latin letters if it is Latin.
pub fn role_of(script: Script, native: &[char], latin: &[u8]) -> Role {
    if script == Script::Latin {
        return latin_role(&latin_text(latin));
    }
    let text: String = native.iter().collect();
    if native.len() == 1
        && matches!(script, Script::Cyrillic | Script::Greek | Script::Arabic | Script::Hebrew)
    {
        return Role::Initial;
    }
    if NATIVE_PARTICLES.contains(&text.as_str()) {
        return Role::Particle;
    }
    if NATIVE_TITLES.contains(&text.as_str()) {
        return Role::Title;
    }
    if script == Script::Cyrillic && native.len() > 5 {
        const ENDINGS: [&str; 8] = ["ович", "евич", "овна", "евна", "ична", "івна", "ївна", "оўна"];
        if ENDINGS.iter().any(|ending| text.ends_with(ending)) {
            return Role::Patronymic;
        }
    }
    Role::Name
}

fn latin_role(text: &str) -> Role {
    if text.len() == 1 {
        return Role::Initial;
    }
    if PARTICLES.contains(&text) {
        return Role::Particle;
    }
    if TITLES.contains(&text) {
        return Role::Title;
    }
    if GENERATIONS.contains(&text) {
        return Role::Generation;
    }
    const ENDINGS: [&str; 12] = [
        "ovich", "evich", "ovna", "evna", "ichna", "ovych", "ivna", "avich", "auna", "ovitch", "evitch",
        "ovitj",
    ];
    if text.len() > 6 && ENDINGS.iter().any(|ending| text.ends_with(ending)) {
        return Role::Patronymic;
    }
    Role::Name
}

impl Role {
    /// How much a part of this role weighs against a name proper when it is missing on the other side, 0 to 1.
    pub fn absence_weight(self) -> f32 {
        match self {
            Role::Name => 1.0,
            Role::Initial => 0.5,
            Role::Particle => 0.12,
            Role::Title => 0.12,
            Role::Patronymic => 0.35,
            Role::Generation => 0.25,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letters::{fold_native, latin_letters};

    #[test]
    fn roles_of_parts() {
        let cases = [
            ("al", Script::Latin, Role::Particle),
            ("J", Script::Latin, Role::Initial),
            ("Hajji", Script::Latin, Role::Title),
            ("Dmitrievich", Script::Latin, Role::Patronymic),
            ("Дмитриевич", Script::Cyrillic, Role::Patronymic),
            ("بن", Script::Arabic, Role::Particle),
            ("আল", Script::Bengali, Role::Particle),
            ("Калачев", Script::Cyrillic, Role::Name),
            ("कालाचेव", Script::Devanagari, Role::Name),
        ];
        for (text, script, role) in cases {
            let latin = latin_letters(&text.to_lowercase());
            assert_eq!(role_of(script, &fold_native(text, script), &latin), role, "{text}");
        }
    }
}

//! What grammar puts before and after a name: the forms that a word of a text may have in a record.
//!
//! One table per script, over folded letters ([`barid_names::letters::fold_native`]); the language need not be known. An
//! ending is taken off and, where a case has changed the last letters, others are put in its place. Endings that are
//! written onto an unchanged name (Bengali -কে, Korean -은, Kazakh -ның) are no part of the name found; case endings of
//! fusional languages (Калачевым) are. Written from general knowledge of the grammars.

use barid_names::script::Script;

/// Forms tried of one word.
pub(super) const MAX_FORMS: usize = 10;

/// One way to read a word: letters taken off its beginning and end, and what is put in place of the latter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Form {
    /// Folded letters left out at the beginning and the end.
    pub(super) prefix: u8,
    pub(super) suffix: u8,
    pub(super) put: &'static str,
    /// Whether what is left out at the end is no part of the name.
    pub(super) separable: bool,
    /// Whether what is left out at the beginning is a word of its own (and, to, from), so that a name begins after it.
    pub(super) begins: bool,
}

impl Form {
    /// The letters of the form.
    pub(super) fn apply(&self, letters: &[char], out: &mut Vec<char>) {
        out.clear();
        let end = letters.len() - usize::from(self.suffix);
        out.extend(&letters[usize::from(self.prefix)..end]);
        out.extend(self.put.chars());
    }
}

/// The forms of folded letters, the word as it stands first.
pub(super) fn forms_of(script: Script, letters: &[char], forms: &mut Vec<Form>) {
    forms.clear();
    forms.push(Form::default());
    let shortest = if script == Script::Hangul { 2 } else { 3 };
    for (separable, endings) in [(true, endings_written_on(script)), (false, endings_of_cases(script))] {
        for (ending, put) in endings {
            let count = ending.chars().count();
            if forms.len() < MAX_FORMS
                && letters.len() >= count + shortest
                && letters[letters.len() - count..].iter().copied().eq(ending.chars())
            {
                forms.push(Form { suffix: count as u8, put, separable, ..Form::default() });
            }
        }
    }
    for &prefix in prefixes(script) {
        let count = prefix.chars().count();
        if forms.len() < MAX_FORMS
            && letters.len() >= count + 2
            && letters[..count].iter().copied().eq(prefix.chars())
        {
            let begins = !matches!(prefix, "ال" | "ה");
            forms.push(Form { prefix: count as u8, begins, ..Form::default() });
        }
    }
}

/// Conjunctions, prepositions and articles written onto the word.
fn prefixes(script: Script) -> &'static [&'static str] {
    match script {
        Script::Arabic => {
            &["وال", "بال", "فال", "كال", "ولل", "لل", "ال", "وب", "ول", "و", "ب", "ل", "ف", "ك"]
        }
        Script::Hebrew => {
            &["וה", "וב", "ול", "ומ", "וש", "שה", "שב", "של", "כש", "ו", "ה", "ב", "ל", "מ", "ש", "כ"]
        }
        _ => &[],
    }
}

type Endings = &'static [(&'static str, &'static str)];

/// Endings that leave the name as it is.
fn endings_written_on(script: Script) -> Endings {
    match script {
        Script::Cyrillic => TURKIC_CYRILLIC,
        Script::Latin => LATIN_WRITTEN_ON,
        Script::Bengali => &[
            ("েরও", ""),
            ("দেরকে", ""),
            ("দের", ""),
            ("ের", ""),
            ("কেও", ""),
            ("কে", ""),
            ("তে", ""),
            ("র", ""),
            ("রা", ""),
            ("সহ", ""),
            ("টি", ""),
            ("ও", ""),
            ("ই", ""),
            ("ে", ""),
        ],
        Script::Devanagari => &[
            ("चया", ""),
            ("चयाकडे", ""),
            ("ने", ""),
            ("नी", ""),
            ("ला", ""),
            ("चा", ""),
            ("ची", ""),
            ("चे", ""),
            ("शी", ""),
            ("ले", ""),
            ("लाई", ""),
            ("को", ""),
            ("का", ""),
            ("की", ""),
            ("मा", ""),
            ("संग", ""),
            ("सङग", ""),
            ("बाट", ""),
        ],
        Script::Gujarati => &[
            ("ને", ""),
            ("નો", ""),
            ("ની", ""),
            ("ના", ""),
            ("નું", ""),
            ("થી", ""),
            ("માં", ""),
            ("એ", ""),
            ("ે", ""),
        ],
        Script::Tamil => &[
            ("ுககு", ""),
            ("ுடன", ""),
            ("ிடம", ""),
            ("ின", ""),
            ("ால", ""),
            ("ை", ""),
            ("வின", ""),
            ("வை", ""),
            ("வுககு", ""),
            ("யின", ""),
            ("யை", ""),
            ("யிடம", ""),
            ("கக", ""),
            ("ககு", ""),
            ("ும", ""),
        ],
        Script::Telugu => {
            &[("కి", ""), ("కు", ""), ("ని", ""), ("ను", ""), ("తో", ""), ("లో", ""), ("యొకక", ""), ("పై", "")]
        }
        Script::Kannada => {
            &[("ನ", ""), ("ಗೆ", ""), ("ನನು", ""), ("ನನನು", ""), ("ರನನು", ""), ("ಅವರ", ""), ("ಯ", "")]
        }
        Script::Malayalam => &[
            ("ിനറെ", ""),
            ("ിൻറെ", ""),
            ("യുടെ", ""),
            ("ിനെ", ""),
            ("യെ", ""),
            ("െ", ""),
            ("ന", ""),
            ("കക", ""),
        ],
        Script::Sinhala => &[("ගේ", ""), ("ට", ""), ("ව", ""), ("ගෙන", "")],
        Script::Arabic => &[("هايي", ""), ("هاي", ""), ("ها", ""), ("ان", ""), ("ي", "")],
        Script::Hangul => HANGUL,
        Script::Armenian => &[
            ("յին", ""),
            ("յի", ""),
            ("ին", ""),
            ("ից", ""),
            ("ով", ""),
            ("ում", ""),
            ("ը", ""),
            ("ն", ""),
            ("ի", ""),
            ("ս", ""),
        ],
        Script::Georgian => &[
            ("ისთვის", "ი"),
            ("ისთვის", ""),
            ("სთვის", ""),
            ("ისგან", "ი"),
            ("ისგან", ""),
            ("ისთან", "ი"),
            ("სთან", ""),
            ("თან", ""),
            ("ზე", ""),
            ("ში", ""),
        ],
        _ => &[],
    }
}

/// Endings that the last letters of the name change with.
fn endings_of_cases(script: Script) -> Endings {
    match script {
        Script::Cyrillic => SLAVIC_CYRILLIC,
        Script::Latin => SLAVIC_AND_BALTIC_LATIN,
        Script::Greek => &[
            ("ησ", "η"),
            ("ασ", "α"),
            ("ου", "οσ"),
            ("ο", "οσ"),
            ("α", "ασ"),
            ("η", "ησ"),
            ("ε", "οσ"),
            ("ι", "ισ"),
        ],
        Script::Georgian => &[
            ("ის", "ი"),
            ("მა", "ი"),
            ("ით", "ი"),
            ("ს", "ი"),
            ("ის", ""),
            ("მა", ""),
            ("ით", ""),
            ("მ", ""),
            ("ს", ""),
            ("ი", ""),
            ("ად", ""),
            ("ო", ""),
        ],
        _ => &[],
    }
}

const TURKIC_CYRILLIC: Endings = &[
    ("нинг", ""),
    ("ның", ""),
    ("нің", ""),
    ("дың", ""),
    ("дің", ""),
    ("тың", ""),
    ("тің", ""),
    ("нын", ""),
    ("нин", ""),
    ("нун", ""),
    ("нүн", ""),
    ("дын", ""),
    ("дин", ""),
    ("дун", ""),
    ("дүн", ""),
    ("тын", ""),
    ("тин", ""),
    ("дан", ""),
    ("ден", ""),
    ("тан", ""),
    ("тен", ""),
    ("нан", ""),
    ("нен", ""),
    ("дон", ""),
    ("мен", ""),
    ("бен", ""),
    ("пен", ""),
    ("ға", ""),
    ("ге", ""),
    ("қа", ""),
    ("ке", ""),
    ("га", ""),
    ("го", ""),
    ("ка", ""),
    ("ко", ""),
    ("ны", ""),
    ("ні", ""),
    ("ди", ""),
    ("ду", ""),
    ("ды", ""),
    ("ді", ""),
    ("ты", ""),
    ("ті", ""),
    ("ни", ""),
    ("ну", ""),
    ("да", ""),
    ("де", ""),
    ("та", ""),
    ("те", ""),
    ("до", ""),
    ("ро", ""),
];

const SLAVIC_CYRILLIC: Endings = &[
    ("ого", "ий"),
    ("ому", "ий"),
    ("его", "ий"),
    ("ему", "ий"),
    ("ові", ""),
    ("ові", "о"),
    ("еві", ""),
    ("єві", "й"),
    ("ою", "а"),
    ("ею", "я"),
    ("єю", "я"),
    ("ої", "а"),
    ("ой", "а"),
    ("ей", "я"),
    ("ій", "а"),
    ("ую", "ая"),
    ("ым", ""),
    ("им", ""),
    ("им", "ий"),
    ("ом", ""),
    ("ом", "о"),
    ("ем", ""),
    ("ем", "й"),
    ("єм", "й"),
    ("ых", ""),
    ("их", "ий"),
    ("а", ""),
    ("у", "а"),
    ("у", ""),
    ("ы", "а"),
    ("е", "а"),
    ("е", ""),
    ("і", "а"),
    ("и", "а"),
    ("и", "я"),
    ("ї", "я"),
    ("я", "й"),
    ("ю", "й"),
    ("ю", "я"),
    ("а", "о"),
    ("у", "о"),
    ("і", ""),
    ("ові", "ий"),
    ("ы", ""),
];

const LATIN_WRITTEN_ON: Endings = &[
    ("ning", ""),
    ("ni", ""),
    ("ga", ""),
    ("qa", ""),
    ("ka", ""),
    ("dan", ""),
    ("den", ""),
    ("da", ""),
    ("de", ""),
    ("nin", ""),
    ("nun", ""),
    ("in", ""),
    ("un", ""),
    ("s", ""),
    ("nak", ""),
    ("nek", ""),
    ("val", ""),
    ("vel", ""),
    ("rol", ""),
    ("lle", ""),
    ("lla", ""),
    ("lta", ""),
    ("ssa", ""),
    ("sta", ""),
];

const SLAVIC_AND_BALTIC_LATIN: Endings = &[
    ("iego", "i"),
    ("iemu", "i"),
    ("ego", "y"),
    ("emu", "y"),
    ("owi", ""),
    ("ovi", ""),
    ("evi", ""),
    ("ową", "a"),
    ("owej", "owa"),
    ("ove", "ova"),
    ("ovou", "ova"),
    ("om", ""),
    ("em", ""),
    ("iem", ""),
    ("ym", "y"),
    ("im", "i"),
    ("a", ""),
    ("u", ""),
    ("e", "a"),
    ("y", "a"),
    ("as", ""),
    ("is", ""),
    ("us", ""),
    ("ui", ""),
    ("o", ""),
    ("ou", "a"),
    ("n", ""),
];

/// Over composed syllables.
const HANGUL: Endings = &[
    ("이었습니다", ""),
    ("이었다", ""),
    ("였다", ""),
    ("입니다", ""),
    ("이라는", ""),
    ("에게는", ""),
    ("에게도", ""),
    ("과의", ""),
    ("와의", ""),
    ("이며", ""),
    ("이고", ""),
    ("에서", ""),
    ("보다", ""),
    ("처럼", ""),
    ("씨에게", ""),
    ("씨는", ""),
    ("씨가", ""),
    ("씨를", ""),
    ("씨의", ""),
    ("씨와", ""),
    ("씨도", ""),
    ("씨", ""),
    ("에게서", ""),
    ("이라고", ""),
    ("에게", ""),
    ("한테", ""),
    ("으로", ""),
    ("이다", ""),
    ("이나", ""),
    ("라고", ""),
    ("께서", ""),
    ("까지", ""),
    ("부터", ""),
    ("은", ""),
    ("는", ""),
    ("이", ""),
    ("가", ""),
    ("을", ""),
    ("를", ""),
    ("의", ""),
    ("과", ""),
    ("와", ""),
    ("도", ""),
    ("로", ""),
    ("에", ""),
    ("만", ""),
    ("측", ""),
];

#[cfg(test)]
mod tests {
    use barid_names::letters::fold_native;

    use super::*;

    #[test]
    fn the_form_of_the_record_is_among_the_forms() {
        for (script, met, recorded) in [
            (Script::Cyrillic, "Калачевым", "калачев"),
            (Script::Cyrillic, "Валерия", "валерий"),
            (Script::Cyrillic, "Достоевского", "достоевский"),
            (Script::Cyrillic, "Шевченкові", "шевченко"),
            (Script::Cyrillic, "Ольги", "ольга"),
            (Script::Cyrillic, "Қалачевтың", "қалачев"),
            (Script::Bengali, "কালাচেভের", "কালাচেভ"),
            (Script::Bengali, "কালাচেভকে", "কালাচেভ"),
            (Script::Arabic, "وكالاتشيف", "كالاتشيف"),
            (Script::Arabic, "والمصري", "مصري"),
            (Script::Hebrew, "לקלאצב", "קלאצב"),
            (Script::Georgian, "კალაჩევმა", "კალაჩევი"),
            (Script::Greek, "Παπαδόπουλου", "παπαδοπουλοσ"),
            (Script::Armenian, "Կալաչևի", "կալաչև"),
        ] {
            let letters = fold_native(met, script);
            let (mut forms, mut out) = (Vec::new(), Vec::new());
            forms_of(script, &letters, &mut forms);
            let recorded: Vec<char> = fold_native(recorded, script);
            let found = forms.iter().any(|form| {
                form.apply(&letters, &mut out);
                out == recorded
            });
            assert!(found, "{met} {forms:?}");
        }
    }
}

//! Fits the calibration of text screening (`text_screening/scoring.rs`) on names of known people set into sentences.
//!
//! ```text
//! cargo run --release -p barid-search --example fit_texts -- --people people.jsonl --gallery gallery.tsv [--plain plain.tsv] [--every N]
//! ```
//!
//! `people.jsonl` has lines with `en`, `names` (language to a list of names), `latin_aliases`, `gid`. Two people in five are
//! left out of the gallery; of every two neighbours in the file the given name of one and the surname of the other make a
//! third who is nobody; so does a name of three parts with its last one replaced. Some names get an ending or a particle as
//! their language has them, some are cut to an initial and a surname, some stand in small letters. `plain.tsv` has
//! sentences without any name, `language TAB text`: whatever is found in them is wrong. Logistic regression with a
//! small penalty, by Newton's method, and the same on four fifths of the people at a time, measured on the fifth left out.
// A program, not the library: it reads the files it is given.
#![allow(clippy::disallowed_methods)]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use barid_search::text_screening::{Find, ScreeningBuffers, ScreeningIndex, ScreeningIndexBuilder, TERMS};

const PENALTY: f64 = 0.5;
const FOLDS: usize = 5;
/// Finds are rows of the regression from this score on.
const LOWEST: f32 = 0.005;
/// Names taken of one person.
const NAMES: usize = 3;

/// Sentences by language; `{}` is the name, `{+}` a name that gets an ending.
const SENTENCES: &[(&str, &[&str])] = &[
    (
        "ru",
        &[
            "Как сообщил вчера {}, переговоры в Самаре прошли спокойно.",
            "В суде встретились с {+} и его адвокатом.",
            "Адвокат {} и Олег Ветров ждут решения.",
        ],
    ),
    ("uk", &["Про це розповів {} під час зустрічі у Львові.", "Суд відмовив {+} у задоволенні позову."]),
    ("bg", &["Според {} пътят към Пловдив остава затворен.", "Вчера {} пристигна в София."]),
    ("sr", &["Како каже {}, утакмица у Новом Саду је одложена.", "Разговарали су са {+} о продаји."]),
    ("mk", &["Вчера {} пристигна во Скопје.", "Според {} патот е затворен."]),
    ("be", &["Пра гэта паведаміў {} у Мінску.", "Учора {} прыехаў у Гродна."]),
    ("ar", &["وصل {} إلى القاهرة مساء أمس والتقى الوزير.", "قال المحامي إن اللقاء مع {} تأجل، و{} لم يحضر."]),
    ("arz", &["وصل {} مبارح القاهره.", "و{} قال ان الجو كويس."]),
    ("fa", &["به گفته {} نشست روز دوشنبه در شیراز برگزار شد.", "دیروز {} وارد تهران شد."]),
    ("ur", &["کراچی میں {} نے کہا کہ اجلاس ملتوی ہو گیا ہے۔", "عدالت نے {} کو طلب کیا۔"]),
    ("he", &["לדברי {} הפגישה בחיפה נדחתה.", "השופט מסר ל{} את ההחלטה."]),
    ("el", &["Σύμφωνα με τον {} η συνάντηση στην Πάτρα αναβλήθηκε.", "Χθες ο {} έφτασε στη Θεσσαλονίκη."]),
    ("hi", &["दिल्ली में {} ने कहा कि बैठक टल गई है।", "अदालत ने {} को नोटिस भेजा।"]),
    ("mr", &["पुण्यात {} यांनी सांगितले की बैठक पुढे ढकलली.", "काल {} मुंबईत आले."]),
    ("ne", &["काठमाडौंमा {} ले बैठक सरेको बताए।", "हिजो {} आइपुगे।"]),
    ("bn", &["ঢাকায় {} বলেন, সভা পিছিয়ে গেছে।", "আদালত {}কে তলব করেছে।"]),
    ("ta", &["சென்னையில் {} கூட்டம் தள்ளிப்போனதாக கூறினார்.", "நேற்று {} வந்தார்."]),
    ("zh", &["据{}介绍，会议将在上海举行。", "昨天，{}抵达北京并会见了记者。"]),
    ("ja", &["{}は昨日、大阪で記者団に語った。", "会議には{}が出席した。"]),
    ("ko", &["{}은 어제 부산에서 기자들을 만났다.", "법원은 {}에게 출석을 요구했다."]),
    ("th", &["เมื่อวานนี้ {} เดินทางถึงเชียงใหม่", "นาย {} กล่าวว่าการประชุมเลื่อนออกไป"]),
    ("ka", &["გუშინ {} თბილისში ჩამოვიდა.", "როგორც {} ამბობს, შეხვედრა გადაიდო."]),
    ("hy", &["Երեկ {} ժամանեց Երևան։", "Ըստ լրագրողների՝ {} հրաժարվեց։"]),
    (
        "latin",
        &[
            "Yesterday {} arrived in Bristol and met the board.",
            "Selon {}, la réunion de Lyon est reportée.",
            "Wie {} am Montag in Bremen sagte, bleibt die Straße gesperrt.",
            "Am Dienstag traf die Trainerin {} ihre Mannschaft, und der Zeuge Anton schwieg.",
            "After the break Coach {} praised the team from Leeds.",
            "Mahkeme dün {}'in talebini reddetti.",
        ],
    ),
];

struct Case {
    person: usize,
    text: String,
    start: u32,
    end: u32,
    /// `None`: not in the gallery.
    right: Option<String>,
    /// The name in the gallery's spelling, in small letters: namesakes are neither right nor wrong.
    same: String,
    language: String,
}

struct Row {
    person: usize,
    terms: [f64; TERMS],
    right: bool,
    /// The label it finds.
    case: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).map(String::as_str)
    };
    let read = |name: &str| std::fs::read_to_string(option(name).expect(name)).expect(name);
    let every = option("--every").map_or(1, |n| n.parse().expect("--every N"));
    let people: Vec<serde_json::Value> = read("--people")
        .lines()
        .step_by(every)
        .map(|line| serde_json::from_str(line).expect("a JSON object a line"))
        .collect();
    let gallery = read("--gallery");
    let gone: BTreeSet<&str> = people
        .iter()
        .enumerate()
        .filter(|(at, _)| is_absent(*at))
        .filter_map(|(_, p)| p["gid"].as_str())
        .collect();
    let mut builder = ScreeningIndexBuilder::new();
    let mut recorded: Vec<(&str, String)> = Vec::new();
    for row in gallery.lines() {
        let mut fields = row.split('\t');
        let (Some(id), Some(name)) = (fields.next(), fields.next()) else { continue };
        if !gone.contains(id) {
            builder.insert(recorded.len() as u32, 0, name);
            recorded.push((id, name.to_lowercase()));
        }
    }
    let index = builder.build();
    let mut cases = cases(&people, &recorded);
    let plain = option("--plain").map(|_| read("--plain")).unwrap_or_default();
    for (at, line) in plain.lines().enumerate() {
        if let Some((language, text)) = line.split_once('\t') {
            let (text, language) = (text.to_owned(), format!("plain {language}"));
            cases.push(Case {
                person: at,
                text,
                start: 0,
                end: 0,
                right: None,
                same: String::new(),
                language,
            });
        }
    }
    let rows = rows(&index, &cases, &recorded);
    report(&cases, &rows);
}

fn is_absent(person: usize) -> bool {
    person % 5 > 2
}

fn cases(people: &[serde_json::Value], recorded: &[(&str, String)]) -> Vec<Case> {
    let known: BTreeSet<&str> = recorded.iter().map(|(_, name)| name.as_str()).collect();
    let english = |p: &serde_json::Value| p["en"].as_str().unwrap_or_default().to_lowercase();
    let mut cases = Vec::new();
    for (at, person) in people.iter().enumerate() {
        let right = person["gid"].as_str().filter(|_| !is_absent(at)).map(str::to_owned);
        for (language, name) in names_of(person) {
            let here = Place { person: at, language: &language, same: &english(person) };
            set_in(&mut cases, &here, &name, right.clone());
            if let Some(name) = with_initial(&name).filter(|_| cases.len().is_multiple_of(3)) {
                set_in(&mut cases, &here, &name, right.clone());
            }
            // Somebody else who is nobody: this given name and the surname of the neighbour in the file.
            let Some(other) = people.get(at + 1) else { continue };
            let theirs = names_of(other).into_iter().find(|(l, _)| *l == language).map(|(_, name)| name);
            let Some(theirs) = theirs else { continue };
            let both = mixed(&english(person), &english(other)).unwrap_or_default();
            if !known.contains(both.as_str()) {
                let nobody = Place { same: &both, ..here };
                if let Some(name) = mixed(&name, &theirs) {
                    set_in(&mut cases, &nobody, &name, None);
                }
                if let Some(name) = last_replaced(&name, &theirs) {
                    set_in(&mut cases, &nobody, &name, None);
                }
            }
        }
    }
    cases
}

/// A name of three parts with the last one of another.
fn last_replaced(name: &str, other: &str) -> Option<String> {
    let separator = [' ', '·', '・'];
    let (front, _) = name.rsplit_once(separator)?;
    let (_, last) = other.rsplit_once(separator)?;
    let between = name[front.len()..].chars().next()?;
    front.contains(separator).then(|| format!("{front}{between}{last}"))
}

/// A given name cut to its initial, in writing with capitals.
fn with_initial(name: &str) -> Option<String> {
    let (given, rest) = name.split_once(' ')?;
    let initial = given.chars().next().filter(|c| c.is_uppercase())?;
    (!rest.contains(' ') && given.chars().count() > 2).then(|| format!("{initial}. {rest}"))
}

/// The first of the names that a person has in each of some languages.
fn names_of(person: &serde_json::Value) -> Vec<(String, String)> {
    let english = person["en"].as_str().unwrap_or_default();
    let usable = |name: &str| {
        let parts = name.split([' ', '·', '・']).count();
        let asian = name.chars().all(|c| ('\u{4e00}'..'\u{a000}').contains(&c) || ('가'..='힣').contains(&c));
        (parts > 1 || asian)
            && parts < 5
            && !name.contains([',', '(', '.'])
            && !name.contains(char::is_numeric)
    };
    let mut names = Vec::new();
    for (language, list) in person["names"].as_object().into_iter().flatten() {
        let mut list = list.as_array().into_iter().flatten().filter_map(|name| name.as_str());
        if let Some(name) = list.find(|name| usable(name)) {
            names.push((language.clone(), name.to_owned()));
        }
    }
    // The rarest languages first: there is little of them.
    let rank = |language: &str| ["ru", "he", "ko", "zh", "ja", "el"].iter().rposition(|l| *l == language);
    names.sort_by_key(|(language, _)| rank(language));
    names.truncate(NAMES);
    let mut aliases =
        person["latin_aliases"].as_array().into_iter().flatten().filter_map(|name| name.as_str());
    let alias = aliases.find(|name| usable(name) && *name != english);
    names.extend(alias.map(|name| ("latin".to_owned(), name.to_owned())));
    names
}

/// The given name of one and the surname of the other, for names of two parts.
fn mixed(given: &str, surname: &str) -> Option<String> {
    let separator = [' ', '·', '・'];
    let (first, rest) = given.split_once(separator)?;
    let (_, last) = surname.split_once(separator)?;
    let between = given[first.len()..].chars().next()?;
    (!rest.contains(separator) && !last.contains(separator)).then(|| format!("{first}{between}{last}"))
}

/// Whose name is set into which language.
#[derive(Clone, Copy)]
struct Place<'p> {
    person: usize,
    language: &'p str,
    same: &'p str,
}

fn set_in(cases: &mut Vec<Case>, place: &Place<'_>, name: &str, right: Option<String>) {
    let Place { person, language, same } = *place;
    let Some((_, sentences)) = SENTENCES.iter().find(|(l, _)| *l == language) else { return };
    let sentence = sentences[cases.len() % sentences.len()];
    let ending = sentence.contains("{+}");
    let (before, after) =
        sentence.split_once(if ending { "{+}" } else { "{}" }).expect("a place for the name");
    let name = if ending { with_endings(name) } else { name.to_owned() };
    let start = before.chars().count() as u32;
    let end = start + name.chars().count() as u32;
    let mut text = format!("{before}{name}{}", after.replace("{}", &name));
    // One text in nine has small letters only.
    let small = text.to_lowercase();
    if cases.len().is_multiple_of(9) && small.chars().count() == text.chars().count() {
        text = small;
    }
    cases.push(Case {
        person,
        text,
        start,
        end,
        right,
        same: same.to_owned(),
        language: language.to_owned(),
    });
}

/// Slavic endings of the instrumental or dative case, as far as the last letters tell which.
fn with_endings(name: &str) -> String {
    let word = |word: &str| match word.chars().last() {
        Some('й') => format!("{}ем", &word[..word.len() - 2]),
        Some('а') => format!("{}ой", &word[..word.len() - 2]),
        Some('в') | Some('н') if word.len() > 8 => format!("{word}ым"),
        Some(c) if "бвгдзклмнпрстфхц".contains(c) => format!("{word}ом"),
        _ => word.to_owned(),
    };
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn rows(index: &ScreeningIndex, cases: &[Case], recorded: &[(&str, String)]) -> Vec<Row> {
    let mut buffers = ScreeningBuffers::default();
    let names: HashMap<&str, &String> = recorded.iter().map(|(id, name)| (*id, name)).collect();
    let mut rows = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let wanted = case.right.as_deref().and_then(|id| names.get(id));
        for find in index.screen_from(LOWEST, &case.text, &[true], &mut buffers) {
            let overlaps = find.start < case.end && case.start < find.end;
            let name = &recorded[find.slot as usize].1;
            let right = overlaps && wanted.is_some_and(|wanted| *wanted == name);
            if right || !overlaps || *name != case.same {
                rows.push(row(case.person, at, &find, right));
            }
        }
    }
    rows
}

fn row(person: usize, case: usize, find: &Find, right: bool) -> Row {
    Row { person, case, right, terms: find.terms.map(f64::from) }
}

fn report(cases: &[Case], rows: &[Row]) {
    let present = cases.iter().filter(|case| case.right.is_some()).count();
    let met: BTreeSet<usize> = rows.iter().filter(|row| row.right).map(|row| row.case).collect();
    println!("{} names set into sentences, {present} of them in the gallery; {} met", cases.len(), met.len());
    let mut missed: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
    for (at, case) in cases.iter().enumerate().filter(|(_, case)| case.right.is_some()) {
        let counts = missed.entry(&case.language).or_default();
        counts[0] += 1;
        counts[1] += u32::from(!met.contains(&at));
    }
    println!(
        "never met, of how many: {}",
        missed.iter().map(|(l, [n, m])| format!("{l} {m}/{n}")).collect::<Vec<_>>().join(", ")
    );
    let mut plain: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| cases[row.case].end == 0) {
        *plain.entry(&cases[row.case].language).or_default() += 1;
    }
    println!("met where nobody stands: {plain:?}");
    let now = |row: &Row| rows_score(&row.terms, &barid_search::text_screening::COEFFICIENTS.map(f64::from));
    measure("as it is", present, rows, now);
    let folds: Vec<[f64; TERMS]> = (0..FOLDS)
        .map(|fold| fit(&rows.iter().filter(|row| row.person / FOLDS % FOLDS != fold).collect::<Vec<_>>()))
        .collect();
    measure("fitted on others", present, rows, |row| {
        rows_score(&row.terms, &folds[row.person / FOLDS % FOLDS])
    });
    let all = fit(&rows.iter().collect::<Vec<_>>());
    println!("COEFFICIENTS: [{}]", all.map(|v| format!("{v:.3}")).join(", "));
}

fn rows_score(terms: &[f64; TERMS], coefficients: &[f64; TERMS]) -> f64 {
    let odds: f64 = terms.iter().zip(coefficients).map(|(term, c)| term * c).sum();
    1.0 / (1.0 + (-odds).exp())
}

fn measure(title: &str, present: usize, rows: &[Row], score: impl Fn(&Row) -> f64) {
    for least in [0.3, 0.4, 0.5, 0.6, 0.7] {
        let kept = || rows.iter().filter(|row| score(row) >= least);
        let found = kept().filter(|row| row.right).map(|row| row.case).collect::<BTreeSet<_>>().len() as f64;
        let wrong = kept().filter(|row| !row.right).map(|row| row.case).collect::<BTreeSet<_>>().len() as f64;
        println!(
            "{title} at {least}: precision {:.3} recall {:.3}",
            found / (found + wrong),
            found / present as f64
        );
    }
}

fn fit(rows: &[&Row]) -> [f64; TERMS] {
    let mut coefficients = [0.0; TERMS];
    for _ in 0..30 {
        let mut gradient = [0.0; TERMS];
        let mut hessian = vec![[0.0; TERMS]; TERMS];
        for (at, coefficient) in coefficients.iter().enumerate() {
            gradient[at] = -PENALTY * coefficient;
            hessian[at][at] = PENALTY;
        }
        for row in rows {
            let p = rows_score(&row.terms, &coefficients);
            let error = f64::from(u8::from(row.right)) - p;
            for i in 0..TERMS {
                gradient[i] += error * row.terms[i];
                for (j, cell) in hessian[i].iter_mut().enumerate() {
                    *cell += p * (1.0 - p) * row.terms[i] * row.terms[j];
                }
            }
        }
        for (coefficient, step) in coefficients.iter_mut().zip(solve(hessian, gradient)) {
            *coefficient += step;
        }
    }
    coefficients
}

/// Solves a symmetric positive system by elimination with pivots.
fn solve(mut matrix: Vec<[f64; TERMS]>, mut right: [f64; TERMS]) -> [f64; TERMS] {
    for column in 0..TERMS {
        let pivot =
            (column..TERMS).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()));
        let pivot = pivot.expect("a row is left");
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for below in column + 1..TERMS {
            let factor = matrix[below][column] / matrix[column][column];
            let above = matrix[column];
            for (cell, upper) in matrix[below].iter_mut().zip(above) {
                *cell -= factor * upper;
            }
            right[below] -= factor * right[column];
        }
    }
    let mut solution = [0.0; TERMS];
    for row in (0..TERMS).rev() {
        let known: f64 = (row + 1..TERMS).map(|column| matrix[row][column] * solution[column]).sum();
        solution[row] = (right[row] - known) / matrix[row][row];
    }
    solution
}

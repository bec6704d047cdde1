//! Quality of matching names of organisations: each name of the lists as a query while it is taken out of its record.
//!
//! ```text
//! cargo run --release -p barid-search --example eval_groups -- [--un FILE] [--sdn FILE --alt FILE] [--cases FILE] [--fit] [--misses] [--every N]
//! ```
//!
//! `--un` is the UN consolidated list (XML), `--sdn` and `--alt` OFAC's CSV files; their entities are the gallery. `--cases` has
//! rows `language TAB query TAB recorded name`; a record of the lists with that name is right, else a new one with it.
//! False alarms: the same searches while the record itself is taken out.
//!
//! `--texts DIR` screens the labelled texts of `DIR` (`names.tsv`, `texts.tsv`, `texts_held_out.tsv`; the form of `eval_texts`)
//! for its names, with the lists' among them; where a listed organisation is found on a label, that counts as nothing.
//! `--synthetic N` makes a gallery of N names out of the lists' words, `--speed FILE` screens a text and says how fast, `--speed-of-searches`
//! says how long each search took in the fastest of five passes over all (a busy machine makes any one slow), and which took longest.
// A program, not the library: it reads the files it is given.
#![allow(clippy::disallowed_methods)]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use barid_domain::codes::Database;
use barid_domain::ids::RecordId;
use barid_domain::policy::{SearchScope, VisibilityClass};
use barid_names::groups::compare::{GROUP_COEFFICIENTS, GROUP_TERMS, group_terms};
use barid_names::groups::elements::names_within;
use barid_names::groups::{GroupFeatures, GroupName, compare_groups};
use barid_names::script::Script;
use barid_search::group_index::{GroupFactName, GroupIndex};

#[path = "measuring/scope.rs"]
mod measuring;

struct Group {
    names: Vec<String>,
}

/// A search and the record that is right.
struct Query {
    set: String,
    text: String,
    right: usize,
    /// The name to be taken out of the record; `None` to leave it as it is.
    without: Option<usize>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).map(String::as_str)
    };
    let flag = |name: &str| arguments.iter().any(|a| a == name);
    let read = |path: &str| {
        let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        String::from_utf8(bytes)
            .unwrap_or_else(|error| error.into_bytes().iter().map(|b| char::from(*b)).collect())
    };
    let mut groups: Vec<Group> = Vec::new();
    let mut queries: Vec<Query> = Vec::new();
    if let Some(path) = option("--un") {
        read_un(&read(path), &mut groups, &mut queries);
    }
    if let (Some(sdn), Some(alt)) = (option("--sdn"), option("--alt")) {
        read_ofac(&read(sdn), &read(alt), &mut groups, &mut queries);
    }
    let listed = groups.len();
    if let Some(path) = option("--cases") {
        read_cases(&read(path), &mut groups, &mut queries);
    }
    let every: usize = option("--every").map_or(1, |every| every.parse().expect("--every N"));
    let queries: Vec<Query> = queries
        .into_iter()
        .enumerate()
        .filter(|(at, query)| at % every == 0 || query.set.starts_with("case"))
        .map(|(_, query)| query)
        .collect();
    let (scope, class) = measuring::exercise_scope(Database::Persons);
    let mut index = GroupIndex::new();
    let started = Instant::now();
    for at in 0..groups.len() {
        enter(&mut index, class.clone(), &groups, at, None);
    }
    println!(
        "{} organisations ({listed} of lists) in {:.2} s, {} bytes",
        index.len(),
        started.elapsed().as_secs_f64(),
        index.memory_bytes()
    );
    if let Some(directory) = option("--texts") {
        for file in ["texts.tsv", "texts_held_out.tsv"] {
            let print = flag("--misses") && file == "texts.tsv";
            eval_texts(
                &mut index,
                &scope,
                class.clone(),
                &read(&format!("{directory}/names.tsv")),
                &read(&format!("{directory}/{file}")),
                print,
            );
        }
        return;
    }
    if let Some(count) = option("--synthetic") {
        synthesise(&mut index, class.clone(), &groups, count.parse().expect("--synthetic N"));
        println!("{} organisations, {} bytes", index.len(), index.memory_bytes());
    }
    if let Some(path) = option("--speed") {
        let text = read(path);
        for (at, what) in ["first", "again"].iter().enumerate() {
            let started = Instant::now();
            let finds: usize = text.lines().map(|line| index.screen(&scope, line, 0.45).len()).sum();
            let seconds = started.elapsed().as_secs_f64();
            println!("{what} ({at}): {finds} finds, {:.2} MB/s", text.len() as f64 / 1e6 / seconds);
        }
        return;
    }
    if flag("--speed-of-searches") {
        return speed_of_searches(&index, &scope, &queries);
    }
    let same = same_organisations(&groups);
    let mut run = Run { index, scope, class, groups, same, times: Vec::new() };
    if flag("--fit") {
        return fit(&mut run, &queries);
    }
    report(&mut run, &queries, flag("--misses"));
}

struct Run {
    index: GroupIndex,
    scope: SearchScope,
    class: VisibilityClass,
    groups: Vec<Group>,
    /// The number of the organisation of every record: lists have one another's.
    same: Vec<usize>,
    times: Vec<f64>,
}

/// Records that share a name of five letters or more are of one organisation.
fn same_organisations(groups: &[Group]) -> Vec<usize> {
    let mut same: Vec<usize> = (0..groups.len()).collect();
    let mut first: HashMap<String, usize> = HashMap::new();
    for (at, group) in groups.iter().enumerate() {
        for name in group.names.iter().flat_map(|name| names_within(name)).map(|name| plain(&name)) {
            if name.chars().count() < 5 {
                continue;
            }
            let other = *first.entry(name).or_insert(at);
            let (old, new) = (same[at].max(same[other]), same[at].min(same[other]));
            same.iter_mut().filter(|number| **number == old).for_each(|number| *number = new);
        }
    }
    same
}

fn record(at: usize) -> RecordId {
    RecordId((at as u128).to_be_bytes())
}

fn number(record: RecordId) -> usize {
    u128::from_be_bytes(record.0) as usize
}

fn plain(name: &str) -> String {
    name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

fn enter(index: &mut GroupIndex, class: VisibilityClass, groups: &[Group], at: usize, without: Option<&str>) {
    let left_out = without.map(plain);
    let names: Vec<GroupFactName> = groups[at]
        .names
        .iter()
        .filter(|name| left_out.as_ref().is_none_or(|out| plain(name) != *out))
        .map(|name| GroupFactName { text: name.clone(), is_weak: false })
        .collect();
    index.insert(record(at), class.clone(), &names);
}

impl Run {
    /// The candidates while the name asked for is taken out of its record.
    fn candidates(&mut self, query: &Query) -> Vec<(usize, f32, String)> {
        let all = self.all_of(query);
        if let Some(without) = query.without {
            let text = self.groups[query.right].names[without].clone();
            all.iter()
                .for_each(|at| enter(&mut self.index, self.class.clone(), &self.groups, *at, Some(&text)));
        }
        let started = Instant::now();
        let found = self.index.search(&self.scope, &query.text, 10);
        self.times.push(started.elapsed().as_secs_f64());
        if query.without.is_some() {
            all.iter().for_each(|at| enter(&mut self.index, self.class.clone(), &self.groups, *at, None));
        }
        found.into_iter().map(|c| (number(c.record), c.score, c.name)).collect()
    }

    /// The records of the organisation asked for.
    fn all_of(&self, query: &Query) -> Vec<usize> {
        let same = self.same[query.right];
        (0..self.groups.len()).filter(|at| self.same[*at] == same).collect()
    }

    fn is_right(&self, query: &Query, at: usize) -> bool {
        self.same[at] == self.same[query.right]
    }

    /// The best score of another record while the right one is not there.
    fn alarm(&mut self, query: &Query) -> f32 {
        let all = self.all_of(query);
        all.iter().for_each(|at| {
            self.index.remove(record(*at));
        });
        let best = self.index.search(&self.scope, &query.text, 1).first().map_or(0.0, |c| c.score);
        all.iter().for_each(|at| enter(&mut self.index, self.class.clone(), &self.groups, *at, None));
        best
    }
}

#[derive(Default)]
struct Tally {
    searches: usize,
    first: usize,
    in_ten: usize,
    scores: Vec<f32>,
    alarms: Vec<f32>,
}

fn report(run: &mut Run, queries: &[Query], print: bool) {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for query in queries {
        let found = run.candidates(query);
        let rank = found.iter().position(|(at, ..)| run.is_right(query, *at));
        let alarm = run.alarm(query);
        for set in [query.set.as_str(), "~all"] {
            let tally = tallies.entry(set).or_default();
            tally.searches += 1;
            tally.first += usize::from(rank == Some(0));
            tally.in_ten += usize::from(rank.is_some());
            tally.scores.push(if rank == Some(0) { found[0].1 } else { 0.0 });
            tally.alarms.push(alarm);
        }
        if print && rank != Some(0) && !query.set.ends_with("held out") {
            let best = found.first().map(|(_, score, name)| format!("{name} {score:.2}")).unwrap_or_default();
            println!(
                "{}: {} -> {:?} of {}; first {best}",
                query.set,
                query.text,
                rank.map(|rank| (rank, found[rank].1)),
                run.groups[query.right].names.join(" | ").chars().take(160).collect::<String>()
            );
        }
    }
    let all = &tallies["~all"];
    let mut alarms = all.alarms.clone();
    alarms.sort_by(f32::total_cmp);
    let threshold = |share: f64| alarms[((1.0 - share) * alarms.len() as f64) as usize - 1].clamp(0.0, 1.0);
    let (one, five) = (threshold(0.01), threshold(0.05));
    println!("thresholds: {one:.3} for 100 alarms in 10,000 searches, {five:.3} for 500");
    println!("{:34} searches  first   ten  recall at 1 %, 5 %, .65, .5   alarms at .65, .5", "set");
    for (set, tally) in &tallies {
        let n = tally.searches as f64;
        let from = |scores: &[f32], least: f32| {
            scores.iter().filter(|score| **score >= least && **score > 0.0).count() as f64 / n
        };
        println!(
            "{set:34} {:6}    {:.3}  {:.3}  {:.3} {:.3} {:.3} {:.3}   {:.4} {:.4}",
            tally.searches,
            tally.first as f64 / n,
            tally.in_ten as f64 / n,
            from(&tally.scores, one),
            from(&tally.scores, five),
            from(&tally.scores, 0.65),
            from(&tally.scores, 0.5),
            from(&tally.alarms, 0.65),
            from(&tally.alarms, 0.5),
        );
    }
    run.times.sort_by(f64::total_cmp);
    let at = |share: f64| 1e3 * run.times[(share * (run.times.len() - 1) as f64) as usize];
    println!("search: median {:.2} ms, p99 {:.2} ms", at(0.5), at(0.99));
}

fn speed_of_searches(index: &GroupIndex, scope: &SearchScope, queries: &[Query]) {
    let mut times: Vec<(f64, &str)> = queries.iter().map(|query| (f64::MAX, query.text.as_str())).collect();
    for _ in 0..5 {
        for (seconds, text) in &mut times {
            let started = Instant::now();
            index.search(scope, text, 10);
            *seconds = seconds.min(started.elapsed().as_secs_f64());
        }
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |share: f64| 1e3 * times[(share * (times.len() - 1) as f64) as usize].0;
    println!(
        "{} searches: median {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, longest {:.2} ms",
        times.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        at(1.0)
    );
    times.iter().rev().take(10).for_each(|(seconds, text)| println!("{:.2} ms  {text}", seconds * 1e3));
}

fn script_of(text: &str) -> &'static str {
    text.chars().find_map(Script::of).map_or("other", Script::code)
}

fn between<'t>(text: &'t str, tag: &str) -> Vec<&'t str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    text.split(open.as_str()).skip(1).filter_map(|rest| rest.split(close.as_str()).next()).collect()
}

fn unescaped(text: &str) -> String {
    let plain = text.replace("&apos;", "'").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
    plain.replace("&amp;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn read_un(text: &str, groups: &mut Vec<Group>, queries: &mut Vec<Query>) {
    for entity in between(text, "ENTITY") {
        let native = between(entity, "NAME_ORIGINAL_SCRIPT");
        let names =
            between(entity, "FIRST_NAME").into_iter().chain(between(entity, "ALIAS_NAME")).chain(native);
        add("UN", names.map(unescaped).collect(), groups, queries);
    }
}

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().expect("never empty").push(c),
        }
    }
    fields.iter().map(|field| field.trim().to_owned()).collect()
}

fn read_ofac(sdn: &str, alt: &str, groups: &mut Vec<Group>, queries: &mut Vec<Query>) {
    let mut names: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for row in sdn.lines().map(fields).filter(|row| row.len() > 2 && row[2] == "-0-") {
        if let Ok(id) = row[0].parse() {
            names.entry(id).or_default().push(row[1].clone());
        }
    }
    for row in alt.lines().map(fields).filter(|row| row.len() > 3) {
        if let Some(known) = row[0].parse().ok().and_then(|id: u64| names.get_mut(&id)) {
            known.push(row[3].clone());
        }
    }
    names.into_values().for_each(|names| add("OFAC", names, groups, queries));
}

fn add(list: &str, mut names: Vec<String>, groups: &mut Vec<Group>, queries: &mut Vec<Query>) {
    let mut seen = HashSet::new();
    names.retain(|name| !name.is_empty() && seen.insert(plain(name)));
    if names.is_empty() {
        return;
    }
    let right = groups.len();
    if names.len() > 1 {
        for (without, name) in names.iter().enumerate() {
            let set = format!("{list} {}", script_of(name));
            queries.push(Query { set, text: name.clone(), right, without: Some(without) });
        }
    }
    groups.push(Group { names });
}

fn read_cases(text: &str, groups: &mut Vec<Group>, queries: &mut Vec<Query>) {
    let mut known: HashMap<String, usize> = HashMap::new();
    for (at, group) in groups.iter().enumerate() {
        group.names.iter().for_each(|name| {
            known.entry(plain(name)).or_insert(at);
        });
    }
    for (row, line) in text.lines().filter(|line| !line.starts_with('#')).enumerate() {
        let mut fields = line.split('\t');
        let (Some(_), Some(query), Some(name)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let right = *known.entry(plain(name)).or_insert_with(|| {
            groups.push(Group { names: vec![name.to_owned()] });
            groups.len() - 1
        });
        let half = if row % 2 == 0 { "looked at" } else { "held out" };
        let set = format!("case {}-{} {half}", script_of(query), script_of(name));
        queries.push(Query { set, text: query.to_owned(), right, without: None });
        let set = format!("case all {half}");
        queries.push(Query { set, text: query.to_owned(), right, without: None });
    }
}

/// Organisations whose names are put together from the words of the listed ones, and from halves of them.
fn synthesise(index: &mut GroupIndex, class: VisibilityClass, groups: &[Group], count: usize) {
    let names = groups.iter().flat_map(|group| &group.names);
    let words: Vec<&str> =
        names.flat_map(|name| name.split_whitespace()).filter(|word| word.is_ascii()).collect();
    let mut state = 1u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    for at in 0..count {
        let mut name = String::new();
        let (a, b) = (words[next(words.len())], words[next(words.len())]);
        name.push_str(&a[..a.len().min(2 + next(4))]);
        name.push_str(&b[b.len() - b.len().min(2 + next(4))..]);
        for _ in 0..1 + next(3) {
            name.push(' ');
            name.push_str(words[next(words.len())]);
        }
        index.insert(record(10_000_000 + at), class.clone(), &[GroupFactName { text: name, is_weak: false }]);
    }
}

struct Label<'t> {
    start: u32,
    end: u32,
    ids: Vec<&'t str>,
    required: bool,
}

fn labelled(marked: &str) -> (String, Vec<Label<'_>>) {
    let (mut text, mut labels) = (String::new(), Vec::new());
    for piece in marked.split_inclusive([']', '}']) {
        let (before, label) = piece.split_at(piece.find(['[', '{']).unwrap_or(piece.len()));
        let Some((ids, stretch)) = label.split_once('|') else {
            text.push_str(piece);
            continue;
        };
        let stretch = &stretch[..stretch.len() - 1];
        text.push_str(before);
        let start = text.chars().count() as u32;
        text.push_str(stretch);
        let end = start + stretch.chars().count() as u32;
        labels.push(Label { start, end, ids: ids[1..].split(' ').collect(), required: ids.starts_with('[') });
    }
    (text, labels)
}

fn eval_texts(
    index: &mut GroupIndex,
    scope: &SearchScope,
    class: VisibilityClass,
    names: &str,
    texts: &str,
    print: bool,
) {
    const FIRST: usize = 1_000_000;
    let mut by_id: BTreeMap<&str, Vec<GroupFactName>> = BTreeMap::new();
    for (id, name) in names.lines().filter_map(|row| row.split_once('\t')) {
        by_id.entry(id).or_default().push(GroupFactName { text: name.to_owned(), is_weak: false });
    }
    let ids: Vec<&str> = by_id.keys().copied().collect();
    for (at, names) in by_id.values().enumerate() {
        index.insert(record(FIRST + at), class.clone(), names);
    }
    let mut tallies: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for (language, marked) in
        texts.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
    {
        let (text, labels) = labelled(marked);
        let finds = index.screen(scope, &text, 0.45);
        let id_of = |record: RecordId| number(record).checked_sub(FIRST).map(|at| ids[at]);
        let on = |find: &barid_search::text_screening::GroupFind, label: &Label<'_>| {
            find.start < label.end && label.start < find.end
        };
        let shown = |start: u32, end: u32| {
            text.chars().skip(start as usize).take((end - start) as usize).collect::<String>()
        };
        for label in labels.iter().filter(|label| label.required) {
            let right = finds
                .iter()
                .any(|find| on(find, label) && id_of(find.record).is_some_and(|id| label.ids.contains(&id)));
            for set in [language, "~all"] {
                let tally = tallies.entry(set).or_default();
                tally[0] += 1;
                tally[1] += usize::from(right);
            }
            if print && !right {
                println!(
                    "{language} missed: {} ({}) in {text}",
                    shown(label.start, label.end),
                    label.ids.join(" ")
                );
            }
        }
        let mut last = (0, 0);
        for find in &finds {
            let right = labels
                .iter()
                .any(|label| on(find, label) && id_of(find.record).is_none_or(|id| label.ids.contains(&id)));
            if right || (find.start, find.end) == last {
                continue;
            }
            last = (find.start, find.end);
            for set in [language, "~all"] {
                tallies.entry(set).or_default()[2] += 1;
            }
            if print {
                println!(
                    "{language} wrong: {} ({} {:.2}) in {text}",
                    shown(find.start, find.end),
                    find.name,
                    find.score
                );
            }
        }
    }
    for (language, [labels, found, wrong]) in tallies {
        println!(
            "{language:6} {labels:4} labels {found:4} found {wrong:3} wrong  precision {:.3}  recall {:.3}",
            found as f64 / (found + wrong).max(1) as f64,
            found as f64 / labels.max(1) as f64
        );
    }
}

/// Fits the calibration on half of the organisations and says how it does on the other.
fn fit(run: &mut Run, queries: &[Query]) {
    let mut halves: [Vec<([f32; GROUP_TERMS], bool)>; 2] = Default::default();
    for query in queries.iter().filter(|query| !query.set.ends_with("held out")) {
        let found = run.candidates(query);
        let typed: Vec<GroupName> =
            names_within(&query.text).iter().map(|name| GroupName::parse(name)).collect();
        for (at, _, name) in found {
            let best = names_within(&name)
                .iter()
                .flat_map(|name| {
                    let record = GroupName::parse(name);
                    typed.iter().map(move |typed| compare_groups(typed, &record)).collect::<Vec<_>>()
                })
                .max_by(|a, b| a.score.total_cmp(&b.score));
            let Some(features) = best.map(|best| best.features).filter(|f: &GroupFeatures| !f.initials)
            else {
                continue;
            };
            halves[run.same[query.right] % 2].push((group_terms(&features), run.is_right(query, at)));
        }
    }
    let mut fits = Vec::new();
    for half in 0..2 {
        let coefficients = logistic(&halves[half]);
        println!(
            "half {half}: {} pairs, loss here {:.4}, on the other {:.4} (before {:.4})",
            halves[half].len(),
            loss(&halves[half], &coefficients),
            loss(&halves[1 - half], &coefficients),
            loss(&halves[1 - half], &GROUP_COEFFICIENTS)
        );
        fits.push(coefficients);
    }
    let mean: Vec<String> =
        (0..GROUP_TERMS).map(|at| format!("{:.4}", (fits[0][at] + fits[1][at]) / 2.0)).collect();
    println!("{}", mean.join(", "));
}

fn chance(terms: &[f32; GROUP_TERMS], coefficients: &[f32; GROUP_TERMS]) -> f64 {
    let odds: f32 = terms.iter().zip(coefficients).map(|(term, c)| term * c).sum();
    1.0 / (1.0 + f64::from(-odds).exp())
}

fn loss(pairs: &[([f32; GROUP_TERMS], bool)], coefficients: &[f32; GROUP_TERMS]) -> f64 {
    let each = pairs.iter().map(|(terms, right)| {
        let p = chance(terms, coefficients).clamp(1e-6, 1.0 - 1e-6);
        -if *right { p.ln() } else { (1.0 - p).ln() }
    });
    each.sum::<f64>() / pairs.len().max(1) as f64
}

/// Gradient descent with a little shrinking; what should count for or against a name does.
fn logistic(pairs: &[([f32; GROUP_TERMS], bool)]) -> [f32; GROUP_TERMS] {
    const FOR: [usize; 9] = [1, 2, 3, 4, 5, 6, 7, 17, 18];
    const AGAINST: [usize; 8] = [8, 9, 10, 11, 12, 13, 14, 15];
    let mut coefficients = [0.0f32; GROUP_TERMS];
    let mut speed = [0.0f64; GROUP_TERMS];
    for _ in 0..3_000 {
        let mut gradient = [0.0f64; GROUP_TERMS];
        for (terms, right) in pairs {
            let off = chance(terms, &coefficients) - if *right { 1.0 } else { 0.0 };
            gradient.iter_mut().zip(terms).for_each(|(g, term)| *g += off * f64::from(*term));
        }
        for at in 0..GROUP_TERMS {
            let shrink = if at == 0 { 0.0 } else { 2e-4 * f64::from(coefficients[at]) };
            speed[at] = 0.9 * speed[at] - 0.3 * (gradient[at] / pairs.len() as f64 + shrink);
            coefficients[at] += speed[at] as f32;
            if FOR.contains(&at) {
                coefficients[at] = coefficients[at].max(0.0);
            }
            if AGAINST.contains(&at) {
                coefficients[at] = coefficients[at].min(0.0);
            }
        }
    }
    coefficients
}

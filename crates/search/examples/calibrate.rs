//! Fits the calibration of `barid_names::thresholds` on labelled searches of people who were left out of training.
//!
//! ```text
//! cargo run --release -p barid-search --example calibrate -- --tables T.bin --gallery G.tsv --truth T.jsonl [--every N]
//! ```
//!
//! `T.jsonl` has lines with `q`, `gid` (null: the person is not in the gallery). Of every search the right candidate and
//! the best wrong ones are taken; wrong ones of searches for people who are not there count threefold. Logistic
//! regression with a small penalty, by Newton's method; nothing is random. The coefficients are printed as Rust.
// A program, not the library: it reads and writes the files it is given.
#![allow(clippy::disallowed_methods)]

use barid_names::compare::PreparedQuery;
use barid_names::name::Name;
use barid_names::tables::{TableContents, install};
use barid_names::thresholds::{FIRST_TERMS, SCRIPT_OFFSETS, ScoreFeatures, TERMS, offset_number, terms};
use barid_search::name_index::{NameIndex, SearchBuffers};

const SCRIPTS: usize = SCRIPT_OFFSETS.len();
/// Latin has no offset: the others are told against it.
const ALL: usize = TERMS + SCRIPTS - 1;
/// What a coefficient costs for each unit of its term's variance, and at least.
const PENALTY: f64 = 0.5;
const LEAST_PENALTY: f64 = 1e-6;
const ABSENT_WEIGHT: f64 = 3.0;
/// What it weighs that the right candidate comes before another, and how many others are taken.
const ORDER_WEIGHT: f64 = 1.0;
const RIVALS: usize = 4;
/// Wrong candidates taken of one search.
const WRONG: usize = 2;

struct Row {
    terms: [f64; ALL],
    right: bool,
    weight: f64,
}

impl Row {
    /// With the plain quantities alone.
    fn plain(mut self) -> Row {
        self.terms[FIRST_TERMS..TERMS].fill(0.0);
        self
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).map(String::as_str)
    };
    let read = |name: &str| std::fs::read_to_string(option(name).expect(name)).expect(name);
    let tables = std::fs::read(option("--tables").expect("--tables")).expect("the tables");
    assert!(install(TableContents::parse(&tables).expect("sound tables")));
    let every = option("--every").map_or(1, |n| n.parse().expect("--every N"));
    let mut index = NameIndex::new();
    let mut ids = Vec::new();
    for line in read("--gallery").lines() {
        let mut fields = line.split('\t');
        let (Some(id), Some(name)) = (fields.next(), fields.next()) else { continue };
        index.insert(ids.len() as u32, 0, 0, &Name::parse(name));
        ids.push(id.to_owned());
    }
    index.settle();
    let rows = rows(&index, &ids, &read("--truth"), every);
    eprintln!("{} rows, {} of them right", rows.len(), rows.iter().filter(|row| row.right).count());
    print(&fit(&rows));
    let plain: Vec<Row> = rows.into_iter().map(Row::plain).collect();
    println!("FIRST_LOOK: [{}]", list(&fit(&plain)[..FIRST_TERMS]));
}

fn rows(index: &NameIndex, ids: &[String], truth: &str, every: usize) -> Vec<Row> {
    let mut buffers = SearchBuffers::default();
    let mut rows = Vec::new();
    for line in truth.lines().step_by(every) {
        let search: serde_json::Value = serde_json::from_str(line).expect("a JSON object a line");
        let typed = Name::parse(search["q"].as_str().expect("q"));
        let right = search["gid"].as_str();
        let found = index.candidates(&PreparedQuery::new(&typed), &[true], 20, None, &mut buffers);
        let mut wrong = 0;
        let right_one = found.iter().find(|c| right == Some(ids[c.slot as usize].as_str()));
        if let Some(right_one) = right_one {
            let better = row(&right_one.assignment.features, true, ORDER_WEIGHT);
            for other in found.iter().filter(|c| c.slot != right_one.slot).take(RIVALS) {
                let mut terms = better.terms;
                let worse = row(&other.assignment.features, false, 1.0);
                terms.iter_mut().zip(worse.terms).for_each(|(a, b)| *a -= b);
                rows.push(Row { terms, right: true, weight: ORDER_WEIGHT });
            }
        }
        for candidate in found {
            let is_right = right == Some(ids[candidate.slot as usize].as_str());
            wrong += usize::from(!is_right);
            if is_right || wrong <= WRONG {
                let weight = if right.is_none() { ABSENT_WEIGHT } else { 1.0 };
                rows.push(row(&candidate.assignment.features, is_right, weight));
            }
        }
    }
    rows
}

fn row(features: &ScoreFeatures, right: bool, weight: f64) -> Row {
    let mut all = [0.0; ALL];
    for (to, term) in all.iter_mut().zip(terms(features)) {
        *to = f64::from(term);
    }
    let script = offset_number(features.script);
    if script > 0 {
        all[TERMS + script - 1] = 1.0;
    }
    Row { terms: all, right, weight }
}

/// What a term's coefficient costs: the same whatever unit the term is in.
fn penalties(rows: &[Row]) -> [f64; ALL] {
    let candidates = || rows.iter().filter(|row| row.terms[0] > 0.0);
    let count = candidates().count() as f64;
    std::array::from_fn(|at| {
        let mean = candidates().map(|row| row.terms[at]).sum::<f64>() / count;
        let variance = candidates().map(|row| (row.terms[at] - mean).powi(2)).sum::<f64>() / count;
        PENALTY * variance + LEAST_PENALTY
    })
}

fn fit(rows: &[Row]) -> [f64; ALL] {
    let mut coefficients = [0.0; ALL];
    let penalties = penalties(rows);
    for _ in 0..30 {
        let mut gradient = [0.0; ALL];
        let mut hessian = vec![[0.0; ALL]; ALL];
        for (at, coefficient) in coefficients.iter().enumerate().skip(1) {
            gradient[at] = -penalties[at] * coefficient;
            hessian[at][at] = penalties[at];
        }
        for row in rows {
            let odds: f64 = row.terms.iter().zip(&coefficients).map(|(t, c)| t * c).sum();
            let p = 1.0 / (1.0 + (-odds).exp());
            let error = f64::from(u8::from(row.right)) - p;
            for i in 0..ALL {
                gradient[i] += row.weight * error * row.terms[i];
                let weight = row.weight * p * (1.0 - p) * row.terms[i];
                for (cell, term) in hessian[i].iter_mut().zip(&row.terms[..=i]) {
                    *cell += weight * term;
                }
            }
        }
        let lower = hessian.clone();
        for (i, row) in hessian.iter_mut().enumerate() {
            row.iter_mut().enumerate().skip(i + 1).for_each(|(j, cell)| *cell = lower[j][i]);
        }
        for (coefficient, step) in coefficients.iter_mut().zip(solve(hessian, gradient)) {
            *coefficient += step;
        }
    }
    coefficients
}

/// Solves a symmetric positive system by elimination with pivots.
fn solve(mut matrix: Vec<[f64; ALL]>, mut right: [f64; ALL]) -> [f64; ALL] {
    for column in 0..ALL {
        let pivot =
            (column..ALL).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()));
        let pivot = pivot.expect("a row is left");
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for below in column + 1..ALL {
            let factor = matrix[below][column] / matrix[column][column];
            let above = matrix[column];
            for (cell, upper) in matrix[below].iter_mut().zip(above) {
                *cell -= factor * upper;
            }
            right[below] -= factor * right[column];
        }
    }
    let mut solution = [0.0; ALL];
    for row in (0..ALL).rev() {
        let known: f64 = (row + 1..ALL).map(|column| matrix[row][column] * solution[column]).sum();
        solution[row] = (right[row] - known) / matrix[row][row];
    }
    solution
}

fn list(values: &[f64]) -> String {
    values.iter().map(|v| format!("{v:.4}")).collect::<Vec<_>>().join(", ")
}

fn print(coefficients: &[f64; ALL]) {
    println!("COEFFICIENTS: [{}]", list(&coefficients[..TERMS]));
    println!("SCRIPT_OFFSETS: [0.0, {}]", list(&coefficients[TERMS..]));
}

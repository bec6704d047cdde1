//! What leaves besides answers: metrics by what `/metrics` says, the log by what the source writes.

use std::collections::BTreeSet;
use std::path::Path;

use expect_test::expect;
use tower::ServiceExt;

use crate::leaks::operations;
use crate::leaks::questions;
use crate::leaks::stage::{Stage, Way};

#[tokio::test]
async fn metrics_have_these_names_and_labels_and_no_others() {
    let stage = Stage::new(Way::OtherPurpose, None).await;
    let mut number = 1 << 70;
    let mut said = String::new();
    for operation in operations::all() {
        for ask in questions::of(&operation, &stage.things) {
            number += 1;
            let request = ask.request(&operation, Some(&stage.tokens["XA"]), number);
            stage.router.clone().oneshot(request).await.unwrap();
        }
    }
    let metrics = operations::all().into_iter().find(|operation| operation.id == "metrics").unwrap();
    for ask in questions::of(&metrics, &stage.things) {
        let response = stage.router.clone().oneshot(ask.request(&metrics, None, 0)).await.unwrap();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        said.push_str(std::str::from_utf8(&body).unwrap());
    }
    let (mut names, mut routes) = (BTreeSet::new(), BTreeSet::new());
    for line in said.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, rest) = line.split_once(['{', ' ']).unwrap();
        let labels = rest.split_once("} ").map_or("", |(labels, _)| labels);
        let mut keys = Vec::new();
        for label in labels.split("\",").filter(|label| !label.is_empty()) {
            let (key, value) = label.split_once("=\"").unwrap();
            keys.push(key);
            if key == "route" {
                routes.insert(value.trim_end_matches('"').to_owned());
            }
        }
        names.insert(format!("{name} {keys:?}\n"));
    }
    let templates: BTreeSet<String> = operations::all().into_iter().map(|operation| operation.path).collect();
    assert!(routes.is_subset(&templates), "templates alone: {:?}", routes.difference(&templates));
    assert!(
        routes.len() + 1 >= templates.len(),
        "every route was asked: {:?}",
        templates.difference(&routes)
    );
    expect![[r#"
        barid_cards_missing []
        barid_clock_ahead_seconds []
        barid_clock_wrong []
        barid_countersigners []
        barid_countersigners_behind []
        barid_countersigning_forks []
        barid_database_away []
        barid_epochs []
        barid_epochs_countersigned []
        barid_http_request_seconds ["method", "route", "quantile"]
        barid_http_request_seconds_count ["method", "route"]
        barid_http_request_seconds_sum ["method", "route"]
        barid_http_requests_total ["method", "route", "status"]
        barid_index_mended_total ["how"]
    "#]]
    .assert_eq(&names.into_iter().collect::<String>());
}

/// The fields of everything that is logged, read from the source: a new one has to come through here. `planted_leak` is the
/// suite's own, and in no build that is released.
#[test]
fn the_log_has_these_fields_and_no_others() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut fields = BTreeSet::new();
    let mut found = 0;
    for name in std::fs::read_dir(crates).unwrap() {
        let source = name.unwrap().path().join("src");
        if source.is_dir() {
            found += collect(&source, &mut fields);
        }
    }
    assert!(found > 20, "{found} places that log were found");
    let fields: Vec<String> = fields.into_iter().collect();
    expect![[r#"
        acts
        added
        ahead_seconds
        code
        count
        countersigner
        error
        folder
        how
        in words: "{error}"
        ledger
        method
        micros
        planted_leak
        records
        refused
        removed
        request
        requests
        revised
        route
        segment
        status
        torn_bytes
        url"#]]
    .assert_eq(&fields.join("\n"));
}

fn collect(path: &Path, fields: &mut BTreeSet<String>) -> usize {
    if path.is_dir() {
        let inner = std::fs::read_dir(path).unwrap();
        return inner.map(|entry| collect(&entry.unwrap().path(), fields)).sum();
    }
    if path.extension().is_none_or(|extension| extension != "rs") {
        return 0;
    }
    let source = std::fs::read_to_string(path).unwrap();
    let mut found = 0;
    for level in ["trace", "debug", "info", "warn", "error", "event", "span"] {
        for called in [format!("tracing::{level}!("), format!("tracing::{level}_span!(")] {
            for (at, _) in source.match_indices(&called) {
                found += 1;
                fields.extend(fields_of(&source[at + called.len()..]));
            }
        }
    }
    found
}

/// The names of the fields of a macro's arguments, up to its closing bracket.
fn fields_of(arguments: &str) -> Vec<String> {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    let (mut pieces, mut piece) = (Vec::new(), String::new());
    for letter in arguments.chars() {
        if quoted {
            quoted = escaped || letter != '"';
            escaped = letter == '\\' && !escaped;
        } else {
            match letter {
                '"' => quoted = true,
                '(' | '[' | '{' => depth += 1,
                ')' if depth == 0 => break,
                ')' | ']' | '}' => depth -= 1,
                ',' if depth == 0 => pieces.push(std::mem::take(&mut piece)),
                _ => {}
            }
        }
        piece.push(letter);
    }
    pieces.push(piece);
    let name = |piece: &String| {
        let piece = piece.trim_start_matches(',').trim();
        let (name, value) = piece.split_once('=').map_or((piece, None), |(name, value)| (name, Some(value)));
        let name = name.trim().trim_start_matches(['%', '?']);
        match value {
            // A text that is formatted with values, or a plain one.
            None if piece.starts_with('"') => piece.contains('{').then(|| format!("in words: {piece}")),
            _ => (!name.is_empty()).then(|| name.to_owned()),
        }
    };
    pieces.iter().filter_map(name).collect()
}

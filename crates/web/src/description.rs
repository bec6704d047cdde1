//! The description of the API (OpenAPI 3.1): collected from the routes themselves, then completed with what holds for
//! all of them: the credential, the problems, the links from one answer to the next request.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use axum::Router;
use barid_api::problems::{PROBLEM_JSON, PROBLEMS, Problem};
use barid_api::texts::IdempotencyKeyText;
use serde_json::{Value, json};
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder, Ref, RefOr, Response,
    ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Shared;
use crate::{
    agreements, consents, consultations, health, images, ledger, links, marks, objects, officers, orders,
    organisations, oversight, people, persons, records, restrictions, reviews, screening, screening_stream,
    screening_table, searching, sessions, subject_requests, text_screening, travel_documents,
};

const SCHEME: &str = "token";

const ABOUT: &str = "\
Is this person or document known, to whom, and what may I do about it?\n\n\
Everything under `/v1` needs a bearer token, but for enrolling and signing in, by which officers get theirs. What is asked travels in bodies, never in URLs. Every search and every \
opening needs a purpose and a reference, and is journalled before it is answered. What isn't there and what isn't \
yours answer alike: `null`. A request that doesn't fit this description is answered with 422 and every fault named; \
one that fits it and contradicts itself, the record or the day is answered with 409. Errors are problems (RFC 9457) \
with a `code` that stays. Several servers may answer for one exchange: the `position` of a receipt, sent as the header \
`Barid-Position` with any later request, makes its answer show that write, or be 503 `behind`.";

const TAGS: &[(&str, &str)] = &[
    ("search", "Is somebody or something known?"),
    ("records", "Opening, withdrawing, listing records; what became of a write."),
    ("persons", "Entering and revising persons."),
    ("travel-documents", "Entering and revising travel documents."),
    (
        "objects",
        "Entering and revising vehicles, vessels, aircraft, firearms, administrative documents, works of art, incidents, cash and accounts.",
    ),
    ("links", "What is stated about two records."),
    ("images", "Photographs and scans of persons and objects."),
    ("organisations", "Who belongs to the association."),
    (
        "officers",
        "The officers and services of the caller's organisation, looked after by its administrators.",
    ),
    ("people", "The officers' accounts and the national entities of the caller's organisation."),
    ("sessions", "Enrolling, signing in and out."),
    (
        "reviews",
        "Own records that have to be looked at again: kept with a reason, withdrawn, or erased when nobody does.",
    ),
    ("orders", "What the commission ordered about records, over their owners."),
    (
        "oversight",
        "Who of the caller's organisation did what, and what of it is out of the ordinary; for the commission of every organisation.",
    ),
    ("marks", "Marks of records: the person at the desk may be another one."),
    ("restrictions", "Whom the records of the caller's organisation are shown to."),
    ("consents", "What may follow a hit: asking its owner, answering, taking back."),
    (
        "subject-requests",
        "Requests of persons to the commission: what is held about me, and correct or delete it. For the commission alone.",
    ),
    (
        "consultations",
        "What the commission asks about records of the caller's organisation, and the answers.",
    ),
    ("agreements", "Whose records may be asked by whom, for what and how far: proposed, signed, ended."),
    ("ledger", "Checkpoints, and proofs that can be checked offline."),
    ("health", "For the machine that runs the node; without credential."),
];

/// Describes the API.
pub fn openapi() -> OpenApi {
    described_routes().1
}

/// Writes the description as it is checked in: two spaces deep, a line break at the end.
pub fn openapi_json() -> String {
    to_json(&openapi())
}

pub(crate) fn to_json(described: &OpenApi) -> String {
    // The description is made of strings, numbers and maps with string keys; writing it can't fail.
    let mut text = serde_json::to_string_pretty(described).unwrap_or_default();
    text.push('\n');
    text
}

/// Tells whether a name is one of a field of the API: others came from outside and are not repeated.
pub(crate) fn is_field_name(name: &str) -> bool {
    static NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let mut names = BTreeSet::new();
        collect_names(&serde_json::to_value(openapi()).unwrap_or_default(), &mut names);
        names
    });
    NAMES.contains(name)
}

fn collect_names(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Object(properties)) = fields.get("properties") {
                names.extend(properties.keys().cloned());
            }
            fields.values().for_each(|value| collect_names(value, names));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_names(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The routes together with their description.
pub(crate) fn described_routes() -> (Router<Shared>, OpenApi) {
    let (router, mut described) = OpenApiRouter::with_openapi(frame())
        .routes(routes!(searching::search))
        .routes(routes!(screening::screen))
        .routes(routes!(screening_stream::screen_stream))
        .routes(routes!(screening_table::screen_table))
        .routes(routes!(text_screening::screen_text))
        .routes(routes!(records::open_record))
        .routes(routes!(records::withdraw_record))
        .routes(routes!(records::list_own_records))
        .routes(routes!(records::get_outcome))
        .routes(routes!(persons::submit_person))
        .routes(routes!(persons::revise_person))
        .routes(routes!(travel_documents::submit_travel_document))
        .routes(routes!(travel_documents::revise_travel_document))
        .routes(routes!(travel_documents::submit_travel_documents))
        .routes(routes!(objects::submit_object))
        .routes(routes!(objects::revise_object))
        .routes(routes!(links::submit_link))
        .routes(routes!(links::revise_link))
        .routes(routes!(links::list_links))
        .routes(routes!(images::hand_in_image))
        .routes(routes!(images::open_image))
        .routes(routes!(organisations::list_organisations))
        .routes(routes!(officers::issue_to_officer))
        .routes(routes!(officers::list_officers))
        .routes(routes!(officers::revoke_officer))
        .routes(routes!(people::invite_person))
        .routes(routes!(people::list_people))
        .routes(routes!(people::change_person))
        .routes(routes!(people::change_rights))
        .routes(routes!(people::put_entity))
        .routes(routes!(people::list_entities))
        .routes(routes!(sessions::begin_enrolment))
        .routes(routes!(sessions::enrol))
        .routes(routes!(sessions::sign_in, sessions::list_sessions))
        .routes(routes!(sessions::sign_out))
        .routes(routes!(agreements::propose_agreement))
        .routes(routes!(agreements::act_on_agreement))
        .routes(routes!(agreements::list_agreements))
        .routes(routes!(agreements::open_agreement))
        .routes(routes!(reviews::list_reviews))
        .routes(routes!(reviews::decide_reviews))
        .routes(routes!(orders::list_orders))
        .routes(routes!(oversight::list_accesses))
        .routes(routes!(oversight::list_alarms))
        .routes(routes!(oversight::decide_alarm))
        .routes(routes!(oversight::mark_canary))
        .routes(routes!(oversight::list_canaries))
        .routes(routes!(orders::list_re_entries))
        .routes(routes!(marks::mark_record))
        .routes(routes!(marks::lift_mark))
        .routes(routes!(restrictions::restrict_records))
        .routes(routes!(restrictions::list_restrictions))
        .routes(routes!(consents::ask_consent))
        .routes(routes!(consents::list_consents))
        .routes(routes!(consents::answer_consent))
        .routes(routes!(consents::end_consent))
        .routes(routes!(subject_requests::take_in_request))
        .routes(routes!(subject_requests::list_requests))
        .routes(routes!(subject_requests::open_request))
        .routes(routes!(subject_requests::step_request))
        .routes(routes!(subject_requests::search_for_applicant))
        .routes(routes!(subject_requests::disclose_request))
        .routes(routes!(consultations::list_consultations))
        .routes(routes!(consultations::answer_consultation))
        .routes(routes!(ledger::list_streams))
        .routes(routes!(ledger::get_checkpoint))
        .routes(routes!(ledger::prove_entry))
        .routes(routes!(ledger::prove_access))
        .routes(routes!(ledger::issue_receipt))
        .routes(routes!(ledger::prove_consistency))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .split_for_parts();
    for (path, item) in &mut described.paths.paths {
        complete(path, item);
    }
    (router, described)
}

fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Barid")
        .version("1")
        .description(Some(ABOUT))
        .license(Some(License::new("Apache-2.0")))
        .build();
    let mut components = Components::new();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme(SCHEME, scheme);
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let mut collected = Vec::new();
    <Problem as ToSchema>::schemas(&mut collected);
    // Schemas of parameters are not collected with the routes.
    collected.push((IdempotencyKeyText::name().into_owned(), IdempotencyKeyText::schema()));
    components.schemas.extend(collected);
    let tags = TAGS.iter().map(|(name, says)| TagBuilder::new().name(*name).description(Some(*says)).build());
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .security(Some([SecurityRequirement::new(SCHEME, Vec::<String>::new())]))
        .tags(Some(tags))
        .build()
}

fn complete(path: &str, item: &mut PathItem) {
    for (method, operation) in [(HttpMethod::Get, &mut item.get), (HttpMethod::Post, &mut item.post)] {
        let Some(operation) = operation else { continue };
        for status in problem_statuses(path, &method, operation) {
            operation.responses.responses.insert(status.to_string(), problem_response(status).into());
        }
        add_links(operation);
    }
}

fn problem_statuses(path: &str, method: &HttpMethod, operation: &Operation) -> BTreeSet<u16> {
    let mut statuses = BTreeSet::from([405, 500, 503]);
    if path.starts_with("/v1/") {
        statuses.extend([401, 403, 404]);
    }
    if path.starts_with("/v1/enrolments") || (path == "/v1/sessions" && *method == HttpMethod::Post) {
        statuses.insert(429);
    }
    if operation.parameters.is_some() {
        statuses.insert(400);
    }
    if *method == HttpMethod::Post {
        statuses.extend([400, 408, 409, 413, 415, 422]);
    }
    statuses
}

fn problem_response(status: u16) -> Response {
    let kinds: Vec<String> = PROBLEMS
        .iter()
        .filter(|kind| kind.status == status)
        .map(|kind| format!("`{}`: {}", kind.code, kind.title))
        .collect();
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    ResponseBuilder::new().description(kinds.join(" ")).content(PROBLEM_JSON, content).build()
}

/// Is a link from an answer of one operation to a request of another.
struct Link {
    from: &'static str,
    status: &'static str,
    to: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    body: &'static [(&'static str, &'static str)],
}

const OUTCOME: &[(&str, &str)] = &[("key", "$request.header.Idempotency-Key")];

const fn link(from: &'static str, to: &'static str) -> Link {
    Link { from, status: "200", to, parameters: &[], body: &[] }
}

const LINKS: &[Link] = &[
    Link {
        parameters: &[("record", "$response.body#/candidates/0/record")],
        ..link("search", "open_record")
    },
    Link { body: &[("access", "$response.body#/access")], ..link("search", "prove_access") },
    Link { body: &[("access", "$response.body#/access")], ..link("screen", "prove_access") },
    Link { body: &[("access", "$response.body#/access")], ..link("screen_text", "prove_access") },
    Link { body: &[("access", "$response.body#/record/access")], ..link("open_record", "prove_access") },
    Link { body: &[("entry", "$response.body#/record/entry")], ..link("open_record", "prove_entry") },
    Link {
        parameters: &[("record", "$response.body#/page/records/0/record")],
        ..link("list_own_records", "open_record")
    },
    Link {
        parameters: &[("record", "$response.body#/page/records/0/record")],
        ..link("list_own_records", "withdraw_record")
    },
    Link { body: &[("after", "$response.body#/page/next")], ..link("list_own_records", "list_own_records") },
    Link {
        status: "201",
        body: &[("text", "$response.body#/entry")],
        ..link("propose_agreement", "act_on_agreement")
    },
    Link {
        status: "201",
        body: &[("text", "$response.body#/entry")],
        ..link("propose_agreement", "open_agreement")
    },
    Link {
        body: &[("credential", "$response.body#/officers/0/credential")],
        ..link("list_officers", "revoke_officer")
    },
    Link { body: &[("after", "$response.body#/page/next")], ..link("list_agreements", "list_agreements") },
    Link { body: &[("after", "$response.body#/page/next")], ..link("list_orders", "list_orders") },
    Link { body: &[("after", "$response.body#/page/next")], ..link("list_re_entries", "list_re_entries") },
    Link { body: &[("mark", "$response.body#/marked/entries/0/entry")], ..link("mark_record", "lift_mark") },
    Link { body: &[("after", "$response.body#/page/next")], ..link("list_reviews", "list_reviews") },
    Link { parameters: OUTCOME, ..link("decide_reviews", "get_outcome") },
    Link { body: &[("after", "$response.body#/page/next")], ..link("list_accesses", "list_accesses") },
    Link {
        body: &[("access", "$response.body#/page/accesses/0/entry")],
        ..link("list_accesses", "prove_access")
    },
    Link { body: &[("after", "$response.body#/page/next")], ..link("list_alarms", "list_alarms") },
    Link { body: &[("alarm", "$response.body#/page/alarms/0/alarm")], ..link("list_alarms", "decide_alarm") },
    Link {
        body: &[("after", "$response.body#/page/next")],
        ..link("list_restrictions", "list_restrictions")
    },
    Link { body: &[("access", "$response.body#/access")], ..link("search", "ask_consent") },
    Link { body: &[("after", "$response.body#/page/next")], ..link("list_consents", "list_consents") },
    Link { body: &[("request", "$response.body#/request")], ..link("ask_consent", "end_consent") },
    Link {
        body: &[("request", "$response.body#/page/requests/0/request")],
        ..link("list_consents", "answer_consent")
    },
    Link { parameters: OUTCOME, ..link("ask_consent", "get_outcome") },
    Link { body: &[("after", "$response.body#/page/next")], ..link("list_requests", "list_requests") },
    Link {
        status: "201",
        body: &[("request", "$response.body#/request")],
        ..link("take_in_request", "open_request")
    },
    Link {
        status: "201",
        body: &[("request", "$response.body#/request")],
        ..link("take_in_request", "step_request")
    },
    Link {
        status: "201",
        body: &[("request", "$response.body#/request")],
        ..link("take_in_request", "search_for_applicant")
    },
    Link {
        body: &[("after", "$response.body#/page/next")],
        ..link("list_consultations", "list_consultations")
    },
    Link {
        body: &[("consultation", "$response.body#/page/consultations/0/consultation")],
        ..link("list_consultations", "answer_consultation")
    },
    Link {
        body: &[("text", "$response.body#/page/texts/0/text")],
        ..link("list_agreements", "open_agreement")
    },
    Link {
        body: &[("stream", "$response.body#/streams/0/stream")],
        ..link("list_streams", "get_checkpoint")
    },
    Link {
        body: &[
            ("stream", "$response.body#/streams/0/stream"),
            ("old_size", "$response.body#/streams/0/size"),
        ],
        ..link("list_streams", "prove_consistency")
    },
    Link {
        status: "201",
        parameters: &[("record", "$response.body#/records/0")],
        ..link("submit_person", "open_record")
    },
    Link {
        status: "201",
        parameters: &[("record", "$response.body#/records/0")],
        ..link("submit_person", "withdraw_record")
    },
    Link {
        status: "201",
        parameters: &[("record", "$response.body#/records/0")],
        body: &[("expects", "$response.body#/entries/0/entry")],
        ..link("submit_person", "revise_person")
    },
    Link { status: "201", parameters: OUTCOME, ..link("submit_person", "get_outcome") },
    Link {
        status: "201",
        body: &[("entry", "$response.body#/entries/0/entry")],
        ..link("submit_person", "prove_entry")
    },
    Link {
        status: "201",
        parameters: &[("record", "$response.body#/records/0")],
        ..link("submit_travel_document", "open_record")
    },
    Link {
        status: "201",
        parameters: &[("record", "$response.body#/records/0")],
        body: &[("expects", "$response.body#/entries/0/entry")],
        ..link("submit_travel_document", "revise_travel_document")
    },
    Link { status: "201", parameters: OUTCOME, ..link("submit_travel_document", "get_outcome") },
    Link {
        status: "201",
        parameters: &[("record", "$response.body#/records/0")],
        ..link("submit_object", "open_record")
    },
    Link {
        status: "201",
        parameters: &[("record", "$response.body#/records/0")],
        body: &[("expects", "$response.body#/entries/0/entry")],
        ..link("submit_object", "revise_object")
    },
    Link {
        status: "201",
        parameters: &[("record", "$response.body#/records/0")],
        ..link("submit_object", "withdraw_record")
    },
    Link { status: "201", parameters: OUTCOME, ..link("submit_object", "get_outcome") },
    Link {
        status: "201",
        parameters: &[("record", "$response.body#/records/0")],
        ..link("submit_travel_documents", "withdraw_record")
    },
    Link {
        status: "201",
        parameters: &[("record", "$response.body#/records/0")],
        ..link("submit_travel_documents", "open_record")
    },
];

fn add_links(operation: &mut Operation) {
    let Some(from) = operation.operation_id.clone() else { return };
    for link in LINKS.iter().filter(|link| link.from == from) {
        let Some(RefOr::T(response)) = operation.responses.responses.get_mut(link.status) else { continue };
        let body: serde_json::Map<String, Value> =
            link.body.iter().map(|(name, expression)| ((*name).to_owned(), json!(expression))).collect();
        let built = link
            .parameters
            .iter()
            .fold(LinkBuilder::new().operation_id(link.to), |built, (name, expression)| {
                built.parameter(*name, *expression)
            })
            .request_body((!body.is_empty()).then_some(Value::Object(body)))
            .build();
        response.links.insert(link.to.to_owned(), RefOr::T(built));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKED_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

    #[test]
    fn the_checked_in_description_is_what_the_program_says() {
        let described = openapi_json();
        if std::env::var_os("BARID_REGENERATE").is_some() {
            std::fs::write(CHECKED_IN, &described).unwrap();
        }
        let checked_in = std::fs::read_to_string(CHECKED_IN).unwrap();
        let first = checked_in.lines().zip(described.lines()).position(|(left, right)| left != right);
        assert_eq!(first, None, "docs/openapi.json differs; run this test with BARID_REGENERATE=1");
        assert_eq!(
            checked_in.len(),
            described.len(),
            "docs/openapi.json differs; run this test with BARID_REGENERATE=1"
        );
    }

    /// Of two schemas of one name the description has one, and describes the other wrongly.
    #[test]
    fn no_two_schemas_have_one_name() {
        const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/src");
        let (mut names, mut twice) = (BTreeSet::new(), Vec::new());
        for file in std::fs::read_dir(SOURCES).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let mut is_schema = false;
            for line in text.lines() {
                is_schema |= line.starts_with("#[derive(") && line.contains("ToSchema");
                let declared = ["pub struct ", "pub enum "].iter().find_map(|word| line.strip_prefix(word));
                let Some(declared) = declared.filter(|_| is_schema) else { continue };
                is_schema = false;
                let name = declared.split(|letter: char| !letter.is_alphanumeric()).next().unwrap();
                if !names.insert(name.to_owned()) {
                    twice.push(name.to_owned());
                }
            }
        }
        assert!(names.len() > 100 && twice.is_empty(), "{} names, twice: {twice:?}", names.len());
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_link_to_an_operation() {
        let described = serde_json::to_value(openapi()).unwrap();
        let mut references = BTreeSet::new();
        collect_references(&described, &mut references);
        for reference in &references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(described.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
        let text = described.to_string();
        for link in LINKS {
            for operation in [link.from, link.to] {
                assert!(text.contains(&format!(r#""operationId":"{operation}""#)), "{operation}");
            }
        }
        let written = text.matches(r#""operationId""#).count();
        assert_eq!(written, 74 + LINKS.len(), "every operation and every link is in the description");
    }

    fn collect_references(value: &Value, references: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| collect_references(value, references));
            }
            Value::Array(items) => items.iter().for_each(|value| collect_references(value, references)),
            _ => {}
        }
    }
}

//! Whole ways through the API with the typed client: enter, find, open, revise, withdraw, prove.

use axum::http::StatusCode;
use barid_api::ledger::{
    AccessProofRequest, CheckpointRequest, ConsistencyProofRequest, CoseReceiptRequest, EntryProofRequest,
};
use barid_api::persons::PersonRevision;
use barid_api::records::{ActRequest, ListRequest, WithdrawalRequest};
use barid_api::search::{CandidateShown, Feature, SearchRequest};
use barid_api::travel_documents::{DocumentBatch, DocumentSubmission};
use barid_domain::codes::{Purpose, WithdrawalReason};
use barid_domain::ids::RecordId;
use serde_json::json;

use crate::node::{Node, key, on_a_node, wanted};

const NAME: &str = "Валерий Калачев";

fn act() -> ActRequest {
    ActRequest { purpose: Purpose::CriminalInvestigation.into(), reference: "CASE 2026/114".into() }
}

fn search(query: &str) -> SearchRequest {
    let ActRequest { purpose, reference } = act();
    SearchRequest { purpose, reference, query: query.into(), ..SearchRequest::default() }
}

async fn enter(node: &Node, number: u8) -> (RecordId, barid_api::texts::EntryHashText) {
    let submission = wanted(NAME, Purpose::CriminalInvestigation);
    let receipt = node.ask(&node.client("XA").submit_person(key(number), &submission)).await;
    (receipt.records[0].0.parse().unwrap(), receipt.entries[0].entry.clone())
}

#[tokio::test]
async fn a_person_is_entered_found_in_another_script_opened_and_proved() {
    on_a_node(|node| async move {
        let (record, entry) = enter(&node, 1).await;
        let theirs = node.client("XB");
        let found = node.ask(&theirs.search(&search("Kalachev Valery"))).await;
        assert_eq!(found.candidates[0].record.0, record.to_string());
        assert!(!found.candidates[0].reasons.is_empty());
        let opened = node.ask(&theirs.open(record, &act())).await.record.unwrap();
        assert_eq!(opened.person.unwrap().names[0].text.0, NAME);
        assert_eq!((opened.entry, opened.owner.0.as_str()), (entry.clone(), "XA"));
        let ActRequest { purpose, reference } = act();
        let access = AccessProofRequest {
            purpose: purpose.clone(),
            reference: reference.clone(),
            access: opened.access,
        };
        let proof = node.ask(&theirs.prove_access(&access)).await.proof.unwrap();
        assert!(proof.stream.0.contains("/XB/access/"));
        assert_eq!(
            node.ask(&node.client("XA").prove_access(&access)).await.proof,
            None,
            "XB's access is XB's"
        );
        let request = EntryProofRequest { purpose, reference, entry };
        assert!(node.ask(&node.client("XA").prove_entry(&request)).await.proof.is_some());
        let EntryProofRequest { purpose, reference, entry } = request;
        let request = CoseReceiptRequest { purpose, reference, entry };
        let receipt = node.ask(&node.client("XA").receipt(&request)).await.receipt.unwrap();
        assert!(receipt.stream.0.contains("/XA/persons/") && receipt.seq == 1);
        assert!(receipt.receipt.starts_with("d284"), "a tagged COSE_Sign1");
        assert_eq!(node.ask(&theirs.receipt(&request)).await.receipt, None, "XA's entry is XA's to prove");
    })
    .await;
}

#[tokio::test]
async fn a_person_is_found_by_the_number_of_a_passport_and_the_reason_names_it() {
    on_a_node(|node| async move {
        let mut submission = serde_json::to_value(wanted(NAME, Purpose::CriminalInvestigation)).unwrap();
        submission["person"]["documents"] =
            json!([{"document_type": "passport", "number": "XB 123-4567", "issuing_country": "XBX"}]);
        let submission = serde_json::from_value(submission).unwrap();
        let record = node.ask(&node.client("XA").submit_person(key(1), &submission)).await.records[0].clone();
        for (country, relation, alert) in
            [(None, "unknown", true), (Some("XBX"), "agrees", true), (Some("XAX"), "differs", false)]
        {
            let issuing_country = country.map(|code| barid_api::codes::Country(code.to_owned()));
            let asked = SearchRequest { issuing_country, ..search("xb1234567") };
            let found = node.ask(&node.client("XB").search(&asked)).await.candidates;
            assert_eq!((found.len(), &found[0].record, found[0].alert), (1, &record, alert), "{country:?}");
            let reason = serde_json::to_value(&found[0].reasons).unwrap();
            let expected = json!([{
                "feature": "document", "relation": relation, "asked": null, "found": "XB 123-4567",
                "likeness": null, "weight": 0.0, "document_type": "passport", "issuing_country": "XBX",
                "source": null,
            }]);
            assert_eq!(reason, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn repeating_a_write_is_harmless_and_a_key_is_good_for_one_request() {
    on_a_node(|node| async move {
        let client = node.client("XA");
        let submission = wanted(NAME, Purpose::CriminalInvestigation);
        let first = node.ask(&client.submit_person(key(7), &submission)).await;
        let again = node.ask(&client.submit_person(key(7), &submission)).await;
        assert!(!first.replayed && again.replayed);
        assert_eq!((&first.records, &first.entries), (&again.records, &again.entries));
        let landed = node.ask(&client.outcome(key(7))).await.landed.unwrap();
        assert_eq!(landed.records, first.records);
        assert_eq!(node.ask(&node.client("XB").outcome(key(7))).await.landed, None, "XA's writes are XA's");
        let other = wanted("মমতা", Purpose::CriminalInvestigation);
        let reused = node.carry(&client.submit_person(key(7), &other)).await;
        assert_eq!(
            (reused.status, reused.problem().as_str()),
            (StatusCode::CONFLICT, "idempotency-key-reused")
        );
    })
    .await;
}

#[tokio::test]
async fn a_date_of_another_calendar_is_read_named_and_weighed_and_a_namesake_is_cleared() {
    on_a_node(|node| async move {
        enter(&node, 1).await;
        let client = node.client("XA");
        let ask = async |birth: &str| {
            let asked = SearchRequest { birth: Some(birth.into()), ..search(NAME) };
            node.ask(&client.search(&asked)).await
        };
        let birth = |candidate: &CandidateShown| {
            candidate.reasons.iter().find(|reason| reason.feature == Feature::Birth).unwrap().clone()
        };
        let answer = ask("۱۳۵۰/۰۵/۲۹").await;
        let read: Vec<_> = answer
            .birth_readings
            .iter()
            .map(|reading| (reading.calendar.0.as_str(), reading.interval.0.as_str()))
            .collect();
        assert_eq!(read, [("solar-hijri", "1971-08-20"), ("lunar-hijri", "1931-10-11/1931-10-13~")]);
        let found = &answer.candidates[0];
        let reason = birth(found);
        assert!(found.alert && found.cleared_by.is_none() && reason.weight > 0.0, "{found:?}");
        assert_eq!((reason.relation.as_str(), reason.found.as_deref()), ("possible", Some("1971")));
        assert_eq!(reason.asked.as_deref(), Some("1971-08-20"));
        assert_eq!(reason.calendar.map(|calendar| calendar.0).as_deref(), Some("solar-hijri"));

        let namesake = ask("1994-11-20").await;
        let found = &namesake.candidates[0];
        let reason = birth(found);
        assert_eq!((found.alert, found.cleared_by), (false, Some(Feature::Birth)), "{found:?}");
        assert_eq!((reason.relation.as_str(), reason.years), ("differs", Some(22)));

        // The letters of each part, for a page to draw: together they are the part.
        let name = found.reasons.iter().find(|reason| reason.feature == Feature::Name).unwrap();
        let asked: String = name.letters.iter().map(|pair| pair.asked.as_str()).collect();
        assert!(!asked.is_empty() && name.letters.iter().all(|pair| !pair.slip), "{name:?}");
    })
    .await;
}

#[tokio::test]
async fn a_revision_wants_the_entry_that_stands() {
    on_a_node(|node| async move {
        let client = node.client("XA");
        let (record, entry) = enter(&node, 1).await;
        let base = wanted("Калачев Валерий Петрович", Purpose::CriminalInvestigation);
        let revision = PersonRevision {
            purpose: base.purpose,
            reference: base.reference,
            expects: entry,
            terms: base.terms,
            person: base.person,
            images: Vec::new(),
        };
        let written = node.ask(&client.revise_person(key(2), record, &revision)).await;
        let standing = written.written.unwrap().entries[0].entry.clone();
        let stale = node.ask(&client.revise_person(key(3), record, &revision)).await;
        assert_eq!((stale.written, stale.current), (None, Some(standing)));
        let foreign = node.carry(&node.client("XB").revise_person(key(4), record, &revision)).await;
        let nobody = RecordId::from_random([3; 16]);
        let absent = node.carry(&node.client("XB").revise_person(key(5), nobody, &revision)).await;
        assert_eq!(foreign.text(), r#"{"written":null,"current":null}"#);
        assert_eq!(foreign.body, absent.body);
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_record_is_gone_for_everybody_and_only_its_owner_withdraws() {
    on_a_node(|node| async move {
        let (record, _) = enter(&node, 1).await;
        let ActRequest { purpose, reference } = act();
        let request = WithdrawalRequest { purpose, reference, reason: WithdrawalReason::PurposeMet.into() };
        let foreign = node.ask(&node.client("XB").withdraw(key(2), record, &request)).await;
        assert_eq!(foreign.withdrawn, None);
        assert!(node.ask(&node.client("XA").withdraw(key(3), record, &request)).await.withdrawn.is_some());
        assert_eq!(node.ask(&node.client("XA").withdraw(key(4), record, &request)).await.withdrawn, None);
        assert_eq!(node.ask(&node.client("XB").open(record, &act())).await.record, None);
        assert_eq!(node.ask(&node.client("XB").search(&search(NAME))).await.candidates, []);
    })
    .await;
}

fn document(number: serde_json::Value) -> serde_json::Value {
    let mut document = json!({"document_type": "passport", "fraud": {"type": "stolen-blank"}});
    document.as_object_mut().unwrap().extend(number.as_object().unwrap().clone());
    document
}

fn with_terms(what: serde_json::Value) -> serde_json::Value {
    let mut submission = json!({
        "purpose": "criminal-investigation", "reference": "CASE 2026/115",
        "terms": {
            "purpose": "criminal-investigation", "handling": {"code": "H0"}, "classification": "official-use",
            "source_grade": "A", "information_grade": "1", "review_in_days": 365,
        },
    });
    submission.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    submission
}

#[tokio::test]
async fn documents_are_those_of_the_callers_state_one_by_one_in_ranges_and_in_batches() {
    on_a_node(|node| async move {
        let range = document(json!({"range": {"prefix": "XB", "from": "0099", "to": "0105"}}));
        let request: DocumentSubmission =
            serde_json::from_value(with_terms(json!({"document": range}))).unwrap();
        node.ask(&node.client("XB").submit_document(key(1), &request)).await;
        let found = node.ask(&node.client("XA").search(&search("xb-0101"))).await;
        assert_eq!(found.candidates.len(), 1);
        let opened =
            node.ask(&node.client("XA").open(found.candidates[0].record.0.parse().unwrap(), &act())).await;
        assert_eq!(opened.record.unwrap().document.unwrap().issuing_country.0, "XBX");
        let stateless = node.carry(&node.client("SEC").submit_document(key(2), &request)).await;
        assert_eq!((stateless.status.as_u16(), stateless.problem().as_str()), (403, "not-entitled"));
        let two =
            json!({"documents": [document(json!({"number": "C 1"})), document(json!({"number": "C-2"}))]});
        let batch: DocumentBatch = serde_json::from_value(with_terms(two)).unwrap();
        let receipt = node.ask(&node.client("XA").submit_documents(key(3), &batch)).await;
        assert_eq!((receipt.records.len(), receipt.entries.len()), (2, 1), "two records under one signature");
    })
    .await;
}

#[tokio::test]
async fn a_list_goes_on_where_its_cursor_says_and_a_foreign_cursor_says_nothing() {
    on_a_node(|node| async move {
        for number in 1..=5 {
            enter(&node, number).await;
        }
        let client = node.client("XA");
        let ActRequest { purpose, reference } = act();
        let mut request = ListRequest { purpose, reference, after: None, limit: Some(2) };
        let mut seen = Vec::new();
        loop {
            let page = node.ask(&client.list(&request)).await.page.unwrap();
            assert!(page.records.len() <= 2);
            seen.extend(page.records.into_iter().map(|own| own.record.0));
            request.after = page.next;
            if request.after.is_none() {
                break;
            }
            assert_eq!(node.ask(&node.client("XB").list(&request)).await.page, None, "XA's cursor is XA's");
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5);
    })
    .await;
}

#[tokio::test]
async fn faults_of_the_record_itself_are_named_in_the_words_of_the_request() {
    on_a_node(|node| async move {
        let mut future = wanted(NAME, Purpose::CriminalInvestigation);
        future.person.births = vec!["2031".into()];
        future.person.stated.statuses = vec![
            barid_domain::codes::PersonStatus::Dead.into(),
            barid_domain::codes::PersonStatus::Missing.into(),
        ];
        let refused = node.carry(&node.client("XA").submit_person(key(1), &future)).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert_eq!(
            refused.problem(),
            "record-faulty person.stated.statuses: contradiction person.births[0]: in-future"
        );
        assert_eq!(node.ask(&node.client("XA").outcome(key(1))).await.landed, None, "nothing is half-stored");
    })
    .await;
}

#[tokio::test]
async fn checkpoints_and_consistency_are_for_those_who_may_see_the_stream() {
    on_a_node(|node| async move {
        enter(&node, 1).await;
        let streams = node.ask(&node.client("XA").streams()).await.streams;
        let persons = streams.iter().find(|stream| stream.stream.0.contains("/XA/persons/")).unwrap().clone();
        enter(&node, 2).await;
        let ActRequest { purpose, reference } = act();
        let stream = persons.stream.clone();
        let request = CheckpointRequest {
            purpose: purpose.clone(),
            reference: reference.clone(),
            stream: stream.clone(),
        };
        let checkpoint = node.ask(&node.client("XA").checkpoint(&request)).await.checkpoint.unwrap();
        assert!(checkpoint.starts_with(&stream.0));
        assert_eq!(node.ask(&node.client("XB").checkpoint(&request)).await.checkpoint, None);
        let request = ConsistencyProofRequest { purpose, reference, stream, old_size: persons.size };
        assert!(node.ask(&node.client("XA").prove_consistency(&request)).await.proof.is_some());
        assert_eq!(node.ask(&node.client("XB").prove_consistency(&request)).await.proof, None);
        let beyond = ConsistencyProofRequest { old_size: 1_000_000, ..request };
        assert_eq!(node.ask(&node.client("XA").prove_consistency(&beyond)).await.proof, None);
    })
    .await;
}

#[tokio::test]
async fn a_partner_without_an_agreement_is_refused() {
    on_a_node(|node| async move {
        let refused = node.carry(&node.client("XPART").search(&search(NAME))).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (403, "not-entitled"));
    })
    .await;
}

//! Agreements over the API: proposed, signed, used, opted out of and ended; and what is not a party's answers alike.

use barid_api::agreements::{
    AgreementActRequest, AgreementRequest, AgreementSubmission, AgreementsRequest, PartyStandingShown,
    TextStandingShown,
};
use barid_api::records::ActRequest;
use barid_api::search::SearchRequest;
use barid_domain::codes::Purpose;
use barid_domain::ids::RecordId;
use serde_json::{Value, json};

use crate::node::{Node, key, on_a_node, wanted};

const DRUGS: Purpose = Purpose::DrugTrafficking;

fn offered() -> Value {
    json!({
        "reference": "FILE 7", "agreement": {
            "titles": [{"language": "fa", "text": "دسترسی مستقیم"}],
            "parties": ["XPART", "XA"], "from": "2026-11-01", "until": "2027-11-01",
            "clauses": [{"number": 1, "texts": [{"language": "bn", "text": "নথি মালিকেরই থাকে"}]}],
            "grants": [{
                "number": 1, "recipients": ["XPART"], "owners": ["XA"], "databases": ["persons"],
                "operations": ["open", "candidates"], "fields": ["offences"],
                "purposes": ["drug-trafficking"], "held": ["drug-trafficking"],
                "handling": ["H1", "H0"], "classification": "official-use", "daily_cap": 500,
                "duties": ["report-use"],
            }],
        },
    })
}

fn proposal() -> AgreementSubmission {
    serde_json::from_value(offered()).unwrap()
}

fn act(text: &str, step: &str, grant: Option<u32>) -> AgreementActRequest {
    serde_json::from_value(json!({"reference": "FILE 7", "text": text, "step": step, "grant": grant}))
        .unwrap()
}

fn asked(text: &str) -> AgreementRequest {
    serde_json::from_value(json!({"reference": "FILE 7", "text": text})).unwrap()
}

fn query(name: &str) -> SearchRequest {
    SearchRequest {
        purpose: DRUGS.into(),
        reference: "CASE 9".into(),
        query: name.into(),
        ..SearchRequest::default()
    }
}

async fn refused(node: &Node, who: &str, name: &str) -> String {
    node.carry(&node.client(who).search(&query(name))).await.problem()
}

#[tokio::test]
async fn a_partner_gets_access_by_an_agreement_and_loses_it_with_it() {
    on_a_node(|node| async move {
        let (bureau, partner) = (node.client("XA, head"), node.client("XPART, head"));
        let receipt = node.ask(&bureau.submit_person(key(1), &wanted("Калачев Валерий", DRUGS))).await;
        let record: RecordId = receipt.records[0].0.parse().unwrap();
        assert_eq!(refused(&node, "XPART", "Калачев Валерий").await, "not-entitled");
        let written = node.ask(&bureau.propose_agreement(key(2), &proposal())).await;
        let again = node.ask(&bureau.propose_agreement(key(2), &proposal())).await;
        assert_eq!((again.entry.0.clone(), again.receipt.replayed), (written.entry.0.clone(), true));
        let text = written.entry.0.as_str();
        // A token that may not bind its organisation signs nothing; the off-switch is everybody's.
        let plain = node.client("XA");
        let answer = node.carry(&plain.act_on_agreement(key(3), &act(text, "sign", None))).await;
        assert_eq!(answer.problem(), "may-not-bind");
        for (number, client) in [(4, &bureau), (5, &partner)] {
            let done = node.ask(&client.act_on_agreement(key(number), &act(text, "sign", None))).await;
            assert!(done.written.is_some());
        }
        let shown = node.ask(&partner.agreement(&asked(text))).await.agreement.unwrap();
        assert_eq!(shown.standing, TextStandingShown::InForce);
        // Sets have one writing, whatever the order they came in.
        assert_eq!(
            shown.stated.parties.iter().map(|code| code.0.as_str()).collect::<Vec<_>>(),
            ["XA", "XPART"]
        );
        let found = node.ask(&partner.search(&query("Калачев Валерий"))).await.candidates;
        assert_eq!(found.len(), 1);
        let opening = ActRequest { purpose: DRUGS.into(), reference: "CASE 9".into() };
        let opened = node.ask(&partner.open(record, &opening)).await.record.unwrap();
        assert!(opened.partial);
        let duties: Vec<_> = opened.duties.iter().map(|duty| duty.as_str()).collect();
        assert_eq!(duties, ["police-use-only", "no-judicial-use", "report-use"]);
        let opted_out = act(text, "opt-out", Some(1));
        node.ask(&plain.act_on_agreement(key(6), &opted_out)).await.written.unwrap();
        assert_eq!(
            refused(&node, "XPART", "Калачев Валерий").await,
            "not-entitled",
            "its one grant is empty"
        );
        let twice = node.carry(&plain.act_on_agreement(key(7), &opted_out)).await;
        assert_eq!(twice.problem(), "agreement-refused : agreement-no-change");
        node.ask(&bureau.act_on_agreement(key(8), &act(text, "opt-in", Some(1)))).await.written.unwrap();
        assert_eq!(node.ask(&partner.search(&query("Калачев Валерий"))).await.candidates.len(), 1);
        node.ask(&partner.act_on_agreement(key(9), &act(text, "end", None))).await.written.unwrap();
        assert_eq!(refused(&node, "XPART", "Калачев Валерий").await, "not-entitled");
        // Without any right the opening is refused before it looks.
        assert_eq!(node.carry(&partner.open(record, &opening)).await.problem(), "not-entitled");
        let shown = node.ask(&bureau.agreement(&asked(text))).await.agreement.unwrap();
        assert_eq!(shown.standing, TextStandingShown::Ended);
        assert_eq!(shown.parties[1].standing, PartyStandingShown::Ended);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_yours_answer_alike() {
    on_a_node(|node| async move {
        let written = node.ask(&node.client("XA").propose_agreement(key(1), &proposal())).await;
        let nothing = "7".repeat(64);
        let stranger = node.client("XB");
        for text in [written.entry.0.as_str(), nothing.as_str()] {
            let opened = node.carry(&stranger.agreement(&asked(text))).await;
            assert_eq!(
                (opened.status.as_u16(), opened.text()),
                (200, r#"{"agreement":null,"changes":null}"#.into())
            );
            for step in ["suspend", "decline"] {
                let done = node.carry(&stranger.act_on_agreement(key(2), &act(text, step, None))).await;
                assert_eq!(
                    (done.status.as_u16(), done.text()),
                    (200, r#"{"written":null}"#.into()),
                    "{step}"
                );
            }
            let mut amending = offered();
            amending["amends"] = json!(text);
            amending["agreement"]["parties"] = json!(["XB", "XPART"]);
            amending["agreement"]["grants"][0]["owners"] = json!(["XB"]);
            let amending: AgreementSubmission = serde_json::from_value(amending).unwrap();
            let done = node.carry(&stranger.propose_agreement(key(3), &amending)).await;
            assert_eq!(done.problem(), "no-such-resource");
        }
        let all = AgreementsRequest { reference: "FILE 7".into(), ..AgreementsRequest::default() };
        let page = node.ask(&stranger.agreements(&all)).await.page.unwrap();
        assert!(page.texts.is_empty() && page.next.is_none());
        let one = AgreementsRequest { limit: Some(1), ..all.clone() };
        node.ask(&node.client("XA").propose_agreement(key(4), &proposal())).await;
        let first = node.ask(&node.client("XA").agreements(&one)).await.page.unwrap();
        let after = AgreementsRequest { after: first.next.clone(), ..one.clone() };
        let second = node.ask(&node.client("XA").agreements(&after)).await.page.unwrap();
        assert_ne!(first.texts[0].text, second.texts[0].text);
        assert!(second.next.is_none());
        // A cursor is good for who got it.
        assert!(node.ask(&stranger.agreements(&after)).await.page.is_none());
    })
    .await;
}

#[tokio::test]
async fn every_fault_of_a_text_is_named_with_its_place() {
    on_a_node(|node| async move {
        let refused = async |change: &dyn Fn(&mut Value)| {
            let mut offered = offered();
            change(&mut offered);
            node.post("/v1/agreements", offered.to_string()).await.problem()
        };
        let grant = |field: &'static str, value: Value| {
            move |offered: &mut Value| offered["agreement"]["grants"][0][field] = value.clone()
        };
        for (change, problem) in [
            (grant("daily_cap", json!(0)), "body-faulty agreement.grants[0].daily_cap: impossible"),
            (grant("databases", json!([])), "body-faulty agreement.grants[0].databases: missing"),
            (
                grant("databases", json!(["persons", "persons"])),
                "body-faulty agreement.grants[0].databases: duplicate",
            ),
            (
                grant("purposes", json!(["арест"])),
                "body-faulty agreement.grants[0].purposes[0]: unknown-code",
            ),
            (grant("owners", json!(["XB"])), "record-faulty agreement.grants[0].owners: contradiction"),
            (
                grant("held", json!(["outside-reference"])),
                "record-faulty agreement.grants[0].held: not-entitled",
            ),
        ] {
            assert_eq!(refused(&change).await, problem);
        }
        let ended = |offered: &mut Value| offered["agreement"]["until"] = json!("2026-10-01");
        let problem = "record-faulty agreement.until: contradiction agreement.until: impossible";
        assert_eq!(refused(&ended).await, problem);
        let stranger = |offered: &mut Value| offered["agreement"]["parties"] = json!(["XPART", "XA", "XZ"]);
        assert_eq!(refused(&stranger).await, "record-faulty agreement.parties[1]: unknown-code");
        let elsewhere = |offered: &mut Value| {
            offered["agreement"]["parties"] = json!(["XB", "XPART"]);
            offered["agreement"]["grants"][0]["owners"] = json!(["XB"]);
        };
        assert_eq!(refused(&elsewhere).await, "agreement-refused : agreement-not-party");
    })
    .await;
}

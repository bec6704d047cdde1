//! Groups over the API: entered with names in several scripts, found by their numbers, opened as they were entered.

use axum::http::StatusCode;
use barid_api::objects::ObjectSubmission;
use barid_api::problems::Problem;
use barid_api::records::ActRequest;
use barid_api::search::{Feature, SearchRequest};
use barid_api::text_screening::{TextFindKind, TextScreeningRequest};
use barid_domain::codes::Purpose;
use serde_json::{Value, json};

use crate::node::{Answered, key, on_a_node};

/// A company under investigation with these names, held for a purpose.
pub fn group(names: &[&str], purpose: Purpose) -> ObjectSubmission {
    let names: Vec<Value> = names.iter().map(|name| json!({"text": name, "kind": "primary"})).collect();
    submission(
        json!({
            "database": "organisations-and-networks", "names": names, "statuses": ["under-investigation"],
        }),
        purpose,
    )
}

fn submission(object: Value, purpose: Purpose) -> ObjectSubmission {
    let submission = json!({
        "purpose": purpose, "reference": "CASE 2026/118", "object": object,
        "terms": {
            "purpose": purpose, "handling": {"code": "H0"}, "classification": "official-use",
            "source_grade": "A", "information_grade": "1", "review_in_days": 90,
        },
    });
    serde_json::from_value(submission).unwrap()
}

/// Every field that a group may have.
fn whole() -> Value {
    json!({
        "database": "organisations-and-networks", "case": "2026/118",
        "remarks": [{"language": "bn", "text": "প্রশিক্ষণের নথি; এমন কোনো সংগঠন নেই। ".repeat(40).trim_end()}],
        "names": [
            {"text": "ООО «Учебная проба»", "kind": "primary", "script": "Cyrl", "language": "ru"},
            {"text": "شركة تجربة التدريب", "kind": "original-script", "script": "Arab", "language": "ar"},
            {"text": "شرکت نمونه تمرین", "kind": "translation", "script": "Arab", "language": "fa"},
            {"text": "अभ्यास नमूना कंपनी", "kind": "alias", "strength": "weak", "script": "Deva", "note": "на вывеске"},
            {"text": "演习样本公司", "kind": "former", "script": "Hans", "language": "zh"},
            {"text": "УП", "kind": "acronym"},
        ],
        "statuses": ["under-investigation", "inactive"], "kind": "shipping-company", "sector": "перевозки",
        "countries": ["XAX", "XBX"],
        "addresses": [{
            "country": "XAX", "region": "Учебная область", "city": "Пробск", "street": "улица Проб, 1",
            "postal_code": "000001", "note": {"language": "ru", "text": "вход со двора"},
        }],
        "registrations": [{"number": "ОГРН 0000001", "country": "XAX", "kind": "companies", "register": "Учебный реестр"}],
        "leis": ["5493001KJTIIGC8Y1R12"], "bics": ["PROBXAXA"], "imo_companies": ["IMO 5987860"],
        "phones": ["+992 37 221 00 00"], "emails": ["office@exercise.example"], "websites": ["https://exercise.example"],
        "founded": ["1998-05"], "dissolved": ["2020-01-01/2021-12-31"],
        "references": [{"scheme": "XS", "number": "XS-17"}],
        "listed_on": "2026-01-02", "amended_on": ["2026-02-03", "2026-03-04"],
    })
}

#[tokio::test]
async fn a_group_is_entered_found_by_its_numbers_and_opened_as_it_was_entered() {
    on_a_node(|node| async move {
        let receipt = node
            .ask(&node.client("XA").submit_object(key(1), &submission(whole(), Purpose::FinancialCrime)))
            .await;
        let record = receipt.records[0].0.clone();
        let act = ActRequest { purpose: Purpose::BorderControl.into(), reference: "LANE 4".into() };
        for (query, kind, alert) in [
            ("probxaxa", "bic", true),
            ("5493001kjtiigc8y1r12", "lei", true),
            ("5987860", "imo-company", true),
            ("OFFICE@exercise.example", "email", true),
            ("www.exercise.example", "website", true),
            ("00992372210000", "phone", true),
            ("огрн 0000001", "registration", false),
        ] {
            let asked = SearchRequest {
                purpose: act.purpose.clone(),
                reference: act.reference.clone(),
                query: query.into(),
                ..SearchRequest::default()
            };
            let found = node.ask(&node.client("XB").search(&asked)).await.candidates;
            let found: Vec<_> = found.iter().filter(|one| one.record.0 == record).collect();
            assert_eq!((found.len(), found[0].alert), (1, alert), "{query}");
            let statuses: Vec<&str> = found[0].group_statuses.iter().map(|status| status.as_str()).collect();
            assert_eq!(statuses, ["under-investigation", "inactive"]);
            let mut reasons = found[0].reasons.iter().filter(|one| one.feature == Feature::Identifier);
            let reason = reasons.next().unwrap();
            assert_eq!(reason.identifier.as_ref().map(|kind| kind.as_str()), Some(kind));
        }
        let opened = node.ask(&node.client("XB").open(record.parse().unwrap(), &act)).await.record.unwrap();
        assert_eq!(serde_json::to_value(opened.object.unwrap()).unwrap(), whole());
    })
    .await;
}

#[tokio::test]
async fn a_group_is_found_by_name_in_other_scripts_and_in_texts() {
    on_a_node(|node| async move {
        let entered =
            group(&["ООО «Учебная Калачевка»", "アブ・サヤフ・プローバ"], Purpose::CriminalInvestigation);
        let receipt = node.ask(&node.client("XA").submit_object(key(1), &entered)).await;
        let record = receipt.records[0].0.clone();
        let ours = node.client("XB");
        for query in ["Uchebnaya Kalachevka LLC", "учебная калачевка", "উচেবনায়া কালাচেভকা"]
        {
            let asked = SearchRequest {
                purpose: Purpose::CriminalInvestigation.into(),
                reference: "CASE 7".into(),
                query: query.into(),
                ..SearchRequest::default()
            };
            let answer = node.ask(&ours.search(&asked)).await;
            let first = answer.candidates.first().unwrap_or_else(|| panic!("{query}: nothing"));
            assert_eq!(
                (first.record.0.as_str(), first.database.as_str()),
                (&*record, "organisations-and-networks")
            );
            assert!(first.reasons.iter().all(|reason| reason.feature == Feature::Name), "{query}");
            assert!(!first.reasons.is_empty() && first.statuses.is_empty(), "{query}");
        }
        let text =
            "Счета общества «Учебная Калачевка» закрыты. Funds of Uchebnaya Kalachevka LLC are frozen.";
        let asked = TextScreeningRequest {
            purpose: Purpose::CriminalInvestigation.into(),
            reference: "PRESS 31".into(),
            text: text.into(),
            ..TextScreeningRequest::default()
        };
        let answer = node.ask(&ours.screen_text(&asked)).await;
        let characters: Vec<char> = text.chars().collect();
        assert_eq!(answer.finds.len(), 2, "{:#?}", answer.finds);
        for find in &answer.finds {
            let there: String = characters[find.start as usize..find.end as usize].iter().collect();
            assert_eq!((find.kind, &find.text), (TextFindKind::Group, &there));
            assert_eq!(find.candidates[0].record.0, record);
            assert!(find.text.contains("Калачевка") || find.text.contains("Kalachevka"));
        }
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_a_group_is_named() {
    on_a_node(|node| async move {
        let refused = async |change: &dyn Fn(&mut Value)| -> (StatusCode, Vec<String>) {
            let mut wrong = whole();
            change(&mut wrong);
            let wrong = submission(wrong, Purpose::FinancialCrime);
            let refused: Answered = node.carry(&node.client("XA").submit_object(key(1), &wrong)).await;
            let problem: Problem = serde_json::from_str(&refused.text()).unwrap();
            let faults = problem.faults.iter().map(|fault| format!("{}: {}", fault.place, fault.code));
            (refused.status, faults.collect())
        };
        type Change = fn(&mut Value);
        let cases: [(Change, u16, &str); 11] = [
            (|g| g["names"] = json!([]), 422, "object.names: missing"),
            (|g| g["names"][0]["text"] = json!("12345"), 422, "object.names[0].text: bad-characters"),
            (|g| g["names"][0]["text"] = json!("П".repeat(301)), 422, "object.names[0].text: too-long"),
            (|g| g["names"][0]["text"] = json!("П\u{0}"), 422, "object.names[0].text: bad-characters"),
            (|g| g["names"][1]["script"] = json!("Арабица"), 422, "object.names[1].script: bad-characters"),
            (
                |g| g["names"][1]["language"] = json!("арабский"),
                422,
                "object.names[1].language: bad-characters",
            ),
            (|g| g["statuses"] = json!(["arrest"]), 422, "object.statuses[0]: unknown-code"),
            (|g| g["founded"] = json!(["1998-13"]), 422, "object.founded[0]: impossible"),
            (
                |g| g["names"] = json!(vec![json!({"text": "Проба", "kind": "alias"}); 201]),
                422,
                "object.names: too-many",
            ),
            (|g| g["leis"] = json!(["5493001KJTIIGC8Y1R21"]), 409, "object.leis[0]: check-digit"),
            (|g| g["founded"] = json!(["2199"]), 409, "object.founded[0]: in-future"),
        ];
        for (change, status, fault) in cases {
            let (answered, faults) = refused(&change).await;
            assert_eq!((answered.as_u16(), faults), (status, vec![fault.to_owned()]));
        }
        // What the eye does not see is taken out as from every text.
        let mut turned = whole();
        turned["names"][0]["text"] = json!("\u{202e}ООО «Учебная проба»");
        let turned = submission(turned, Purpose::FinancialCrime);
        let receipt = node.ask(&node.client("XA").submit_object(key(1), &turned)).await;
        let act = ActRequest { purpose: Purpose::BorderControl.into(), reference: "LANE 4".into() };
        let opened = node.ask(&node.client("XB").open(receipt.records[0].0.parse().unwrap(), &act)).await;
        assert_eq!(serde_json::to_value(opened.record.unwrap().object.unwrap()).unwrap(), whole());
        let partner = submission(whole(), Purpose::FinancialCrime);
        let refused = node.carry(&node.client("XPART").submit_object(key(2), &partner)).await;
        assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::FORBIDDEN, "not-entitled"));
    })
    .await;
}

//! What an agreement still grants when nearly everybody has left it.

use barid_domain::agreements::{AgreementBook, AgreementStep, Grant, GrantedOperation, TextStanding};
use barid_domain::codes::{Classification, Database, Handling, Purpose};
use barid_domain::dates::Timestamp;

use crate::world::{BEGUN, act, org, sign_by_all, text};

#[test]
fn who_is_left_alone_is_granted_nothing_by_itself() {
    let parties = [org("XA"), org("XB"), org("XPART")];
    // All are owners and recipients: a partner left alone would go on submitting by an agreement that has ended.
    let grant = Grant {
        number: 1,
        recipients: parties.to_vec(),
        owners: parties.to_vec(),
        databases: vec![Database::Persons],
        operations: vec![GrantedOperation::Submit],
        fields: vec![],
        purposes: vec![Purpose::DrugTrafficking],
        held: vec![Purpose::DrugTrafficking],
        handling: vec![Handling::H0],
        classification: Classification::OfficialUse,
        daily_cap: 1,
        duties: vec![],
    };
    let text = text(1, &parties, vec![grant]);
    let mut book = AgreementBook::default();
    let hash = sign_by_all(&mut book, &text);
    let now = Timestamp::from_seconds(BEGUN);
    let granted = |book: &AgreementBook| book.in_force(now, |_| true).of(org("XPART")).len();
    let name = (text.agreement, hash);
    act(&mut book, name, org("XA"), BEGUN, AgreementStep::End, None);
    assert_eq!(granted(&book), 1, "two are left");
    act(&mut book, name, org("XB"), BEGUN, AgreementStep::End, None);
    assert_eq!(granted(&book), 0);
    let standing = book.text_for(org("XPART"), hash, now).unwrap().standing;
    assert_eq!(standing, TextStanding::Ended);
}

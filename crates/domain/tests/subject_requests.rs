//! Requests of persons to the commission: which steps follow, the clocks, and what may be told.
#![allow(clippy::unwrap_used, reason = "a test may end at what it does not expect")]

use barid_domain::agreements::FieldGroup;
use barid_domain::codes::{Database, OrganisationKind};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{EntryHash, OrganisationCode, RecordId, RequestId};
use barid_domain::policy::Mask;
use barid_domain::subject_requests::*;
use barid_domain::text::LocalText;

fn org(code: &str) -> OrganisationCode {
    OrganisationCode::new(code).unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn by(code: &str, kind: OrganisationKind, number: u8, on: &str) -> Signed {
    let at = Timestamp::from_seconds(i64::from(day(on).days()) * 86_400 + 3_600);
    Signed { entry: EntryHash([number; 32]), issuer: org(code), kind, at }
}

fn ccf(number: u8, on: &str) -> Signed {
    by("CCF", OrganisationKind::Commission, number, on)
}

fn bureau(code: &str, number: u8, on: &str) -> Signed {
    by(code, OrganisationKind::Bureau, number, on)
}

fn texts(language: &str, text: &str) -> Vec<LocalText> {
    vec![LocalText { language: language.into(), text: text.into() }]
}

fn id() -> RequestId {
    RequestId::from_random([7; 16])
}

fn request(kind: RequestKind) -> SubjectRequest {
    SubjectRequest {
        request: id(),
        kind,
        received_on: day("2026-10-01"),
        applicant: Applicant {
            names: vec!["اکبر تمرینی".into(), "Акбар Упражнений".into(), "练习".into()],
            birth: Some("1971".parse().unwrap()),
            nationalities: Vec::new(),
        },
        identity: None,
        language: "fa".into(),
        reference: "R/26/12".into(),
    }
}

fn concerned(number: u8, owner: &str) -> Concerned {
    let record = RecordId::from_random([number; 16]);
    Concerned { record, database: Database::Persons, owner: org(owner) }
}

/// A request found admissible on 2026-10-31.
fn admissible(kind: RequestKind) -> RequestBook {
    let mut book = RequestBook::default();
    book.open(ccf(1, "2026-10-02"), request(kind)).unwrap();
    let confirmed = RequestStep::IdentityConfirmed(IdentityCheck::PassportCopy);
    take(&mut book, ccf(2, "2026-10-20"), confirmed);
    take(&mut book, ccf(3, "2026-10-31"), RequestStep::FoundAdmissible);
    book
}

/// One of which two records of two owners were found on 2026-11-02, whose owners have until 2026-12-01.
fn consulted(kind: RequestKind) -> RequestBook {
    let mut book = admissible(kind);
    let found = vec![concerned(1, "XA"), concerned(2, "XB")];
    take(&mut book, ccf(4, "2026-11-02"), RequestStep::Searched(found));
    take(&mut book, ccf(5, "2026-11-02"), consult(1, "2026-12-01", false));
    take(&mut book, ccf(6, "2026-11-02"), consult(2, "2026-12-01", true));
    book
}

fn consult(number: u8, due: &str, tells_applicant: bool) -> RequestStep {
    let record = concerned(number, "XA").record;
    let (version, due) = (version(number), day(due));
    RequestStep::Consulted { record, version, due, tells_applicant, texts: texts("en", "May it be told?") }
}

/// The entry in which a record stands when its owner is asked.
fn version(number: u8) -> EntryHash {
    EntryHash([number + 200; 32])
}

fn answer(consultation: u8, reply: OwnerReply, groups: &[FieldGroup]) -> OwnerAnswer {
    let restricts = matches!(reply, OwnerReply::ConsentsToPart | OwnerReply::Objects);
    OwnerAnswer {
        consultation: EntryHash([consultation; 32]),
        reply,
        groups: groups.to_vec(),
        restriction: restricts.then_some(Restriction::Inquiry),
        texts: if restricts { texts("hi", "जाँच चल रही है") } else { Vec::new() },
    }
}

fn decide(decision: Decision, answers: &[u8]) -> RequestStep {
    let orders = if decision == Decision::OrdersIssued { vec![EntryHash([99; 32])] } else { Vec::new() };
    let answers = answers.iter().map(|number| EntryHash([*number; 32])).collect();
    RequestStep::Decided {
        decision, orders, answers, texts: texts("bn", "সিদ্ধান্তের কারণ")
    }
}

fn standing(book: &RequestBook) -> &StandingRequest {
    book.request(org("CCF"), id()).unwrap()
}

fn told(book: &RequestBook) -> Vec<(Concerned, Mask)> {
    book.told(standing(book)).into_iter().map(|one| (one.concerned, one.mask)).collect()
}

/// Takes a step in behind the last one, as it is read from a stream.
fn read(book: &mut RequestBook, signed: Signed, step: RequestStep) -> Result<(), RequestError> {
    let follows = standing(book).last_entry();
    book.step(signed, id(), follows, step)
}

fn due(book: &RequestBook) -> Vec<Due> {
    book.due(standing(book))
}

fn is_overdue(book: &RequestBook, today: Day) -> bool {
    book.is_overdue(standing(book), today)
}

/// Takes a step that may be taken.
fn take(book: &mut RequestBook, signed: Signed, step: RequestStep) {
    book.may_step(signed, id(), &step).unwrap();
    read(book, signed, step).unwrap();
}

/// Tries a step, which must be refused.
fn refused(book: &RequestBook, signed: Signed, step: RequestStep) -> &'static str {
    book.may_step(signed, id(), &step).unwrap_err().code()
}

/// Tries an answer, which must be refused.
fn unheard(book: &RequestBook, signed: Signed, answer: OwnerAnswer) -> &'static str {
    let faulty = book.clone().answer(signed, answer.clone());
    let refused =
        faulty.and_then(|()| book.may_answer(signed.issuer, answer.consultation, signed.at).map(|_| ()));
    refused.unwrap_err().code()
}

#[test]
fn the_whole_way_of_a_partial_disclosure() {
    let mut book = consulted(RequestKind::Access);
    book.answer(bureau("XA", 7, "2026-11-10"), answer(5, OwnerReply::Consents, &[])).unwrap();
    let part = answer(6, OwnerReply::ConsentsToPart, &[FieldGroup::Documents]);
    book.answer(bureau("XB", 8, "2026-11-12"), part).unwrap();
    assert!(told(&book).is_empty(), "nothing is told before it is decided");
    assert_eq!(
        refused(&book, ccf(9, "2026-11-20"), decide(Decision::Disclosed, &[7, 8])),
        "request-decision-unfit"
    );
    assert_eq!(
        refused(&book, ccf(9, "2026-11-20"), decide(Decision::NoData, &[7, 8])),
        "request-decision-unfit"
    );
    take(&mut book, ccf(9, "2026-11-20"), decide(Decision::PartlyDisclosed, &[7, 8]));
    let both =
        vec![(concerned(1, "XA"), Mask::ALL), (concerned(2, "XB"), Mask::of(&[FieldGroup::Documents]))];
    assert_eq!(told(&book), both);
    let by = Some(day("2026-12-20"));
    assert_eq!(due(&book), vec![Due { next: NextStep::Answer, by }]);
    take(&mut book, ccf(10, "2026-11-21"), RequestStep::Answered);
    take(&mut book, ccf(11, "2026-11-22"), RequestStep::Closed);
    assert_eq!(told(&book), both, "what was told can be looked up");
    assert_eq!(standing(&book).ending(), Some(Ending::Decided(Decision::PartlyDisclosed)));
    assert!(due(&book).is_empty());
    let taken: Vec<_> = standing(&book).steps.iter().map(|taken| taken.signed.entry.0[0]).collect();
    assert_eq!(taken, vec![2, 3, 4, 5, 6, 9, 10, 11], "every step stands with its reasons");
    assert_eq!(standing(&book).steps[5].step, decide(Decision::PartlyDisclosed, &[7, 8]));
    assert_eq!(refused(&book, ccf(12, "2026-11-23"), RequestStep::Closed), "request-out-of-order");
}

#[test]
fn the_clock_starts_when_it_is_admissible_and_counts_months_of_the_calendar() {
    let cases = [(RequestKind::Access, "2027-02-28"), (RequestKind::CorrectionOrDeletion, "2027-07-31")];
    for (kind, last) in cases {
        let book = admissible(kind);
        assert_eq!(standing(&book).deadline(), Some(day(last)), "{kind}");
        assert!(!is_overdue(&book, day(last)), "the last day counts");
        assert!(is_overdue(&book, day(last).saturating_add(1)));
    }
    let months = |from: &str, months| day(from).saturating_add_months(months).to_string();
    assert_eq!(months("2027-10-31", 4), "2028-02-29", "a leap year");
    assert_eq!(months("2026-12-01", 1), "2027-01-01");
    assert_eq!(months("2199-12-31", 9), "2199-12-31");
    let mut book = RequestBook::default();
    book.open(ccf(1, "2026-10-02"), request(RequestKind::Access)).unwrap();
    assert_eq!(standing(&book).deadline(), None);
    assert_eq!(due(&book), vec![Due { next: NextStep::ConfirmIdentity, by: Some(day("2026-11-01")) }]);
    assert!(
        !is_overdue(&book, day("2026-11-01")) && is_overdue(&book, day("2026-11-02")),
        "a month from receipt"
    );
}

#[test]
fn more_time_is_taken_with_a_later_day_and_with_reasons_only() {
    let mut book = admissible(RequestKind::Access);
    let extend = |until: &str, texts| RequestStep::Extended { until: day(until), texts };
    let why = texts("zh", "需要更多时间");
    let at = ccf(20, "2027-02-01");
    assert_eq!(refused(&book, at, extend("2027-05-01", Vec::new())), "request-unfit", "without reasons");
    assert_eq!(refused(&book, at, extend("2027-02-28", why.clone())), "request-unfit", "no later day");
    take(&mut book, at, extend("2027-05-01", why.clone()));
    assert_eq!(standing(&book).deadline(), Some(day("2027-05-01")));
    take(&mut book, ccf(21, "2027-04-01"), extend("2027-06-01", why.clone()));
    assert_eq!(standing(&book).deadline(), Some(day("2027-06-01")));
    let late = refused(&book, ccf(22, "2027-09-01"), extend("2027-08-01", why));
    assert_eq!(late, "request-unfit", "a day that has passed");
}

#[test]
fn steps_follow_in_their_order() {
    let mut book = RequestBook::default();
    book.open(ccf(1, "2026-10-02"), request(RequestKind::Access)).unwrap();
    let at = ccf(50, "2026-10-03");
    for early in [
        RequestStep::FoundAdmissible,
        RequestStep::Searched(Vec::new()),
        consult(1, "2026-12-01", false),
        decide(Decision::NoData, &[]),
        RequestStep::Answered,
        RequestStep::Closed,
    ] {
        assert_eq!(refused(&book, at, early.clone()), "request-out-of-order", "{early:?}");
    }
    let inadmissible = RequestStep::FoundInadmissible(Inadmissible::IdentityNotShown);
    take(&mut book, at, inadmissible);
    let late = RequestStep::IdentityConfirmed(IdentityCheck::InPerson);
    assert_eq!(refused(&book, ccf(51, "2026-10-04"), late), "request-out-of-order");
    take(&mut book, ccf(52, "2026-10-04"), RequestStep::Answered);
    assert_eq!(standing(&book).ending(), Some(Ending::Inadmissible(Inadmissible::IdentityNotShown)));

    let book = admissible(RequestKind::Access);
    let unsearched = refused(&book, ccf(53, "2026-11-01"), decide(Decision::NoData, &[]));
    assert_eq!(unsearched, "request-out-of-order", "nothing is decided unsearched");
    let back = refused(&book, ccf(54, "2026-10-30"), RequestStep::Searched(Vec::new()));
    assert_eq!(back, "request-back-dated");
}

#[test]
fn nothing_is_told_before_owners_were_heard_and_silence_opens_nothing() {
    let mut book = consulted(RequestKind::Access);
    book.answer(bureau("XA", 7, "2026-11-10"), answer(5, OwnerReply::Consents, &[])).unwrap();
    let early = refused(&book, ccf(8, "2026-12-01"), decide(Decision::PartlyDisclosed, &[7]));
    assert_eq!(early, "request-owner-not-heard", "the owner has that day still");
    assert!(is_overdue(&book, day("2026-12-02")));
    assert_eq!(
        refused(&book, ccf(8, "2026-12-02"), decide(Decision::Disclosed, &[7])),
        "request-decision-unfit"
    );
    take(&mut book, ccf(8, "2026-12-02"), decide(Decision::PartlyDisclosed, &[7]));
    assert_eq!(told(&book), vec![(concerned(1, "XA"), Mask::ALL)]);
    let late = unheard(&book, bureau("XB", 9, "2026-12-03"), answer(6, OwnerReply::Consents, &[]));
    assert_eq!(late, "request-out-of-order");

    let mut book = consulted(RequestKind::CorrectionOrDeletion);
    for (code, number, reply) in [("XA", 5, OwnerReply::Objects), ("XB", 6, OwnerReply::WillWithdraw)] {
        book.answer(bureau(code, number + 10, "2026-11-10"), answer(number, reply, &[])).unwrap();
    }
    let at = ccf(30, "2026-11-11");
    assert_eq!(refused(&book, at, decide(Decision::PartlyDisclosed, &[15, 16])), "request-decision-unfit");
    take(&mut book, at, decide(Decision::OrdersIssued, &[15, 16]));
    assert!(told(&book).is_empty());
}

#[test]
fn nobody_is_told_that_something_was_corrected_before_its_owner_was_heard() {
    let mut book = consulted(RequestKind::CorrectionOrDeletion);
    book.answer(bureau("XA", 7, "2026-11-10"), answer(5, OwnerReply::WillCorrect, &[])).unwrap();
    for decision in [Decision::OrdersIssued, Decision::Compliant, Decision::NotDisclosed] {
        let early = refused(&book, ccf(8, "2026-11-20"), decide(decision, &[7]));
        assert_eq!(early, "request-owner-not-heard", "{decision}");
        assert!(book.may_step(ccf(8, "2026-12-02"), id(), &decide(decision, &[7])).is_ok(), "{decision}");
    }
    let twice = RequestStep::Decided {
        decision: Decision::OrdersIssued,
        orders: vec![EntryHash([99; 32]); 2],
        answers: vec![EntryHash([7; 32])],
        texts: texts("bn", "সিদ্ধান্তের কারণ"),
    };
    assert_eq!(refused(&book, ccf(8, "2026-12-02"), twice), "request-unfit", "an order that is named twice");
}

#[test]
fn of_two_steps_that_follow_the_same_one_the_first_counts() {
    let book = consulted(RequestKind::Access);
    let follows = standing(&book).last_entry();
    assert_eq!(follows, EntryHash([6; 32]));
    let extended = RequestStep::Extended { until: day("2027-05-01"), texts: texts("zh", "更多时间") };
    let again = RequestStep::Searched(vec![concerned(3, "XC")]);
    let racing = [(ccf(20, "2026-11-10"), extended), (ccf(21, "2026-11-10"), again)];
    for first in [0, 1] {
        let mut book = book.clone();
        let (signed, step) = racing[first].clone();
        book.step(signed, id(), follows, step).unwrap();
        let (signed, step) = racing[1 - first].clone();
        let before = book.clone();
        assert_eq!(book.step(signed, id(), follows, step), Err(RequestError::Superseded));
        assert_eq!(book, before, "and leaves nothing behind");
    }
    let (signed, step) = racing[0].clone();
    let skipped = book.clone().step(signed, id(), EntryHash([5; 32]), step);
    assert_eq!(skipped, Err(RequestError::Superseded), "the one before the last");
}

#[test]
fn an_objection_that_came_while_the_commission_decided_shuts() {
    let mut book = consulted(RequestKind::Access);
    book.answer(bureau("XA", 7, "2026-11-10"), answer(5, OwnerReply::Consents, &[])).unwrap();
    book.answer(bureau("XB", 8, "2026-11-10"), answer(6, OwnerReply::Consents, &[])).unwrap();
    take(&mut book, ccf(9, "2026-11-20"), decide(Decision::Disclosed, &[7, 8]));
    // Handed in at another replica, which did not know yet that it was decided.
    book.answer(bureau("XB", 10, "2026-11-20"), answer(6, OwnerReply::Objects, &[])).unwrap();
    assert_eq!(told(&book), vec![(concerned(1, "XA"), Mask::ALL)]);
    assert!(book.is_answer_counted(org("XA"), EntryHash([7; 32])));
    assert!(!book.is_answer_counted(org("XB"), EntryHash([10; 32])), "its owner is told so");
    assert!(!book.is_answer_counted(org("XA"), EntryHash([8; 32])), "another owner's");
    // One that narrows narrows.
    book.answer(bureau("XA", 11, "2026-11-20"), answer(5, OwnerReply::ConsentsToPart, &[FieldGroup::Images]))
        .unwrap();
    assert_eq!(told(&book), vec![(concerned(1, "XA"), Mask::of(&[FieldGroup::Images]))]);
}

#[test]
fn what_is_told_is_the_version_that_was_asked_about() {
    let mut book = consulted(RequestKind::Access);
    assert_eq!(book.consultations_of(org("XA"))[0].version, version(1));
    book.answer(bureau("XA", 7, "2026-11-10"), answer(5, OwnerReply::Consents, &[])).unwrap();
    take(&mut book, ccf(9, "2026-12-02"), decide(Decision::PartlyDisclosed, &[7]));
    let told = book.told(standing(&book));
    assert_eq!(told.iter().map(|one| one.version).collect::<Vec<_>>(), vec![version(1)]);
}

#[test]
fn lists_go_on_behind_the_place_where_they_stopped() {
    let mut book = admissible(RequestKind::Access);
    let other = RequestId::from_random([8; 16]);
    let plain = SubjectRequest { request: other, ..request(RequestKind::Access) };
    book.open(ccf(30, "2026-10-02"), plain).unwrap();
    let list = book.requests_of(org("CCF"));
    assert_eq!(list.iter().map(|one| one.request.request).collect::<Vec<_>>(), vec![other, id()]);
    let first = book.place(list[0]);
    assert!(first < book.place(list[1]));
    // The first one is not in the list any more, or elsewhere: those behind its place are listed all the same.
    let confirmed = RequestStep::IdentityConfirmed(IdentityCheck::InPerson);
    book.step(ccf(31, "2026-10-03"), other, EntryHash([30; 32]), confirmed).unwrap();
    book.step(ccf(32, "2026-12-03"), other, EntryHash([31; 32]), RequestStep::FoundAdmissible).unwrap();
    let behind = book.requests_of(org("CCF")).into_iter().filter(|one| book.place(one) > first);
    assert_eq!(behind.map(|one| one.request.request).collect::<Vec<_>>(), vec![id(), other]);
    // Closed: no day is waited for.
    let mut book = consulted(RequestKind::Access);
    let waits = book.consultations_of(org("XA"))[0].place();
    book.answer(bureau("XA", 7, "2026-11-10"), answer(5, OwnerReply::Consents, &[])).unwrap();
    assert!(book.consultations_of(org("XA"))[0].place() > waits, "what was answered comes last");
}

#[test]
fn a_request_whose_intake_does_not_count_is_named_and_ends() {
    let mut book = admissible(RequestKind::Access);
    let lost = |number: u8, request| LostRequest {
        commission: org("CCF"),
        request,
        entry: EntryHash([number; 32]),
        signed_on: day("2026-10-02"),
    };
    let other = RequestId::from_random([9; 16]);
    book.note_lost(lost(40, other));
    // Who held the key could name a request that stands.
    book.note_lost(lost(41, id()));
    assert_eq!(book.lost_of(org("CCF")).count(), 2);
    assert_eq!(book.lost_of(org("COM")).count(), 0);
    assert!(book.over(day("2031-10-02")).is_empty(), "the last day counts");
    assert_eq!(book.over(day("2031-10-03")), vec![(org("CCF"), other)]);
    book.forget(&[(org("CCF"), other)]);
    assert_eq!(book.lost_of(org("CCF")).map(|one| one.request).collect::<Vec<_>>(), vec![id()]);
}

#[test]
fn not_disclosed_does_not_tell_that_there_is_something() {
    let mut book = admissible(RequestKind::Access);
    take(&mut book, ccf(4, "2026-11-02"), RequestStep::Searched(Vec::new()));
    for other in [Decision::Disclosed, Decision::PartlyDisclosed, Decision::Compliant] {
        assert_eq!(
            refused(&book, ccf(5, "2026-11-03"), decide(other, &[])),
            "request-decision-unfit",
            "{other}"
        );
    }
    assert!(read(&mut book.clone(), ccf(5, "2026-11-03"), decide(Decision::NoData, &[])).is_ok());
    assert!(read(&mut book, ccf(5, "2026-11-03"), decide(Decision::NotDisclosed, &[])).is_ok());
}

#[test]
fn nobody_else_takes_a_step_and_nobody_else_reads() {
    let book = consulted(RequestKind::Access);
    let strangers = [
        bureau("XA", 60, "2026-11-10"),
        by("COM", OrganisationKind::Commission, 60, "2026-11-10"),
        bureau("CCF", 60, "2026-11-10"),
    ];
    for stranger in strangers {
        assert_eq!(refused(&book, stranger, decide(Decision::NotDisclosed, &[])), "request-unknown");
    }
    for (code, consultation) in [("XB", 5), ("XA", 6), ("XC", 5), ("XA", 77)] {
        let forged = answer(consultation, OwnerReply::Consents, &[]);
        assert_eq!(unheard(&book, bureau(code, 61, "2026-11-10"), forged), "request-unknown", "{code}");
    }
    let commissions = unheard(&book, ccf(62, "2026-11-10"), answer(5, OwnerReply::Consents, &[]));
    assert_eq!(commissions, "request-unknown");
    let opened = book.clone().open(bureau("XA", 63, "2026-11-10"), request(RequestKind::Access));
    assert_eq!(opened, Err(RequestError::NotCommission));
    assert_eq!(book.request(org("COM"), id()), None, "another commission's request is not there");
    assert!(book.requests_of(org("XA")).is_empty());
    assert_eq!(book.requests_of(org("CCF")).len(), 1);
}

#[test]
fn an_owner_reads_of_the_applicant_what_it_is_told_and_of_its_own_records_alone() {
    let book = consulted(RequestKind::Access);
    let seen = |code| book.consultations_of(org(code));
    assert_eq!(seen("XA").iter().map(|one| one.concerned).collect::<Vec<_>>(), vec![concerned(1, "XA")]);
    assert_eq!(seen("XA")[0].applicant, None);
    assert_eq!(seen("XB")[0].applicant, Some(&request(RequestKind::Access).applicant));
    assert!(seen("XC").is_empty());
    assert_eq!(book.consulted_in(org("XA"), EntryHash([5; 32])), Some((org("CCF"), id())));
    assert_eq!(book.consulted_in(org("XB"), EntryHash([5; 32])), None);
}

#[test]
fn a_statement_counts_once_and_an_answer_to_an_earlier_consultation_not_at_all() {
    let mut book = consulted(RequestKind::Access);
    let consent = answer(5, OwnerReply::Consents, &[]);
    book.answer(bureau("XA", 7, "2026-11-10"), consent.clone()).unwrap();
    let once = book.clone();
    book.answer(bureau("XA", 7, "2026-11-10"), consent.clone()).unwrap();
    book.open(ccf(1, "2026-10-02"), request(RequestKind::Access)).unwrap();
    assert_eq!(book, once);
    let again = book.open(ccf(70, "2026-11-11"), request(RequestKind::Access));
    assert_eq!(again, Err(RequestError::StandsAlready));
    let waits = refused(&book, ccf(71, "2026-11-11"), consult(2, "2026-12-01", false));
    assert_eq!(waits, "request-out-of-order", "XB has time still");
    take(&mut book, ccf(71, "2026-11-11"), consult(1, "2026-12-05", false));
    assert_eq!(unheard(&book, bureau("XA", 72, "2026-11-12"), consent), "request-unknown");
    assert_eq!(book.consultations_of(org("XA"))[0].answer, None);
}

#[test]
fn the_clock_of_an_owner_does_not_hold_up_the_commission() {
    let mut book = consulted(RequestKind::Access);
    book.answer(bureau("XA", 7, "2190-01-01"), answer(5, OwnerReply::Consents, &[])).unwrap();
    book.answer(bureau("XB", 8, "2026-11-03"), answer(6, OwnerReply::Consents, &[])).unwrap();
    take(&mut book, ccf(9, "2026-11-20"), decide(Decision::Disclosed, &[7, 8]));
}

#[test]
fn what_can_not_be_is_refused_whole() {
    let open = |change: &dyn Fn(&mut SubjectRequest)| {
        let mut book = RequestBook::default();
        let mut request = request(RequestKind::Access);
        change(&mut request);
        let opened = book.open(ccf(1, "2026-10-02"), request);
        assert_eq!(book == RequestBook::default(), opened.is_err());
        opened.map_err(|error| error.code())
    };
    assert_eq!(open(&|_| ()), Ok(()));
    let unfit = Err("request-unfit");
    assert_eq!(open(&|request| request.received_on = day("2026-10-03")), unfit);
    assert_eq!(open(&|request| request.applicant.names.clear()), unfit);
    assert_eq!(open(&|request| request.applicant.names[0] = "\u{202e}ناديا".into()), unfit);
    assert_eq!(open(&|request| request.applicant.names = vec!["अ".into(); NAMES_CAP]), Ok(()));
    assert_eq!(open(&|request| request.applicant.names = vec!["अ".into(); NAMES_CAP + 1]), unfit);
    assert_eq!(open(&|request| request.applicant.birth = Some("2027".parse().unwrap())), unfit);
    assert_eq!(open(&|request| request.kind = RequestKind::Unlisted(9)), unfit);
    assert_eq!(open(&|request| request.language = "not a tag".into()), unfit);

    let book = consulted(RequestKind::Access);
    let at = ccf(80, "2026-11-10");
    let moved = Concerned { owner: org("XC"), ..concerned(1, "XA") };
    assert_eq!(refused(&book, at, RequestStep::Searched(vec![moved])), "request-unfit", "another owner");
    let twice = vec![concerned(3, "XA"); 2];
    assert_eq!(refused(&book, at, RequestStep::Searched(twice)), "request-unfit");
    assert_eq!(refused(&book, at, consult(9, "2026-12-01", false)), "request-unfit", "no record of it");
    let many = |count: u16| {
        let one = |n: u16| {
            let mut bytes = [0; 16];
            bytes[..2].copy_from_slice(&n.to_be_bytes());
            Concerned { record: RecordId::from_random(bytes), ..concerned(1, "XA") }
        };
        RequestStep::Searched((0..count).map(one).collect())
    };
    let cap = u16::try_from(RECORDS_CAP).unwrap();
    assert!(book.may_step(at, id(), &many(cap - 2)).is_ok(), "two were found before");
    assert_eq!(refused(&book, at, many(cap - 1)), "request-unfit");
    let at = bureau("XA", 81, "2026-11-10");
    let whole = answer(5, OwnerReply::Consents, &[FieldGroup::Documents]);
    assert_eq!(unheard(&book, at, whole), "request-unfit", "all, and yet a part");
    let unsorted = [FieldGroup::Offences, FieldGroup::Documents];
    assert_eq!(unheard(&book, at, answer(5, OwnerReply::ConsentsToPart, &unsorted)), "request-unfit");
}

/// What was said, and who signed it.
type By<T> = (Signed, T);

/// A partial disclosure to its end: the steps of the commission, and the answers of two owners, one of them after the decision.
fn statements() -> (Vec<By<RequestStep>>, Vec<By<OwnerAnswer>>) {
    let found = vec![concerned(1, "XA"), concerned(2, "XB")];
    let steps = vec![
        (ccf(2, "2026-10-20"), RequestStep::IdentityConfirmed(IdentityCheck::InPerson)),
        (ccf(3, "2026-10-31"), RequestStep::FoundAdmissible),
        (ccf(4, "2026-11-02"), RequestStep::Searched(found)),
        (ccf(5, "2026-11-02"), consult(1, "2026-12-01", false)),
        (ccf(6, "2026-11-02"), consult(2, "2026-11-20", false)),
        (ccf(9, "2026-11-21"), decide(Decision::PartlyDisclosed, &[7])),
        (ccf(10, "2026-11-22"), RequestStep::Answered),
        (ccf(11, "2026-11-23"), RequestStep::Closed),
    ];
    let part = answer(5, OwnerReply::ConsentsToPart, &[FieldGroup::Documents]);
    let answers = vec![
        (bureau("XA", 7, "2026-11-10"), part),
        (bureau("XA", 8, "2026-11-25"), answer(5, OwnerReply::Consents, &[])),
        (bureau("XB", 12, "2026-11-24"), answer(6, OwnerReply::Consents, &[])),
        (bureau("XC", 13, "2026-11-10"), answer(6, OwnerReply::Consents, &[])),
    ];
    (steps, answers)
}

#[test]
fn when_answers_come_in_between_steps_makes_no_difference() {
    let (steps, answers) = statements();
    let built = |answers_behind: usize| {
        let mut book = RequestBook::default();
        book.open(ccf(1, "2026-10-02"), request(RequestKind::Access)).unwrap();
        for (at, (signed, step)) in steps.iter().enumerate() {
            if at == answers_behind {
                let backwards = answers.iter().rev();
                backwards.for_each(|(signed, one)| book.answer(*signed, one.clone()).unwrap());
            }
            read(&mut book, *signed, step.clone()).unwrap();
        }
        answers.iter().for_each(|(signed, one)| book.answer(*signed, one.clone()).unwrap());
        book
    };
    let first = built(0);
    assert_eq!(told(&first), vec![(concerned(1, "XA"), Mask::of(&[FieldGroup::Documents]))]);
    for behind in 1..=steps.len() {
        assert_eq!(built(behind), first, "answers before step {behind}");
    }
}

#[test]
fn a_decision_outlives_an_answer_that_counts_no_more_and_tells_nothing_of_it() {
    let (steps, _) = statements();
    let mut book = RequestBook::default();
    book.open(ccf(1, "2026-10-02"), request(RequestKind::Access)).unwrap();
    steps.into_iter().for_each(|(signed, step)| read(&mut book, signed, step).unwrap());
    assert_eq!(standing(&book).ending(), Some(Ending::Decided(Decision::PartlyDisclosed)));
    assert!(told(&book).is_empty());
}

#[test]
fn a_decision_names_answers_that_are_and_one_of_each_record() {
    let mut book = consulted(RequestKind::Access);
    book.answer(bureau("XA", 7, "2026-11-10"), answer(5, OwnerReply::Consents, &[])).unwrap();
    book.answer(bureau("XA", 8, "2026-11-11"), answer(5, OwnerReply::Objects, &[])).unwrap();
    book.answer(bureau("XB", 9, "2026-11-11"), answer(6, OwnerReply::Consents, &[])).unwrap();
    book.answer(bureau("XA", 10, "2026-11-11"), answer(6, OwnerReply::Consents, &[])).unwrap();
    let at = ccf(20, "2026-11-12");
    for named in [&[7, 8, 9][..], &[7, 7, 9], &[7, 10], &[7, 77]] {
        let step = decide(Decision::Disclosed, named);
        assert_eq!(refused(&book, at, step), "request-unfit", "{named:?}");
    }
    assert_eq!(refused(&book, at, decide(Decision::Disclosed, &[7])), "request-owner-not-heard");
    let last: Vec<_> =
        book.answers_about(standing(&book)).iter().map(|(_, one)| one.signed.entry.0[0]).collect();
    assert_eq!(last, vec![8, 9], "the last one of each owner, and none of another's");
    take(&mut book, at, decide(Decision::PartlyDisclosed, &[8, 9]));
    assert_eq!(told(&book), vec![(concerned(2, "XB"), Mask::ALL)]);
}

#[test]
fn a_closed_request_is_forgotten_with_its_answers_when_its_time_is_over() {
    let (steps, answers) = statements();
    let mut book = RequestBook::default();
    book.open(ccf(1, "2026-10-02"), request(RequestKind::Access)).unwrap();
    answers.into_iter().for_each(|(signed, one)| book.answer(signed, one).unwrap());
    steps.into_iter().for_each(|(signed, step)| read(&mut book, signed, step).unwrap());
    assert_eq!(standing(&book).ends_on(), Some(day("2031-11-23")));
    assert!(book.over(day("2031-11-23")).is_empty(), "the last day counts");
    assert_eq!(book.over(day("2031-11-24")), vec![(org("CCF"), id())]);
    book.forget(&[(org("CCF"), id())]);
    assert_eq!(book, RequestBook::default());
}

#[test]
fn statements_are_read_back_and_what_does_not_belong_to_the_act_is_none() {
    let (steps, answers) = statements();
    for (_, step) in steps {
        let follows = EntryHash([4; 32]);
        let statement = StepStatement::step([9; 32], id(), follows, step.clone());
        assert_eq!(statement.read(), Some(Said::Step(id(), follows, step.clone())));
        assert_eq!(StepStatement { request: None, ..statement.clone() }.read(), None);
        assert_eq!(StepStatement { follows: None, ..statement.clone() }.read(), None);
        let is_consultation = matches!(step, RequestStep::Consulted { .. });
        let turned = if is_consultation { None } else { Some(version(1)) };
        assert_eq!(StepStatement { version: turned, ..statement.clone() }.read(), None);
        assert_eq!(StepStatement { act: RequestAct::Unlisted(99), ..statement.clone() }.read(), None);
        assert_eq!(StepStatement { reply: Some(OwnerReply::Consents), ..statement }.read(), None);
    }
    for (_, one) in answers {
        let statement = StepStatement::answer([9; 32], one.clone());
        assert_eq!(statement.read(), Some(Said::Answer(one)));
        assert_eq!(
            StepStatement { request: Some(id()), ..statement }.read(),
            None,
            "an owner knows no request"
        );
    }
}

//! Groups: organisations and networks on record, found by their names in searches and in texts.
//!
//! Entered, revised and opened as the objects they are (`objects`); their numbers are found with those of other objects.

use barid_domain::codes::{Database, Purpose};
use barid_domain::ids::RecordId;
use barid_domain::objects::{Object, groups};
use barid_domain::policy::SearchScope;
use barid_names::thresholds;
use barid_search::group_index::{GroupCandidate, GroupReason};

use crate::App;
use crate::acts::Act;
use crate::answers::Candidate;
use crate::error::AppError;
use crate::searching::{CardHead, CardStatement, Manner};

impl App {
    /// The groups that have the name asked for, and the objects that have the number: what is both is one candidate.
    pub(crate) async fn with_groups(
        &self,
        act: &Act,
        scope: &SearchScope,
        found: Vec<GroupCandidate>,
        mut objects: Vec<Candidate>,
        limit: usize,
        manner: &Manner,
    ) -> Result<Vec<Candidate>, AppError> {
        let mut candidates = Vec::new();
        // What is not shown is not opened for a card either; best first, so what is left is what comes first.
        let shown = |found: &GroupCandidate| {
            let is_met = objects.iter().any(|object| object.record == found.record);
            is_met || (found.score >= LEAST_GROUP_SHOWN && manner.shows(found.score))
        };
        let found: Vec<GroupCandidate> = found.into_iter().filter(shown).take(limit).collect();
        for found in found {
            let Some((head, group)) = self.group_card(act, scope, found.record).await? else { continue };
            // Revised since the index was asked: the record has the last word.
            if groups::names(&group).iter().all(|name| name.text != found.name) {
                continue;
            }
            let by_number = objects.iter().position(|object| object.record == found.record);
            let by_number = by_number.map(|at| objects.remove(at));
            candidates.push(group_candidate(found, head, &group, by_number));
        }
        candidates.extend(objects);
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(candidates)
    }

    pub(crate) async fn group_card(
        &self,
        act: &Act,
        scope: &SearchScope,
        record: RecordId,
    ) -> Result<Option<(CardHead, Box<Object>)>, AppError> {
        let card = self.card(act, scope, record).await?;
        Ok(card.and_then(|card| match card.statement {
            CardStatement::Object(group) if group.database == Database::OrganisationsAndNetworks => {
                Some((card.head, group))
            }
            CardStatement::Object(_)
            | CardStatement::Person(_)
            | CardStatement::TravelDocument(_)
            | CardStatement::Link(_) => None,
        }))
    }
}

/// The least score of a group that is shown.
const LEAST_GROUP_SHOWN: f32 = thresholds::INVESTIGATION;

/// A group found by name, or by name and number.
pub(crate) fn group_candidate(
    found: GroupCandidate,
    head: CardHead,
    group: &Object,
    by_number: Option<Candidate>,
) -> Candidate {
    let GroupCandidate { record, score, name, reasons, .. } = found;
    let by_name = candidate(record, score, name, reasons, head, group, score >= thresholds::GROUP_ALERT);
    match by_number {
        None => by_name,
        Some(number) => Candidate {
            score: number.score.max(score),
            alert: number.alert || by_name.alert,
            numbers: number.numbers,
            issuing_country: number.issuing_country,
            ..by_name
        },
    }
}

/// A group as it is shown, in a search or in a text.
pub(crate) fn candidate(
    record: RecordId,
    score: f32,
    name: String,
    reasons: Vec<GroupReason>,
    head: CardHead,
    group: &Object,
    alert: bool,
) -> Candidate {
    let provenance = head.terms.provenance.as_ref();
    Candidate {
        record,
        database: group.database,
        owner: head.owner,
        provenance: provenance.map(|provenance| provenance.source.clone()),
        reference: provenance.map(|provenance| provenance.reference.clone()),
        score,
        alert,
        found: name,
        statuses: Vec::new(),
        fraud: None,
        document_type: None,
        issuing_country: None,
        object_status: None,
        group_statuses: groups::statuses(group),
        numbers: Vec::new(),
        reasons: Vec::new(),
        name_parts: reasons,
        cleared_by_birth: false,
        exercise: head.terms.purpose == Purpose::Exercise,
        handling: head.terms.handling,
        duties: head.duties.clone(),
        said: head.said.clone(),
        is_partial: head.is_partial,
    }
}

/// Cuts an answer that is sorted. A group takes the place of no person and no object that is an alert: names that were given
/// to companies push nothing out.
pub(crate) fn cut(candidates: &mut Vec<Candidate>, limit: usize) {
    let is_group = |candidate: &Candidate| candidate.database == Database::OrganisationsAndNetworks;
    let stays = |candidate: &Candidate| candidate.alert && !is_group(candidate);
    let pushed_out = candidates.iter().skip(limit).filter(|candidate| stays(candidate)).count();
    for _ in 0..pushed_out {
        let shown = &candidates[..limit.min(candidates.len())];
        let Some(last) = shown.iter().rposition(is_group) else { break };
        candidates.remove(last);
        // What comes up may be no alert; the one pushed out comes before those.
        let next = candidates.iter().skip(limit - 1).position(stays).map(|at| at + limit - 1);
        if let Some(next) = next {
            let alert = candidates.remove(next);
            candidates.insert(limit - 1, alert);
        }
    }
    candidates.truncate(limit);
}

#[cfg(test)]
mod tests {
    use barid_domain::ids::OrganisationCode;

    use super::*;

    fn of(database: Database, score: f32) -> Candidate {
        Candidate {
            record: RecordId([7; 16]),
            database,
            owner: OrganisationCode::new("XA").unwrap(),
            provenance: None,
            reference: None,
            score,
            alert: score >= thresholds::BORDER_DESK,
            found: String::new(),
            statuses: Vec::new(),
            fraud: None,
            document_type: None,
            issuing_country: None,
            object_status: None,
            group_statuses: Vec::new(),
            numbers: Vec::new(),
            reasons: Vec::new(),
            name_parts: Vec::new(),
            cleared_by_birth: false,
            exercise: true,
            handling: barid_domain::codes::Handling::H0,
            duties: Vec::new(),
            said: crate::marks::Said::default(),
            is_partial: false,
        }
    }

    fn kept(found: &[(char, f32)], limit: usize) -> String {
        let database = |kind: char| match kind {
            'p' => Database::Persons,
            'g' => Database::OrganisationsAndNetworks,
            _ => Database::Vehicles,
        };
        let mut candidates: Vec<Candidate> =
            found.iter().map(|(kind, score)| of(database(*kind), *score)).collect();
        cut(&mut candidates, limit);
        assert!(candidates.windows(2).all(|pair| pair[0].score >= pair[1].score));
        candidates.iter().map(|one| format!("{}{} ", one.database.to_string().remove(0), one.score)).collect()
    }

    #[test]
    fn a_group_takes_the_place_of_no_other_alert() {
        let groups = [('g', 0.98), ('g', 0.97), ('g', 0.96)];
        assert_eq!(kept(&[&groups[..], &[('p', 0.7)]].concat(), 3), "o0.98 o0.97 p0.7 ");
        assert_eq!(kept(&[&groups[..], &[('p', 0.7), ('p', 0.66)]].concat(), 3), "o0.98 p0.7 p0.66 ");
        assert_eq!(kept(&[&groups[..], &[('p', 0.6)]].concat(), 3), "o0.98 o0.97 o0.96 ", "no alert");
        assert_eq!(kept(&[&groups[..], &[('v', 0.9), ('p', 0.7)]].concat(), 3), "o0.98 v0.9 p0.7 ");
        assert_eq!(kept(&[&groups[..], &[('v', 0.9)]].concat(), 3), "o0.98 o0.97 v0.9 ");
        assert_eq!(kept(&[&groups[..], &[('v', 0.6)]].concat(), 3), "o0.98 o0.97 o0.96 ", "no alert");
        assert_eq!(kept(&[&groups[..], &[('p', 0.7); 5]].concat(), 2), "p0.7 p0.7 ");
        assert_eq!(kept(&groups, 5), "o0.98 o0.97 o0.96 ");
        assert_eq!(kept(&[('p', 0.9), ('p', 0.8)], 1), "p0.9 ");
    }
}

//! Groups in a text: passed over piece by piece as for people, then each find held against its record.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use barid_domain::objects::groups;
use barid_domain::policy::SearchScope;
use barid_domain::text_screening::StretchKind;
use barid_search::text_screening::{GroupFind, LEAST_SCORE, pieces};

use super::{ByPlace, Found, Stretch};
use crate::App;
use crate::acts::Act;
use crate::error::AppError;
use crate::groups::candidate;

impl Found for GroupFind {
    fn place(&self) -> (u32, u32) {
        (self.start, self.end)
    }
    fn score(&self) -> f32 {
        self.score
    }
}

impl App {
    /// The groups in scope whose names stand in a text, best first in each place.
    pub(super) async fn groups_in(
        &self,
        text: &str,
        scope: &SearchScope,
        least_score: f32,
    ) -> Result<Vec<GroupFind>, AppError> {
        let pieces = Arc::new(pieces(text));
        let mut finds = Vec::new();
        for number in 0..pieces.len() {
            let (pieces, scope) = (pieces.clone(), scope.clone());
            let found = self.compute_behind(move |standing| {
                let piece = &pieces[number];
                let found = standing.read().groups.screen(&scope, piece.text(), least_score);
                let placed = found.into_iter().filter_map(|find| {
                    let (start, end) = piece.place(find.start, find.end)?;
                    Some(GroupFind { start, end, ..find })
                });
                placed.collect::<Vec<_>>()
            });
            finds.extend(found.await?);
        }
        finds.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.record.cmp(&b.record)));
        Ok(finds)
    }

    /// Reads what groups are shown with. One that was withdrawn or revised since, and has the name no more, is left out.
    pub(super) async fn stretches_of_groups(
        &self,
        act: &Act,
        scope: &SearchScope,
        text: &str,
        finds: ByPlace<GroupFind>,
    ) -> Result<Vec<Stretch>, AppError> {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut cards = BTreeMap::new();
        let mut stretches = Vec::with_capacity(finds.len());
        for ((start, end), finds) in finds {
            let mut candidates = Vec::with_capacity(finds.len());
            for find in finds {
                let card = match cards.entry(find.record) {
                    Entry::Occupied(read) => read.into_mut(),
                    Entry::Vacant(place) => place.insert(self.group_card(act, scope, find.record).await?),
                };
                let Some((head, group)) = card else { continue };
                if groups::names(group).iter().any(|name| name.text == find.name) {
                    let alert = find.score >= LEAST_SCORE;
                    let GroupFind { record, score, name, reasons, .. } = find;
                    candidates.push(candidate(record, score, name, reasons, head.clone(), group, alert));
                }
            }
            let Some(stretch) = text.get(ends[start as usize]..ends[end as usize]) else { continue };
            if !candidates.is_empty() {
                let (text, kind, remarks) = (stretch.to_owned(), StretchKind::Group, Vec::new());
                stretches.push(Stretch { start, end, text, kind, remarks, candidates });
            }
        }
        Ok(stretches)
    }
}

//! Text screening: the people, groups, documents and objects known to whoever asks, found in a running text.
//!
//! One act with its two lines in the journal: the text by its SHA-256 and length, never itself, and the records that were
//! shown. The text is passed piece by piece over layers of names that propose records (`barid_search::text_screening`),
//! each piece as one row of a list would be; what is proposed is decided over names as they are recorded now. Numbers are
//! looked up in the indexes of a search. Every find is held against the record itself, as in a search.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use barid_domain::audit::Operation;
use barid_domain::ids::{ActId, EntryHash, RecordId};
use barid_domain::policy::{GrantName, SearchScope};
use barid_domain::text_screening::{StretchKind, TEXT_CAP};
use barid_names::compare::PartMatch;
use barid_search::person_index::{Candidate as NameCandidate, CandidateLimit, PartReason, Reason};
use barid_search::text_screening::{self, LEAST_SCORE, PeopleFinder, PersonFind, pieces};
use sha2::{Digest, Sha256};

use crate::App;
use crate::acts::Act;
use crate::answers::Candidate;
use crate::context::OpContext;
use crate::deciding::CountedScope;
use crate::error::AppError;
use crate::searching::{CANDIDATES_CAP, CANDIDATES_DEFAULT, CardHead, person_candidate};

mod groups;
mod layers;
mod numbers;

/// The least score that can be asked for: below it nearly all is chance.
const LEAST_ASKED: f32 = 0.3;
/// The most stretches and candidates of one answer: the records shown go into one line of the journal.
const STRETCHES_CAP: usize = 500;
const SHOWN_CAP: usize = 2_000;

/// Is a text to be screened.
#[derive(Clone, Debug, Default)]
pub struct TextScreening {
    /// The text, at most [`TEXT_CAP`] characters.
    pub text: String,
    /// The least score of a candidate that is answered, 0.3 to 1; the alert threshold when absent.
    pub least_score: Option<f32>,
    /// The most candidates of a stretch, 1 to 50; 10 when absent.
    pub limit: Option<u32>,
}

/// Is the answer to a text screening.
#[derive(Clone, Debug)]
pub struct TextScreeningAnswer {
    /// The act.
    pub act: ActId,
    /// The hash of the act's line in the journal.
    pub access: EntryHash,
    /// The score from which a candidate of a name is an alert. A text asks more than a search (whether the words are a name
    /// at all), so it is another one than that of searches. Numbers and zones are scored as in a search, and so are their
    /// alerts.
    pub alert_threshold: f32,
    /// The least score of the candidates that are answered, of whatever kind.
    pub least_score: f32,
    /// What was found, in the order of its place.
    pub stretches: Vec<Stretch>,
    /// Whether more was found than an answer holds: what is left out scores least.
    pub is_cut: bool,
    /// Grants whose daily cap is reached: what these show was not looked for.
    pub caps_reached: Vec<GrantName>,
}

/// Is a stretch of the text in which something known was found.
#[derive(Clone, Debug)]
pub struct Stretch {
    /// Its first character and the one after its last, in Unicode scalar values of the text.
    pub start: u32,
    /// See `start`.
    pub end: u32,
    /// The stretch itself.
    pub text: String,
    /// What it was taken for.
    pub kind: StretchKind,
    /// What a number says about its own soundness, as codes: of a zone those of a search, and `letters-alike` where letters
    /// of another script were read as the Latin ones they look like.
    pub remarks: Vec<String>,
    /// Who or what it may be, best first.
    pub candidates: Vec<Candidate>,
}

impl App {
    /// Finds what the caller may see in a text.
    ///
    /// # Errors
    /// [`AppError::Query`] for a text that is empty or too long and [`AppError::NotReady`] while names are laid out for
    /// texts, both before anything is journalled; [`AppError::NotReady`] after that, with nothing shown, where another
    /// index took the place of the one that was ready; otherwise what a search fails with.
    pub async fn screen_text(
        &self,
        ctx: &OpContext,
        screening: &TextScreening,
    ) -> Result<TextScreeningAnswer, AppError> {
        check(screening)?;
        self.must_stand()?;
        self.hide_overdue().await?;
        // Who is refused below wakes nothing up.
        if self.scope_to_screen(ctx).is_ok() {
            self.make_texts_ready().await?;
        }
        let least_score = screening.least_score.unwrap_or(LEAST_SCORE).clamp(LEAST_ASKED, 1.0);
        let act = self.begin(ctx, Operation::ScreenText, Some(asked(screening, least_score)), None).await?;
        let CountedScope { scope, caps_reached } = match self.screening_scope(ctx, 1).await {
            Ok(counted) => counted,
            Err(refusal) => {
                if refusal.is_refusal() {
                    self.refuse(ctx, act, &refusal).await?;
                }
                return Err(refusal);
            }
        };
        let most = screening.limit.unwrap_or(CANDIDATES_DEFAULT).clamp(1, CANDIDATES_CAP);
        act.decided_with(&scope);
        let limit = CandidateLimit { max: most as usize, min_score: least_score };
        let (mut stretches, numbers_are_cut) = self.numbers_in(&act, &scope, &screening.text, limit).await?;
        let finds = self.people_in(&screening.text, &scope, least_score).await?;
        let (chosen, names_are_cut) = choose(finds, limit.max, room_beside(&stretches));
        stretches.extend(self.stretches_of_names(&act, &scope, &screening.text, chosen).await?);
        // Behind persons: groups have the room that they leave.
        let groups = self.groups_in(&screening.text, &scope, least_score).await?;
        let (chosen, groups_are_cut) = choose(groups, limit.max, room_beside(&stretches));
        stretches.extend(self.stretches_of_groups(&act, &scope, &screening.text, chosen).await?);
        stretches.sort_by_key(|stretch| (stretch.start, stretch.end, stretch.kind));
        let (id, access) = (act.id(), act.line());
        let candidates = stretches.iter().flat_map(|stretch| &stretch.candidates);
        let shown: BTreeSet<RecordId> = candidates.map(|candidate| candidate.record).collect();
        self.end(ctx, act, shown.into_iter().collect()).await?;
        Ok(TextScreeningAnswer {
            act: id,
            access,
            alert_threshold: LEAST_SCORE,
            least_score,
            stretches,
            is_cut: numbers_are_cut || names_are_cut || groups_are_cut,
            caps_reached,
        })
    }

    async fn people_in(
        &self,
        text: &str,
        scope: &SearchScope,
        least_score: f32,
    ) -> Result<Vec<PersonFind>, AppError> {
        let of_scope = scope.clone();
        let (mut proposer, unread) = self
            .aside(move |standing| {
                Ok::<_, AppError>(layers::ready_texts(&standing.read())?.proposer(&of_scope))
            })
            .await??;
        let mut proposed: BTreeSet<RecordId> = unread.into_iter().collect();
        let pieces = Arc::new(pieces(text));
        for number in 0..pieces.len() {
            let pieces = pieces.clone();
            let passed = self.compute_behind(move |_| {
                proposer.propose(&pieces[number], least_score, &mut proposed);
                (proposer, proposed)
            });
            (proposer, proposed) = passed.await?;
        }
        let scope = scope.clone();
        let laid_out = self.compute_behind(move |standing| {
            let index = standing.read();
            let names = proposed.into_iter().filter_map(|record| {
                let (class, names) = index.persons.names_of(record)?;
                scope.permits(&class).then_some((record, names))
            });
            let people = names.collect();
            drop(index);
            PeopleFinder::new(people, least_score)
        });
        let mut finder = laid_out.await?;
        for number in 0..pieces.len() {
            let pieces = pieces.clone();
            let passed = self.compute_behind(move |_| {
                finder.pass(&pieces[number]);
                finder
            });
            finder = passed.await?;
        }
        Ok(finder.found())
    }

    /// Reads what candidates are shown with. Who was withdrawn or revised since the index was asked, and has the name no
    /// more, is left out.
    async fn stretches_of_names(
        &self,
        act: &Act,
        scope: &SearchScope,
        text: &str,
        finds: ByPlace<PersonFind>,
    ) -> Result<Vec<Stretch>, AppError> {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut cards = BTreeMap::new();
        let mut stretches = Vec::with_capacity(finds.len());
        for ((start, end), finds) in finds {
            let mut candidates = Vec::with_capacity(finds.len());
            for find in finds {
                let card = match cards.entry(find.record) {
                    Entry::Occupied(read) => read.into_mut(),
                    Entry::Vacant(place) => place.insert(self.person_card(act, scope, find.record).await?),
                };
                let Some((head, person)) = card else { continue };
                if person.names.iter().any(|name| name.text == find.name) {
                    candidates.push(candidate(find, head.clone(), (**person).clone()));
                }
            }
            let Some(stretch) = text.get(ends[start as usize]..ends[end as usize]) else { continue };
            if !candidates.is_empty() {
                let (text, kind, remarks) = (stretch.to_owned(), StretchKind::Name, Vec::new());
                stretches.push(Stretch { start, end, text, kind, remarks, candidates });
            }
        }
        Ok(stretches)
    }
}

fn check(screening: &TextScreening) -> Result<(), AppError> {
    if !screening.text.chars().any(char::is_alphanumeric) {
        return Err(AppError::Query("nothing to look for"));
    }
    if screening.text.len() > 4 * TEXT_CAP || screening.text.chars().count() > TEXT_CAP {
        return Err(AppError::Query("too long"));
    }
    Ok(())
}

/// What goes into the journal as asked: which text by its hash, by which one who has it can prove that it was this.
fn asked(screening: &TextScreening, least_score: f32) -> String {
    let hash = crate::proofs::hex(&Sha256::digest(&screening.text));
    let characters = screening.text.chars().count();
    format!("text_sha256={hash}\ncharacters={characters}\nleast_score={least_score}\n")
}

/// How many stretches and candidates an answer has room for.
struct Room {
    stretches: usize,
    candidates: usize,
}

fn room_beside(stretches: &[Stretch]) -> Room {
    let candidates: usize = stretches.iter().map(|stretch| stretch.candidates.len()).sum();
    Room {
        stretches: STRETCHES_CAP.saturating_sub(stretches.len()),
        candidates: SHOWN_CAP.saturating_sub(candidates),
    }
}

/// Is a name found in a text.
trait Found {
    /// Its first character and the one after its last.
    fn place(&self) -> (u32, u32);
    fn score(&self) -> f32;
}

impl Found for PersonFind {
    fn place(&self) -> (u32, u32) {
        (self.start, self.end)
    }
    fn score(&self) -> f32 {
        self.score
    }
}

/// What was found, by its place in the text.
type ByPlace<F> = BTreeMap<(u32, u32), Vec<F>>;

/// Chooses what an answer holds, by stretch, and tells whether that is not all: the stretches with the best scores, of
/// each the best candidates.
fn choose<F: Found>(finds: Vec<F>, limit: usize, room: Room) -> (ByPlace<F>, bool) {
    let mut by_place: ByPlace<F> = BTreeMap::new();
    for find in finds {
        let stretch = by_place.entry(find.place()).or_default();
        if stretch.len() < limit {
            stretch.push(find);
        }
    }
    let best = |finds: &[F]| finds.first().map_or(0.0, Found::score);
    let mut ranked: Vec<((u32, u32), Vec<F>)> = by_place.into_iter().collect();
    // Stable: those of equal score stay in the order of their places.
    ranked.sort_by(|(_, a), (_, b)| best(b).total_cmp(&best(a)));
    let mut shown = 0;
    let fit = ranked.iter().take(room.stretches).take_while(|(_, finds)| {
        shown += finds.len();
        shown <= room.candidates
    });
    let kept = fit.count();
    let is_cut = kept < ranked.len();
    ranked.truncate(kept);
    (ranked.into_iter().collect(), is_cut)
}

fn candidate(find: PersonFind, head: CardHead, person: barid_domain::persons::Person) -> Candidate {
    let reasons = vec![Reason::Name {
        parts: find.reasons.iter().map(part).collect(),
        score: find.score,
        evidence: find.evidence,
        weak_alias: find.weak_alias,
    }];
    let by_name = NameCandidate {
        record: find.record,
        score: find.score,
        name_number: 0,
        name: find.name,
        reasons,
        cleared_by_birth: false,
    };
    let candidate = person_candidate(find.record, head, person, Vec::new(), Some(by_name));
    Candidate { alert: find.score >= LEAST_SCORE, ..candidate }
}

/// A part as a search tells it; the text's side in the form in which it was compared.
fn part(reason: &text_screening::Reason) -> PartReason {
    let count = |text: &str| (0, usize::from(!text.is_empty()));
    PartReason {
        query: reason.text.clone(),
        record: reason.recorded.clone(),
        detail: PartMatch {
            query: count(&reason.text),
            record: count(&reason.recorded),
            kind: reason.kind,
            weight: reason.weight,
            likeness: reason.likeness,
            letters: Vec::new(),
        },
        letters: Vec::new(),
    }
}

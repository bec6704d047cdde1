//! The texts, each with the name of its message and its arguments.

use fluent_bundle::{FluentArgs, FluentValue};

macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $variant:ident $id:literal $({ $($field:ident: $type:ty),+ })?;)+) => {
        /// Is something that people are shown. The arguments are named as in the files of `texts/`.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "the fields are the arguments of the messages, and are described there")]
        pub enum Text<'a> {
            $($(#[doc = $doc])+ $variant $({ $($field: $type),+ })?,)+
        }

        impl Text<'_> {
            /// Every text: the id of its message and the names of its arguments.
            pub const ALL: &'static [(&'static str, &'static [&'static str])] = &[$(($id, &[$($(stringify!($field)),+)?])),+];

            /// The id of the message.
            pub fn id(&self) -> &'static str {
                match self {
                    $(Self::$variant $({ $($field: _),+ })? => $id,)+
                }
            }

            pub(crate) fn arguments(&self) -> FluentArgs<'_> {
                let mut arguments = FluentArgs::new();
                match self {
                    $(Self::$variant $({ $($field),+ })? => {
                        $($(arguments.set(stringify!($field), FluentValue::from(*$field));)+)?
                    })+
                }
                arguments
            }
        }
    };
}

texts! {
    /// What was typed was taken for a name.
    SearchedAsName "searched-as-name";
    /// It was taken for a document number.
    SearchedAsNumber "searched-as-number";
    /// It was taken for a machine-readable zone.
    SearchedAsZone "searched-as-zone";
    /// Nobody was found.
    NoCandidate "no-candidate";
    /// A remark on a scanned zone, as a code.
    Remark "remark" { remark: &'a str };
    /// A score above the threshold.
    Compare "compare";
    /// A score below it.
    Weak "weak";
    /// The mark of exercise records.
    Exercise "exercise";
    /// What a candidate is, and its record.
    CandidateIs "candidate-is" { record: &'a str };
    /// The access, by which the search can be proved.
    Access "access" { access: &'a str };

    /// Two parts of a name that agree somehow.
    ReasonName "reason-name" { asked: &'a str, found: &'a str, relation: &'a str, likeness: &'a str };
    /// The parts are the same.
    RelationSame "relation-same";
    /// They are the same in two scripts.
    RelationRomanisation "relation-romanisation";
    /// They differ by a slip.
    RelationSlip "relation-slip";
    /// One is the initial of the other.
    RelationInitial "relation-initial";
    /// Another word of the same meaning.
    RelationTranslated "relation-translated";
    /// The same script with other letters, in the name of a group.
    RelationSpelling "relation-spelling";
    /// Two parts here are one there.
    RelationJoined "relation-joined";
    /// One part here is two there.
    RelationSplit "relation-split";
    /// The part was asked for and is not recorded.
    RelationAskedOnly "relation-asked-only";
    /// The part is recorded and was not asked for.
    RelationRecordedOnly "relation-recorded-only";
    /// Born on the same day.
    BornSameDay "born-same-day" { weight: &'a str };
    /// Perhaps born on the same day.
    BornPossible "born-possible" { weight: &'a str };
    /// Day and month are swapped.
    BornSwapped "born-swapped" { weight: &'a str };
    /// The year alone agrees.
    BornYear "born-year" { weight: &'a str };
    /// A slip apart.
    BornNear "born-near" { weight: &'a str };
    /// Years apart.
    BornDiffers "born-differs" { years: u32, weight: &'a str };
    /// The same first day of a year on both sides.
    BornSameFirstOfYear "born-same-first-of-year" { weight: &'a str };
    /// The same once a date is taken for one of another calendar.
    BornOtherCalendar "born-other-calendar" { meant: &'a str, taken: &'a str, weight: &'a str };
    /// Another day of the same year.
    BornSameYear "born-same-year" { weight: &'a str };
    /// How a typed date of birth was read.
    BirthRead "birth-read" { date: &'a str, calendar: &'a str };
    /// A namesake whom the date of birth clears.
    ClearedByBirth "cleared-by-birth";
    /// The place of birth agrees.
    BirthPlaceAgrees "birth-place-agrees" { place: &'a str, weight: &'a str };
    /// The place of birth differs.
    BirthPlaceDiffers "birth-place-differs" { place: &'a str, weight: &'a str };
    /// The nationality agrees.
    NationalityAgrees "nationality-agrees" { weight: &'a str };
    /// The nationality differs.
    NationalityDiffers "nationality-differs" { weight: &'a str };
    /// The sex agrees.
    SexAgrees "sex-agrees" { weight: &'a str };
    /// The sex differs.
    SexDiffers "sex-differs" { weight: &'a str };

    /// A document of the person has the number.
    NumberSame "number-same" { kind: &'a str, number: &'a str, country: &'a str };
    /// It does, and another issuing country than was asked for.
    NumberOtherCountry "number-other-country" { kind: &'a str, number: &'a str, country: &'a str };
    /// It does, and no issuing country is recorded.
    NumberNoCountry "number-no-country" { kind: &'a str, number: &'a str };
    /// The source's reference is the one asked for.
    ReferenceSame "reference-same" { source: &'a str, number: &'a str };

    /// Nothing that one may see for this purpose.
    NothingForPurpose "nothing-for-purpose";
    /// Nothing that one may see.
    NothingThere "nothing-there";
    /// The record and its version.
    OpenedRecord "opened-record" { record: &'a str, version: u32 };
    /// Database, owner and custody.
    OpenedHolder "opened-holder" { database: &'a str, owner: &'a str, custody: &'a str };
    /// The terms.
    OpenedTerms "opened-terms" { terms: &'a str, grade: &'a str, review: &'a str };
    /// A field of an object.
    OpenedField "opened-field" { name: &'a str, value: &'a str };
    /// A link that leads from the record shown to another.
    OpenedLinkAway "opened-link-away" { kind: &'a str, other: &'a str, database: &'a str, grade: &'a str, owner: &'a str, record: &'a str };
    /// A link that leads from another record to the one shown.
    OpenedLinkHere "opened-link-here" { kind: &'a str, other: &'a str, database: &'a str, grade: &'a str, owner: &'a str, record: &'a str };
    /// A link itself: what it says, and of which records.
    OpenedLink "opened-link" { kind: &'a str, from: &'a str, to: &'a str };
    /// There are more links than are shown.
    OpenedMoreLinks "opened-more-links";
    /// Links are not known yet.
    OpenedLinksUnknown "opened-links-unknown";
    /// The far record of a link is not as it was.
    OpenedLinkChanged "opened-link-changed";
    /// A travel document.
    OpenedDocument "opened-document" { kind: &'a str, number: &'a str, country: &'a str, fraud: &'a str };
    /// A name.
    OpenedName "opened-name" { name: &'a str, kind: &'a str };
    /// A birth.
    OpenedBorn "opened-born" { date: &'a str };
    /// A nationality.
    OpenedCountry "opened-country" { country: &'a str };
    /// A document that a person holds.
    OpenedHolds "opened-holds" { kind: &'a str, number: &'a str };
    /// What is stated about a person.
    OpenedStatus "opened-status" { status: &'a str };
    /// A warning to whoever meets the person.
    OpenedWarning "opened-warning" { warning: &'a str };
    /// The person is a minor.
    OpenedMinor "opened-minor";
    /// The sex.
    OpenedSex "opened-sex" { sex: &'a str };
    /// A place of birth.
    OpenedBirthPlace "opened-birth-place" { place: &'a str };
    /// An offence.
    OpenedOffence "opened-offence" { offence: &'a str };
    /// Where the person lives, lived or was seen.
    OpenedAddress "opened-address" { place: &'a str };
    /// A title, function or occupation.
    OpenedFunction "opened-function" { function: &'a str };
    /// What the person looks like.
    OpenedDescription "opened-description" { description: &'a str };
    /// The person's number in another system.
    OpenedReference "opened-reference" { scheme: &'a str, number: &'a str };
    /// When the source listed the person.
    OpenedListed "opened-listed" { day: &'a str };
    /// When the source changed its statement.
    OpenedAmended "opened-amended" { day: &'a str };
    /// Where the owner has it from.
    OpenedProvenance "opened-provenance" { source: &'a str, reference: &'a str, edition: &'a str };
    /// A condition on what may be done with it.
    OpenedCondition "opened-condition" { condition: &'a str };
    /// Why its owner keeps it, decided on a day, and what was said of it.
    OpenedKept "opened-kept" { day: &'a str, reason: &'a str, said: &'a str };
    /// Why a document was invalidated or revoked.
    OpenedReason "opened-reason" { reason: &'a str };
    /// The day of the theft, loss or decision.
    OpenedReported "opened-reported" { day: &'a str };
    /// When the entry was signed.
    OpenedSigned "opened-signed" { at: &'a str };
    /// A remark in a record.
    OpenedRemark "opened-remark" { remark: &'a str };
    /// A picture of a record; it is opened by itself.
    OpenedImage "opened-image" { kind: &'a str, about: &'a str };
    /// A duty that a record is shown with.
    OpenedDuty "opened-duty" { duty: &'a str };
    /// What the commission says about a record.
    OpenedAnnotation "opened-annotation" { commission: &'a str, at: &'a str, text: &'a str };
    /// A record that is shown in part.
    OpenedPartial "opened-partial";
    /// A record of which no more may be told.
    HitNoHit "hit-no-hit" { database: &'a str, owner: &'a str };
    /// The title of an agreement.
    AgreementTitle "agreement-title" { title: &'a str, version: u32 };
    /// What names a text.
    AgreementNames "agreement-names" { text: &'a str, agreement: &'a str };
    /// The parties.
    AgreementParties "agreement-parties" { parties: &'a str };
    /// The period.
    AgreementPeriod "agreement-period" { from: &'a str, until: &'a str };
    /// A clause.
    AgreementClause "agreement-clause" { number: u32, text: &'a str };
    /// Whom a grant lets do what, for what.
    AgreementGrant "agreement-grant" { number: u32, recipients: &'a str, operations: &'a str, purposes: &'a str };
    /// Whose records a grant is about.
    AgreementGrantRecords "agreement-grant-records" { owners: &'a str, databases: &'a str, held: &'a str };
    /// Under which terms.
    AgreementGrantTerms "agreement-grant-terms" { handling: &'a str, classification: &'a str };
    /// What a grant shows.
    AgreementGrantFields "agreement-grant-fields" { fields: &'a str };
    /// A grant that shows the identity alone.
    AgreementGrantIdentity "agreement-grant-identity";
    /// How often.
    AgreementGrantCap "agreement-grant-cap" { cap: u32 };
    /// What has to be heeded.
    AgreementGrantDuties "agreement-grant-duties" { duties: &'a str };
    /// A party that signed.
    AgreementSigned "agreement-signed" { party: &'a str, at: &'a str };
    /// A party that has not signed.
    AgreementUnsigned "agreement-unsigned" { party: &'a str };
    /// A party that declined.
    AgreementDeclined "agreement-declined" { party: &'a str };
    /// A party that suspended its part.
    AgreementSuspended "agreement-suspended" { party: &'a str };
    /// A party that ended its part.
    AgreementPartEnded "agreement-part-ended" { party: &'a str };
    /// A party that opted out.
    AgreementOptedOut "agreement-opted-out" { party: &'a str, grants: &'a str };
    /// A text that waits for signatures.
    AgreementProposed "agreement-proposed";
    /// A text that is signed and has not begun.
    AgreementToBegin "agreement-to-begin";
    /// A text in force.
    AgreementInForce "agreement-in-force";
    /// A text that another one replaced.
    AgreementSuperseded "agreement-superseded";
    /// A text whose period is over.
    AgreementOver "agreement-over";
    /// A text that has ended.
    AgreementEnded "agreement-ended";
    /// Why a party did something.
    AgreementReason "agreement-reason" { party: &'a str, step: &'a str, at: &'a str, reason: &'a str };
    /// A grant whose daily cap is reached.
    CapReached "cap-reached" { agreement: &'a str, grant: u32 };
    /// No agreements.
    NoAgreements "no-agreements";
    /// What was written about an agreement.
    AgreementWritten "agreement-written" { entry: &'a str };
    /// A draft that was written to a file.
    AgreementDrafted "agreement-drafted" { place: &'a str };
    /// A part that two texts say differently.
    AgreementChanged "agreement-changed" { part: &'a str, fields: &'a str };
    /// A part that is new.
    AgreementAdded "agreement-added" { part: &'a str };
    /// A part that is gone.
    AgreementRemoved "agreement-removed" { part: &'a str };
    /// Two texts that say the same.
    AgreementSame "agreement-same";
    /// The title, as a part.
    PartTitles "part-titles";
    /// The parties, as a part.
    PartParties "part-parties";
    /// The period, as a part.
    PartPeriod "part-period";
    /// A clause, as a part.
    PartClause "part-clause" { number: u32 };
    /// A grant, as a part.
    PartGrant "part-grant" { number: u32 };
    /// A picture that was handed in, and how long it waits.
    ImageHandedIn "image-handed-in" { hash: &'a str, size: &'a str, bytes: u32, until: &'a str };
    /// Where a picture was written.
    ImageWritten "image-written" { place: &'a str };
    /// The entry.
    OpenedEntry "opened-entry" { entry: &'a str };
    /// The stream where the entry stands, for others than its owner.
    OpenedStream "opened-stream" { stream: &'a str };
    /// Where the entry stands.
    OpenedStands "opened-stands" { stream: &'a str, number: u64 };
    /// The access of an opening.
    OpenedAccess "opened-access" { access: &'a str };
    /// No order to act.
    InformationNoAction "information-no-action";

    /// A proof holds.
    Holds "holds";
    /// It doesn't.
    DoesNotHold "does-not-hold" { why: &'a str };
    /// The association is the one that is pinned.
    AsPinned "as-pinned";
    /// None is pinned.
    NotPinned "not-pinned";
    /// The association of a proof.
    ProvenAssociation "proven-association" { association: &'a str, pinned: &'a str };
    /// The stream and the place in it.
    ProvenStream "proven-stream" { stream: &'a str, number: u64 };
    /// The key that signed a receipt.
    ReceiptKey "receipt-key" { key: &'a str };
    /// The ledger's size and root.
    ProvenLedger "proven-ledger" { count: u64, root: &'a str };
    /// How long the registry of a proof is.
    ProvenRegistry "proven-registry" { count: u64, newest: &'a str };
    /// Its head was attested for the proof.
    HeadAttested "head-attested" { at: &'a str };
    /// It wasn't.
    HeadNotAttested "head-not-attested";
    /// A bare entry that holds.
    ProvenEntry "proven-entry" { entry: &'a str };

    /// A backup was made.
    BackupMade "backup-made" { place: &'a str, files: u64, bytes: u64 };
    /// Its keys.
    BackupKeys "backup-keys" { place: &'a str };
    /// A restore is done.
    Restored "restored" { place: &'a str, incarnation: u32 };
    /// What became of the tokens in a restore.
    RestoredTokens "restored-tokens";
    /// How many rows of a table are copied by a move of the database.
    StoreCopied "store-copied" { rows: u64, table: &'a str };
    /// How many rows of a table were read back.
    StoreCompared "store-compared" { rows: u64, table: &'a str };
    /// Everything is copied and being verified.
    StoreVerifying "store-verifying";
    /// The database was moved.
    StoreMoved "store-moved" { rows: u64, tables: u64, entries: u64 };
    /// An earlier move was interrupted at its end, and is finished.
    StoreMoveFinished "store-move-finished";
    /// What became of the file that was left.
    StoreLeftFile "store-left-file" { place: &'a str };
    /// What became of the database on a server that was left.
    StoreLeftServer "store-left-server";
    /// How many of something the doctor examined.
    Examined "examined" { count: &'a str, what: &'a str };
    /// What the doctor notes.
    DoctorNote "doctor-note" { place: &'a str, what: &'a str };
    /// A fault that the doctor found.
    DoctorFault "doctor-fault" { place: &'a str, code: &'a str, what: &'a str };
    /// What to do about faults.
    DoctorToDo "doctor-to-do" { what: &'a str };
    /// A directory is sound.
    Sound "sound";
    /// It isn't.
    NotSound "not-sound";

    /// An import that was only tried.
    ImportDryRun "import-dry-run";
    /// What an import did.
    ImportCounts "import-counts" {
        added: u64, revised: u64, renewed: u64, unchanged: u64, withdrawn: u64, refused: u64, beyond: u64
    };
    /// It broke off.
    ImportBrokenOff "import-broken-off" { why: &'a str };
    /// It withdrew nothing.
    ImportHeldBack "import-held-back" { why: &'a str };
    /// It holds withdrawals back until somebody confirms them.
    ImportWithdrawalsHeld "import-withdrawals-held" { held: u64 };
    /// How many rows the report has.
    ImportRows "import-rows" { count: u64 };
    /// How far it is.
    ImportProgress "import-progress" { rows: u64, kib: u64 };
    /// How far an export is.
    ExportProgress "export-progress" { rows: u64 };
    /// What an export of own records came to.
    ExportCounts "export-counts" { records: u64, count: u64, without_schema: u64, not_visible: u64 };

    /// A screening goes on with what an earlier run left.
    ScreenGoesOn "screen-goes-on" { rows: u64 };
    /// How far a screening has come.
    ScreenProgress "screen-progress" { rows: u64, of: u64, rate: &'a str, left: &'a str };
    /// What a screening did.
    ScreenCounts "screen-counts" { rows: u64, found: u64, unreadable: u64, rate: &'a str };
    /// A screening broke off.
    ScreenBrokenOff "screen-broken-off" { rows: u64 };
    /// Nothing that one may see was found in a text.
    TextHasNothing "text-has-nothing";
    /// More was found in a text than an answer holds.
    TextIsCut "text-is-cut";

    /// The list of the demo.
    DemoList "demo-list";
    /// The searches of the demo.
    DemoSamples "demo-samples";
    /// The address of the demo's server.
    DemoAddress "demo-address" { url: &'a str };
    /// Tokens were shown before.
    DemoTokensEarlier "demo-tokens-earlier";
    /// Tokens of the exercise bureaus.
    DemoTokens "demo-tokens";
    /// How to ask over HTTP.
    DemoTry "demo-try";
    /// How to stop it.
    DemoStop "demo-stop";
    /// A sample in Latin letters.
    ScriptLatin "script-latin";
    /// In Cyrillic ones.
    ScriptCyrillic "script-cyrillic";
    /// In Arabic.
    ScriptArabic "script-arabic";
    /// In Persian.
    ScriptPersian "script-persian";
    /// In Hindi.
    ScriptHindi "script-hindi";
    /// In Bengali.
    ScriptBengali "script-bengali";
    /// In Chinese.
    ScriptChinese "script-chinese";
    /// A name that nobody on the list has.
    ScriptNobody "script-nobody";
    /// A round of the demo's check begins.
    CheckRound "check-round" { round: u64, seconds: &'a str };
    /// A question that was answered wrongly.
    CheckMiss "check-miss" { round: u64, typed: &'a str, wanted: &'a str, got: &'a str };
    /// What the check came to.
    CheckCounts "check-counts" { passed: u64, failed: u64 };

    /// The fingerprint of an association.
    Genesis "genesis" { fingerprint: &'a str };
    /// A token, shown once.
    TokenIssued "token-issued" { officer: &'a str, organisation: &'a str, until: &'a str };
    /// A code to enrol with, shown once.
    PersonInvited "person-invited" { officer: &'a str, organisation: &'a str, until: &'a str };
    /// An account was changed.
    PersonChanged "person-changed" { officer: &'a str, organisation: &'a str };
    /// There is no such account.
    PersonUnknown "person-unknown";
    /// A token that is good.
    TokenUntil "token-until" { day: &'a str };
    /// A token that has ended.
    TokenEnded "token-ended" { day: &'a str };
    /// When a token was last used.
    TokenUsed "token-used" { day: &'a str };
    /// A token that nobody has used.
    TokenNeverUsed "token-never-used";
    /// A token was taken back.
    TokenRevoked "token-revoked" { officer: &'a str, organisation: &'a str };
    /// There is no such token.
    TokenUnknown "token-unknown";
    /// An invitation for another replica was written; its code follows.
    ReplicaInvited "replica-invited" { file: &'a str, until: &'a str };
    /// The code of an invitation is asked for.
    ReplicaCode "replica-code";
    /// A directory joined.
    ReplicaJoined "replica-joined" { replica: &'a str };
    /// A replica took the keys of a newer invitation.
    ReplicaRenewed "replica-renewed";
    /// A replica was ended.
    ReplicaRemoved "replica-removed" { replica: &'a str };
    /// There is no replica of that id.
    ReplicaUnknown "replica-unknown";
    /// The day on which a replica joined.
    ReplicaSince "replica-since" { day: &'a str };
    /// When a replica was last seen.
    ReplicaSeen "replica-seen" { at: &'a str };
    /// When a replica left.
    ReplicaLeft "replica-left" { at: &'a str };
    /// An association is founded.
    Founded "founded" { genesis: &'a str };
    /// A directory that holds a draft at most.
    NothingFounded "nothing-founded";
    /// The tokens of the first officers.
    FirstTokens "first-tokens";
    /// An organisation was added.
    OrganisationAdded "organisation-added" { organisation: &'a str };
    /// An organisation was suspended.
    OrganisationSuspended "organisation-suspended" { organisation: &'a str };
    /// An organisation has left.
    OrganisationLeft "organisation-left" { organisation: &'a str };
    /// What an organisation does not for now was stated.
    OrganisationLimited "organisation-limited" { organisation: &'a str };
    /// It was readmitted.
    OrganisationReadmitted "organisation-readmitted" { organisation: &'a str };
    /// A draft, by its hash.
    DraftHash "draft-hash" { hash: &'a str };
    /// What to do with a draft.
    DraftNext "draft-next";
    /// What a draft founds.
    DraftFounds "draft-founds" { names: &'a str };
    /// How many founders must sign.
    DraftThreshold "draft-threshold" { threshold: u32, founders: u64 };
    /// A founder in a draft.
    DraftFounder "draft-founder" { organisation: &'a str, custody: &'a str };
    /// An organisation in a draft.
    DraftOrganisation "draft-organisation" { organisation: &'a str, custody: &'a str };
    /// A key in a draft.
    DraftKey "draft-key" { organisation: &'a str, usage: &'a str, key: &'a str };
    /// From when a key in a draft counts.
    DraftKeyFrom "draft-key-from" { at: &'a str };
    /// From when a key in a draft signs no more.
    DraftKeyEnds "draft-key-ends" { at: &'a str };
    /// Up to where what a compromised key signed counts.
    DraftKeyUpTo "draft-key-up-to" { place: &'a str };
    /// A compromised key of which nothing counts.
    DraftKeyCountsNowhere "draft-key-counts-nowhere";
    /// The algorithms with each of which an organisation in a draft signs.
    DraftSignsWith "draft-signs-with" { algorithms: &'a str };
    /// What an organisation in a draft does not for now.
    DraftLimit "draft-limit" { what: &'a str };
    /// What an order in a draft is about.
    DraftOrder "draft-order" { act: &'a str, record: &'a str, database: &'a str };
    /// An order was stored and is obeyed.
    OrderStated "order-stated" { act: &'a str, record: &'a str, order: &'a str };
    /// An order that stands.
    OrderLine "order-line" { act: &'a str, record: &'a str, database: &'a str, owner: &'a str, commission: &'a str, at: &'a str };
    /// By which name an order goes.
    OrderNamed "order-named" { order: &'a str };
    /// The version that an order is about.
    OrderVersion "order-version" { version: &'a str };
    /// The order that another one answers.
    OrderAnswers "order-answers" { order: &'a str };
    /// What an order says in words.
    OrderSays "order-says" { texts: &'a str };
    /// A node obeyed an order.
    OrderAttested "order-attested" { node: &'a str, organisation: &'a str, at: &'a str };
    /// No node attested an order yet.
    OrderUnattested "order-unattested";
    /// Whom an order says not to enter again.
    OrderDescribes "order-describes" { person: &'a str };
    /// Which mark an order sets.
    OrderMarks "order-marks" { mark: &'a str, consent: &'a str };
    /// An organisation tried to enter somebody again.
    ReEntryLine "re-entry-line" { day: &'a str, organisation: &'a str, attempts: u32, at: &'a str, order: &'a str };
    /// Nobody tried.
    ReEntriesNone "re-entries-none";
    /// A record was marked.
    MarkStated "mark-stated" { record: &'a str, mark: &'a str };
    /// A mark was lifted.
    MarkLifted "mark-lifted" { mark: &'a str };
    /// The person at the desk may be a victim.
    MarkMisusedIdentity "mark-misused-identity" { by: &'a str, at: &'a str, text: &'a str };
    /// A person of these names was compared before.
    MarkSimilarPerson "mark-similar-person" { by: &'a str, at: &'a str, text: &'a str };
    /// Whose every record of a database it is said of, whom it is shown to.
    RestrictedDatabase "restricted-database" { database: &'a str, audience: &'a str };
    /// Of which record it is said whom it is shown to.
    RestrictedRecord "restricted-record" { record: &'a str, database: &'a str, audience: &'a str };
    /// It is shown to everybody.
    AudienceEverybody "audience-everybody";
    /// It is shown to nobody but its owner.
    AudienceNobody "audience-nobody";
    /// It is kept from these organisations.
    AudienceAllBut "audience-all-but" { organisations: &'a str };
    /// It is shown to these organisations and no other.
    AudienceOnly "audience-only" { organisations: &'a str };
    /// Every record is shown to everybody, as far as their owner goes.
    RestrictedNothing "restricted-nothing";
    /// An owner was asked for its consent.
    ConsentAsked "consent-asked" { request: &'a str };
    /// A request was consented to.
    ConsentGiven "consent-given" { request: &'a str };
    /// A request was refused.
    ConsentRefused "consent-refused" { request: &'a str };
    /// A consent or a request was taken back.
    ConsentEnded "consent-ended" { request: &'a str };
    /// How a request for consent stands.
    ConsentLine "consent-line" { state: &'a str, asker: &'a str, owner: &'a str, database: &'a str, purpose: &'a str, until: &'a str };
    /// By which name a request goes.
    ConsentNamed "consent-named" { request: &'a str };
    /// For which case it is, and why.
    ConsentCase "consent-case" { reference: &'a str, reason: &'a str };
    /// A record that is asked about.
    ConsentRecord "consent-record" { record: &'a str };
    /// A record that may be opened.
    ConsentOpens "consent-opens" { record: &'a str, until: &'a str };
    /// Which groups of fields are shown besides.
    ConsentFields "consent-fields" { fields: &'a str };
    /// What has to be heeded.
    ConsentDuties "consent-duties" { duties: &'a str };
    /// Conditions in words.
    ConsentConditions "consent-conditions" { texts: &'a str };
    /// Why the owner refused or took back.
    ConsentReason "consent-reason" { reason: &'a str };
    /// There is no request.
    ConsentsNone "consents-none";
    /// A request of a person was taken in.
    RequestTaken "request-taken" { request: &'a str };
    /// A request of a person.
    RequestLine "request-line" { request: &'a str, kind: &'a str, name: &'a str, file: &'a str, received: &'a str };
    /// No request stands.
    RequestNone "request-none";
    /// How a request ended.
    RequestEnded "request-ended" { how: &'a str };
    /// A request ended because it is not made any more.
    RequestWithdrawn "request-withdrawn";
    /// Until when a closed request is kept.
    RequestKept "request-kept" { until: &'a str };
    /// What has to be done, where no rule says until when.
    RequestDue "request-due" { what: &'a str };
    /// What has to be done until a day.
    RequestDueBy "request-due-by" { what: &'a str, by: &'a str };
    /// What should have been done by a day.
    RequestOverdue "request-overdue" { what: &'a str, by: &'a str };
    /// To be done: check who asks.
    NextConfirmIdentity "next-confirm-identity";
    /// To be done: find a request admissible, or not.
    NextDecideAdmissibility "next-decide-admissibility";
    /// To be done: search everything.
    NextSearch "next-search";
    /// To be done: ask the owner of a record.
    NextConsult "next-consult" { record: &'a str };
    /// To be done: wait for the owner of a record.
    NextAwaitOwner "next-await-owner" { record: &'a str };
    /// To be done: decide.
    NextDecide "next-decide";
    /// To be done: tell the applicant.
    NextAnswer "next-answer";
    /// To be done: close.
    NextClose "next-close";
    /// A record that a request is about, and what its owner answered.
    RequestRecord "request-record" { record: &'a str, database: &'a str, owner: &'a str, reply: &'a str };
    /// An owner has not answered.
    ReplyNone "reply-none";
    /// A step that was taken about a request.
    RequestStep "request-step" { step: &'a str, at: &'a str, entry: &'a str };
    /// A step was taken about a request.
    RequestStepTaken "request-step-taken" { entry: &'a str };
    /// A record that may be about an applicant.
    RequestCandidate "request-candidate" { record: &'a str, database: &'a str, owner: &'a str, name: &'a str, score: &'a str };
    /// What to do with candidates of an applicant.
    RequestCompare "request-compare";
    /// A search for an applicant found as many as it gives.
    RequestMayBeMore "request-may-be-more";
    /// A name or a number that nothing can be searched by.
    RequestNotSearched "request-not-searched" { term: &'a str };
    /// A record that no search for an applicant compares.
    RequestKeptBack "request-kept-back" { record: &'a str };
    /// A request whose intake does not count.
    RequestLost "request-lost" { request: &'a str, until: &'a str };
    /// To an applicant: what may be told.
    DisclosureTold "disclosure-told";
    /// To an applicant: nothing is told, whether or not there is something.
    DisclosureNothing "disclosure-nothing";
    /// To an applicant: records were corrected or erased.
    DisclosureCorrected "disclosure-corrected";
    /// To an applicant: the request was not admissible.
    DisclosureInadmissible "disclosure-inadmissible" { reason: &'a str };
    /// To an applicant: the request was withdrawn.
    DisclosureWithdrawn "disclosure-withdrawn";
    /// What the commission asks an owner about.
    ConsultationLine "consultation-line" { record: &'a str, database: &'a str, commission: &'a str, due: &'a str };
    /// By which name a consultation goes.
    ConsultationNamed "consultation-named" { consultation: &'a str };
    /// Who asks, as the commission tells it.
    ConsultationApplicant "consultation-applicant" { names: &'a str };
    /// What an owner answered.
    ConsultationReply "consultation-reply" { reply: &'a str };
    /// An owner has not answered yet.
    ConsultationWaits "consultation-waits";
    /// An answer does not count any more.
    ConsultationOver "consultation-over";
    /// The commission asks nothing.
    ConsultationNone "consultation-none";
    /// An answer was stored.
    ConsultationAnswered "consultation-answered" { reply: &'a str };
    /// A record that has to be looked at again by a day.
    ReviewDue "review-due" { record: &'a str, database: &'a str, day: &'a str };
    /// A record whose day has passed, and until when it may be brought back.
    ReviewOverdue "review-overdue" { record: &'a str, database: &'a str, day: &'a str, until: &'a str };
    /// A record that should be erased by now.
    ReviewErasureDue "review-erasure-due" { record: &'a str, database: &'a str, day: &'a str };
    /// A record that is erased, and nobody attested it.
    ReviewUnattested "review-unattested" { record: &'a str, database: &'a str, day: &'a str };
    /// Nothing has to be looked at.
    ReviewsNone "reviews-none";
    /// There is more than is listed.
    ReviewsMore "reviews-more";
    /// A record is kept.
    ReviewKept "review-kept" { record: &'a str };
    /// An item of a batch is kept as another record.
    ReviewRestated "review-restated" { record: &'a str, other: &'a str };
    /// A record is withdrawn.
    ReviewWithdrawn "review-withdrawn" { record: &'a str };
    /// A decision was not carried out, with its code.
    ReviewNotDone "review-not-done" { record: &'a str, why: &'a str };

    /// An access: who did what, when, why.
    AccessLine "access-line" {
        at: &'a str, officer: &'a str, operation: &'a str, phase: &'a str, purpose: &'a str, reference: &'a str
    };
    /// Why it was refused, as a code.
    AccessRefused "access-refused" { why: &'a str };
    /// A record that it was about, or that it showed or wrote; also one that an alarm is about.
    AccessRecord "access-record" { record: &'a str };
    /// Its line in the ledger.
    AccessEntry "access-entry" { entry: &'a str };
    /// Nobody did what was asked for.
    AccessesNone "accesses-none";
    /// How many proofs were written, and where.
    AccessesProved "accesses-proved" { count: u64, directory: &'a str };
    /// An alarm: what was out of the ordinary, how much of it, and how it stands.
    AlarmLine "alarm-line" {
        at: &'a str, organisation: &'a str, kind: &'a str, counted: u64, threshold: u64, state: &'a str
    };
    /// Its name.
    AlarmNamed "alarm-named" { alarm: &'a str };
    /// The officer or service that it is about.
    AlarmOfficer "alarm-officer" { officer: &'a str };
    /// What somebody said about it.
    AlarmSaid "alarm-said" { at: &'a str, officer: &'a str, state: &'a str, reason: &'a str };
    /// Nothing was out of the ordinary.
    AlarmsNone "alarms-none";
    /// A decision about an alarm was not taken in.
    AlarmNotDecided "alarm-not-decided" { why: &'a str };

    /// A record is marked as one that no honest work would open.
    CanaryMarked "canary-marked" { record: &'a str };
    /// It is marked so no more.
    CanaryUnmarked "canary-unmarked" { record: &'a str };
    /// It is not marked, with the reason as a code.
    CanaryNotMarked "canary-not-marked" { record: &'a str, why: &'a str };
    /// A record that is marked so, and since when.
    CanaryLine "canary-line" { record: &'a str, since: &'a str };
    /// None is.
    CanariesNone "canaries-none";

    /// This node's ledger of epochs, and how many there are.
    OwnEpochs "own-epochs" { ledger: &'a str, count: u64 };
    /// The key that signs it.
    OwnLedgerKey "own-ledger-key" { key: &'a str };
    /// The key with which this node countersigns.
    OwnCountersignerKey "own-countersigner-key" { key: &'a str };
    /// A countersigner that is asked, and how many epochs it has countersigned.
    CountersignerLine "countersigner-line" { url: &'a str, key: &'a str, count: u64 };
    /// A ledger that is countersigned here, and up to where.
    CountersignedLedger "countersigned-ledger" { ledger: &'a str, count: u64 };
    /// It waits since this node was restored.
    LedgerWaits "ledger-waits";
    /// A ledger showed two histories.
    LedgerForked "ledger-forked" { ledger: &'a str, at: &'a str };
    /// What was to be changed about countersigning was.
    CountersigningChanged "countersigning-changed";
    /// The epoch that a proof shows.
    ProvenEpoch "proven-epoch" { ledger: &'a str, number: u64, at: &'a str, count: u64 };
    /// What is proved is newer than that epoch.
    EpochIsOlder "epoch-is-older";
    /// Who countersigned it, and when.
    CountersignedBy "countersigned-by" { name: &'a str, at: &'a str };
    /// Nobody did whose key is known.
    CountersignedByNobody "countersigned-by-nobody";
    /// What was stated about keys is stored.
    KeysChanged "keys-changed" { organisation: &'a str };
    /// What else is signed of a statement in a draft.
    DraftStated "draft-stated" { issuer: &'a str, at: &'a str, subject: &'a str, salt: &'a str };
    /// A key that is to sign a statement in a draft.
    DraftSigner "draft-signer" { key: &'a str };
    /// Nothing was signed.
    SignNothing "sign-nothing";
    /// A draft was signed.
    SignedInto "signed-into" { place: &'a str };
    /// The public half of a key.
    PublicKey "public-key" { key: &'a str };

    /// Rows of a gallery that could not be read.
    EvalRefused "eval-refused" { count: u64 };
    /// What a measurement came to.
    EvalDone "eval-done" { names: u64, build: &'a str, queries: u64, seconds: &'a str, rate: &'a str, size: &'a str };
    /// What a passage over a text came to.
    EvalTextDone "eval-text-done" { names: u64, build: &'a str, finds: u64, size: &'a str, seconds: &'a str };
    /// The cause of an error.
    Because "because" { why: &'a str };
}

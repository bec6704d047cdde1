//! Runs every fuzz target of the workspace for longer than `cargo test` does.
//!
//! A fuzz target is a test whose name begins with `fuzz_` and which calls the harness in
//! `crates/testkit/src/fuzz.rs`. No nightly compiler and nothing to install.

use crate::commands::{at_root, cargo, output_of, run as run_command};

/// Mutated inputs per target within `cargo xtask test`.
const ITERATIONS_IN_TEST_COMMAND: &str = "5000";
/// Mutated inputs per target when a contributor asks for a run.
const ITERATIONS_BY_HAND: &str = "200000";
/// What the name of every fuzz target begins with.
const PREFIX: &str = "fuzz_";

/// Every parser of bytes that come from outside or from a disk, as its target calls it, with the target that it
/// meets mutated bytes in. A new parser gets a line here and a target.
pub(crate) const PARSERS: &[(&str, &str, &str)] = &[
    ("SignedNote::parse", "crates/ledger/tests/fuzz.rs", "fuzz_signed_note"),
    ("SignedCheckpoint::parse", "crates/ledger/tests/fuzz.rs", "fuzz_signed_checkpoint"),
    ("Frontier::decode", "crates/ledger/tests/fuzz.rs", "fuzz_frontier"),
    ("InclusionBundle::parse", "crates/ledger/tests/fuzz.rs", "fuzz_bundles_and_requests"),
    ("AddCheckpointRequest::parse", "crates/ledger/tests/fuzz.rs", "fuzz_bundles_and_requests"),
    ("ForkEvidence::parse", "crates/ledger/tests/fuzz.rs", "fuzz_bundles_and_requests"),
    ("VerifierKey", "crates/ledger/tests/fuzz.rs", "fuzz_bundles_and_requests"),
    ("Tile::decode", "crates/ledger/tests/fuzz.rs", "fuzz_tiles"),
    ("decode_entry_bundle", "crates/ledger/tests/fuzz.rs", "fuzz_tiles"),
    ("Unverified::parse", "crates/domain/tests/fuzz.rs", "fuzz_entry"),
    ("Receipt::parse", "crates/domain/tests/fuzz.rs", "fuzz_receipt"),
    ("Content::of_stored", "crates/domain/tests/fuzz.rs", "fuzz_entry"),
    ("Registry::found", "crates/domain/tests/fuzz.rs", "fuzz_genesis"),
    ("canonical::check", "crates/domain/tests/fuzz.rs", "fuzz_canonical_and_payloads"),
    ("read_item", "crates/domain/tests/fuzz.rs", "fuzz_canonical_and_payloads"),
    ("JournalLine::from_bytes", "crates/domain/tests/fuzz.rs", "fuzz_canonical_and_payloads"),
    ("DateInterval", "crates/domain/tests/fuzz.rs", "fuzz_texts"),
    ("AskedBirth::read", "crates/domain/tests/fuzz.rs", "fuzz_texts"),
    ("DocumentNumber::new", "crates/domain/tests/fuzz.rs", "fuzz_texts"),
    ("StreamId", "crates/domain/tests/fuzz.rs", "fuzz_texts"),
    ("EpochLog", "crates/domain/tests/fuzz.rs", "fuzz_texts"),
    ("EpochLeaf::parse", "crates/domain/tests/fuzz.rs", "fuzz_canonical_and_payloads"),
    ("EpochItem::parse", "crates/domain/tests/fuzz.rs", "fuzz_canonical_and_payloads"),
    ("read_countersignatures", "crates/ledger/tests/fuzz.rs", "fuzz_bundles_and_requests"),
    ("read_size", "crates/ledger/tests/fuzz.rs", "fuzz_bundles_and_requests"),
    ("Name::parse", "crates/names/tests/fuzz.rs", "fuzz_names"),
    ("TableContents::parse", "crates/names/tests/fuzz.rs", "fuzz_tables"),
    ("take_in(", "crates/images/tests/all/fuzz.rs", "fuzz_pictures"),
    ("mrz::parse", "crates/formats/tests/fuzz.rs", "fuzz_machine_readable_zone"),
    ("UnReader::new", "crates/formats/tests/fuzz.rs", "fuzz_un_list"),
    ("TravelDocumentsReader::new", "crates/formats/tests/fuzz.rs", "fuzz_documents_table"),
    ("ObjectsReader::new", "crates/formats/tests/fuzz.rs", "fuzz_objects_table"),
    ("OfacReader::new", "crates/formats/tests/fuzz.rs", "fuzz_ofac_tables"),
    ("FtmReader::new", "crates/formats/tests/fuzz.rs", "fuzz_ftm_entities"),
    ("NoticesReader::new", "crates/formats/tests/fuzz.rs", "fuzz_notices"),
    ("PersonsReader::new", "crates/formats/tests/fuzz.rs", "fuzz_persons_table"),
    ("open_sheet", "crates/formats/tests/fuzz.rs", "fuzz_workbook"),
    ("TableSource::Sheet", "crates/formats/tests/fuzz.rs", "fuzz_sheet"),
    ("ScreeningListReader::new", "crates/formats/tests/fuzz.rs", "fuzz_screening_list"),
    ("snapshot::read", "crates/search/tests/fuzz.rs", "fuzz_persons_snapshot"),
    ("document_snapshot::read", "crates/search/tests/fuzz.rs", "fuzz_documents_snapshot"),
    ("identifiers(", "crates/search/tests/fuzz.rs", "fuzz_identifiers"),
    (".screen(", "crates/search/tests/fuzz.rs", "fuzz_screened_text"),
    ("GroupIndex::new", "crates/search/tests/fuzz.rs", "fuzz_group_names"),
    ("SegmentHeader::decode", "crates/store/src/fuzz_targets.rs", "fuzz_journal_segment"),
    ("read_frame", "crates/store/src/fuzz_targets.rs", "fuzz_journal_segment"),
    ("walk", "crates/store/src/fuzz_targets.rs", "fuzz_journal_segment"),
    ("parse_manifest", "crates/store/src/fuzz_targets.rs", "fuzz_backup_manifest"),
    ("decode_outcome", "crates/store/src/fuzz_targets.rs", "fuzz_outcome"),
    ("parse_master_key", "crates/store/src/fuzz_targets.rs", "fuzz_master_key"),
    ("read_to_end", "crates/store/src/fuzz_targets.rs", "fuzz_sealed_snapshot"),
    ("verify_bundle", "crates/app/tests/fuzz.rs", "fuzz_proof_bundle"),
    ("verify_consistency_bundle", "crates/app/tests/fuzz.rs", "fuzz_consistency_bundle"),
    ("from_slice::<Draft>", "crates/app/tests/fuzz.rs", "fuzz_draft"),
    ("from_slice::<DraftSignatures>", "crates/app/tests/fuzz.rs", "fuzz_draft_signatures"),
    ("read_public_key", "crates/app/tests/fuzz.rs", "fuzz_draft_signatures"),
    ("meet::<SearchRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_acts"),
    ("meet::<ScreeningRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_acts"),
    ("read_row", "crates/api/tests/fuzz.rs", "fuzz_lines_of_streams"),
    ("from_slice::<ScreeningTableForm>", "crates/api/tests/fuzz.rs", "fuzz_lines_of_streams"),
    ("from_slice::<ScreeningStreamBegin>", "crates/api/tests/fuzz.rs", "fuzz_lines_of_streams"),
    ("meet::<TextScreeningRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_acts"),
    ("meet::<OpenImageRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_acts"),
    ("meet::<ActRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_acts"),
    ("meet::<ListRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_acts"),
    ("meet::<WithdrawalRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_acts"),
    ("meet::<CheckpointRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_acts"),
    ("meet::<EntryProofRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_acts"),
    ("meet::<AccessProofRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_acts"),
    ("meet::<CoseReceiptRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_acts"),
    ("meet::<ConsistencyProofRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_acts"),
    ("meet::<PersonSubmission>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_persons"),
    ("meet::<PersonRevision>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_persons"),
    ("meet::<DocumentSubmission>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_travel_documents"),
    ("meet::<DocumentRevision>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_travel_documents"),
    ("meet::<DocumentBatch>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_travel_documents"),
    ("meet::<OfficerSubmission>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_officers"),
    ("meet::<OfficersRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_officers"),
    ("meet::<OfficerRevocation>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_officers"),
    ("meet::<AccountSubmission>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_people"),
    ("meet::<PeopleRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_people"),
    ("meet::<AccountChangeRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_people"),
    ("meet::<AccountRightsRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_people"),
    ("meet::<EntitySubmission>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_people"),
    ("meet::<EnrolmentRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_sessions"),
    ("meet::<EnrolmentCompletion>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_sessions"),
    ("meet::<SignInRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_sessions"),
    ("meet::<SignOutRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_sessions"),
    ("meet::<AgreementSubmission>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_agreements"),
    ("meet::<AgreementActRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_agreements"),
    ("meet::<AgreementsRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_agreements"),
    ("meet::<AgreementRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_agreements"),
    ("meet::<OrdersRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_agreements"),
    ("meet::<MarkSubmission>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_agreements"),
    ("meet::<MarkLifting>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_agreements"),
    ("meet::<RestrictionsRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_agreements"),
    ("meet::<RestrictionSubmission>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_agreements"),
    ("meet::<MarkCanaryRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_oversight"),
    ("meet::<CanariesRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_oversight"),
    ("meet::<AccessesRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_oversight"),
    ("meet::<AlarmsRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_oversight"),
    ("meet::<AlarmDecisionRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_oversight"),
    ("meet::<ConsentAskingRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_consents"),
    ("meet::<ConsentsRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_consents"),
    ("meet::<ConsentAnswerRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_consents"),
    ("meet::<ConsentEndRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_consents"),
    ("meet::<SubjectRequestSubmission>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_requests"),
    ("meet::<SubjectRequestsRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_requests"),
    ("meet::<SubjectRequestRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_requests"),
    ("meet::<StepSubmission>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_requests"),
    ("meet::<ApplicantSearchRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_requests"),
    ("meet::<ConsultationsRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_requests"),
    ("meet::<ConsultationAnswer>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_requests"),
    ("meet::<ReviewsRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_reviews"),
    ("meet::<DecisionsRequest>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_reviews"),
    ("meet::<LinkSubmission>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_links"),
    ("meet::<LinkRevision>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_links"),
    ("meet::<ObjectSubmission>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_objects"),
    ("meet::<ObjectRevision>", "crates/api/tests/fuzz.rs", "fuzz_bodies_of_objects"),
    ("from_slice::<Problem>", "crates/api/tests/fuzz.rs", "fuzz_answers"),
    ("from_slice::<SearchResponse>", "crates/api/tests/fuzz.rs", "fuzz_answers"),
    ("from_slice::<ScreeningResponse>", "crates/api/tests/fuzz.rs", "fuzz_answers"),
    ("from_slice::<TextScreeningResponse>", "crates/api/tests/fuzz.rs", "fuzz_answers"),
    ("from_slice::<OpenResponse>", "crates/api/tests/fuzz.rs", "fuzz_answers"),
    ("read_association", "crates/barid/src/fuzz_targets.rs", "fuzz_association_file"),
    ("read_joining", "crates/barid/src/fuzz_targets.rs", "fuzz_association_file"),
    ("read_token_file", "crates/barid/src/fuzz_targets.rs", "fuzz_token_file"),
    ("read_mapping", "crates/barid/src/fuzz_targets.rs", "fuzz_object_mapping"),
];

/// Reads `[--iterations N] [--seed N]` and runs the targets.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut iterations = ITERATIONS_BY_HAND;
    let mut seed = None;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let number = words.next().ok_or_else(|| format!("{word} needs a number"))?;
        number.parse::<u64>().map_err(|_| format!("'{number}' is no number"))?;
        match word.as_str() {
            "--iterations" => iterations = number,
            "--seed" => seed = Some(number.as_str()),
            unknown => return Err(format!("fuzz does not know '{unknown}'")),
        }
    }
    run_targets(iterations, seed)
}

/// The short run within `cargo xtask test`.
pub fn run_in_test_command() -> Result<(), String> {
    run_targets(ITERATIONS_IN_TEST_COMMAND, None)
}

fn run_targets(iterations: &str, seed: Option<&str>) -> Result<(), String> {
    let base = ["test", "--locked", "--workspace", "--quiet", "--no-fail-fast", PREFIX];
    let listing = [&base[..], &["--", "--list"]].concat();
    let found = targets_in(&output_of(&mut at_root(&cargo(), &listing))?);
    if found == 0 {
        return Err(format!("no test's name begins with {PREFIX}"));
    }
    println!("fuzz: {found} targets for {} parsers, {iterations} inputs each", PARSERS.len());
    let mut command = at_root(&cargo(), &base);
    command.env("BARID_FUZZ_ITERATIONS", iterations);
    if let Some(seed) = seed {
        command.env("BARID_FUZZ_SEED", seed);
    }
    run_command(&mut command)
}

/// Counts the fuzz targets in the output of `cargo test -- --list`.
fn targets_in(listing: &str) -> usize {
    let is_target = |name: &str| name.rsplit("::").next().is_some_and(|last| last.starts_with(PREFIX));
    listing.lines().filter_map(|line| line.strip_suffix(": test")).filter(|name| is_target(name)).count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The files that hold targets, by their paths from the root.
    fn files_of_targets() -> BTreeSet<String> {
        let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let names = std::fs::read_dir(crates).unwrap().map(|entry| entry.unwrap().file_name());
        let files = names.flat_map(|name| {
            let name = name.into_string().unwrap();
            ["tests/fuzz.rs", "src/fuzz_targets.rs"].map(|file| format!("crates/{name}/{file}"))
        });
        files.filter(|file| text_of(file).is_some()).collect()
    }

    fn text_of(file: &str) -> Option<String> {
        std::fs::read_to_string(format!("{}/../../{file}", env!("CARGO_MANIFEST_DIR"))).ok()
    }

    /// The text of a function of a test file, up to the brace that ends it.
    fn function<'a>(text: &'a str, name: &str) -> Option<&'a str> {
        let at = text.find(&format!("#[test]\nfn {name}() {{"))?;
        let text = &text[at..];
        text.find("\n}\n").map(|end| &text[..end])
    }

    #[test]
    fn every_parser_has_its_target() {
        for (parser, file, target) in PARSERS {
            let text = text_of(file).unwrap_or_else(|| panic!("{file} is missing"));
            let target = function(&text, target).unwrap_or_else(|| panic!("{file} lacks {target}"));
            assert!(target.contains(parser), "{parser} is not met in its target in {file}");
            assert!(target.contains("fuzz::run("), "{file}: a target that tries nothing");
        }
    }

    #[test]
    fn every_target_is_in_the_list_of_parsers() {
        for file in files_of_targets() {
            let text = text_of(&file).unwrap();
            let targets = text.lines().filter_map(|line| line.strip_prefix("fn fuzz_")?.strip_suffix("() {"));
            for target in targets {
                let is_listed = PARSERS
                    .iter()
                    .any(|(_, of, name)| *of == file && name.strip_prefix(PREFIX) == Some(target));
                assert!(is_listed, "{file}: fuzz_{target} is the target of no parser in the list");
            }
        }
    }

    /// Every request of the API that can be sent is one that a target meets.
    #[test]
    fn every_request_of_the_api_is_met() {
        let description = text_of("docs/openapi.json").unwrap();
        let description: serde_json::Value = serde_json::from_str(&description).unwrap();
        let mut bodies = BTreeSet::new();
        for operation in description["paths"].as_object().unwrap().values().flat_map(|path| path.as_object())
        {
            for operation in operation.values() {
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
                bodies.extend(schema.as_str().and_then(|name| name.rsplit('/').next()).map(str::to_owned));
            }
        }
        assert!(bodies.len() >= 13, "{bodies:?}");
        for body in bodies {
            let meet = format!("meet::<{body}>");
            assert!(PARSERS.iter().any(|(parser, _, _)| *parser == meet), "no target meets {body}");
        }
    }

    #[test]
    fn targets_are_counted_by_the_last_part_of_their_names() {
        let listing =
            "fuzz_mrz: test\nun::fuzz_xml: test\nfuzz_harness::plain: test\nfuzz_bench: benchmark\n";
        assert_eq!(targets_in(listing), 2);
    }
}

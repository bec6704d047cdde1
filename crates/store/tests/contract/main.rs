//! The contract of a store, run over every engine. Each case takes a fresh store; a further engine adds a factory to
//! `engines!`.

// Helpers of tests are not test functions to clippy.
#![allow(clippy::unwrap_used)]

mod support;

mod at_rest;
mod backup;
mod doctor;
mod erasing;
mod faults;
mod journalling;
mod proving;
mod reviews;
mod streams;
mod writing;

/// Makes one test per case and engine.
macro_rules! contract {
    ($($module:ident :: $case:ident,)+) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$module::$case(crate::support::Fresh::sqlite().await).await;
                }
            )+
        }
    };
}

contract! {
    writing::numbers_are_gap_free_under_concurrent_writers,
    writing::a_repeated_write_answers_its_first_outcome,
    writing::repeated_writes_at_once_store_once,
    writing::a_key_used_for_another_request_is_refused,
    writing::changes_must_fit_the_present_state,
    writing::nothing_is_half_stored_when_an_append_in_the_middle_fails,
    writing::one_failing_write_does_not_hurt_its_group,
    writing::malformed_entries_are_refused,
    writing::batches_are_stored_opened_and_withdrawn_item_by_item,
    writing::imports_are_remembered_with_their_write,
    writing::credentials_come_and_go,
    writing::many_records_that_begin_at_once_are_checked_like_single_ones,
    writing::writes_handed_over_one_after_another_are_stored_in_that_order,
    erasing::an_erased_record_leaves_hashes_and_never_comes_back,
    erasing::an_erased_item_leaves_its_batch_whole,
    erasing::an_erasure_names_the_version_it_was_decided_on,
    erasing::erasure_removes_sealed_bytes_and_snapshots_from_the_files,
    reviews::records_are_listed_by_their_day_of_review,
    reviews::imported_rows_know_how_their_records_stand,
    streams::roots_and_chains_equal_those_recomputed,
    streams::a_follower_reads_every_change_once_in_order,
    proving::proofs_equal_those_of_all_leaves,
    proving::long_streams_of_an_earlier_version_are_filled_in,
    proving::items_are_proved_out_of_their_chunk,
    faults::a_commit_that_fails_is_unknown_and_its_outcome_can_be_asked,
    faults::nothing_acknowledged_is_lost_when_commits_fail,
    faults::a_store_that_takes_failed_commits_for_done_is_found_out,
    faults::an_erasure_whose_answer_was_lost_leaves_no_bytes_behind,
    faults::a_full_database_refuses_whole_writes_and_goes_on_when_there_is_room,
    faults::a_disk_that_takes_no_more_loses_nothing_acknowledged,
    faults::a_journal_on_a_full_disk_stops_and_loses_no_line,
    journalling::an_opening_needs_an_act_that_names_it,
    journalling::begun_lines_survive_and_fold_once,
    journalling::a_torn_tail_is_cut_at_every_offset,
    journalling::many_callers_share_syncs,
    journalling::damage_in_the_middle_is_refused_at_opening_and_named,
    at_rest::a_half_made_directory_is_finished_and_others_are_left_alone,
    at_rest::no_name_and_no_number_stands_in_any_file,
    at_rest::every_file_of_a_directory_and_of_a_backup_is_its_owners_alone,
    at_rest::another_master_key_is_refused,
    at_rest::exposed_master_keys_are_refused,
    at_rest::directories_that_others_may_enter_are_closed_to_them,
    at_rest::a_second_opening_is_refused,
    at_rest::unknown_formats_are_refused,
    at_rest::secrets_have_strict_names,
    backup::a_restored_node_begins_a_new_incarnation,
    backup::two_backups_of_one_node_never_give_one_incarnation,
    backup::a_backup_is_taken_while_writing_goes_on,
    backup::a_changed_backup_is_refused,
    backup::what_was_erased_before_a_backup_stays_erased_and_what_after_is_erased_again,
    doctor::a_sound_directory_has_no_fault,
    doctor::flipped_bits_are_found_and_named,
    doctor::a_record_that_points_at_another_is_not_served,
    doctor::kept_hashes_are_compared_with_the_entries,
}

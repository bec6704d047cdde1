//! The contract of a store, run over every engine: SQLite in a file of the data directory, and PostgreSQL as a server of
//! the tests' own. Each case takes a fresh store. What is about the files of SQLite alone (their pages, their room, their
//! copies) is run on it alone; what is about a server (others who write too, connections that are lost) on PostgreSQL.
//! With `BARID_CONTRACT_DSN` the cases of `postgres` run on the server of that address; those of `own_postgres` do not.

// Helpers of tests are not test functions to clippy.
#![allow(clippy::unwrap_used)]

mod cluster;
mod support;

mod alarms;
mod at_rest;
mod backup;
mod countersigning;
mod doctor;
mod engines;
mod erasing;
mod faults;
mod grant_uses;
mod images;
mod journalling;
mod migrate_store;
mod people;
mod proving;
mod re_entries;
mod released;
mod replicas;
mod reviews;
mod servers;
mod streams;
mod writing;

/// Makes one test per case of an engine, named after it.
macro_rules! cases {
    ($engine:ident: $($module:ident :: $case:ident,)+) => {
        mod $engine {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::cluster::in_a_case(async {
                        crate::$module::$case(crate::support::Fresh::$engine().await).await;
                    })
                    .await;
                }
            )+
        }
    };
}

/// Makes the tests of cases that need a server of the tests' own: one that can be crashed, and is set as they need it.
macro_rules! cases_of_own_servers {
    ($($module:ident :: $case:ident,)+) => {
        mod own_postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    if crate::cluster::elsewhere().is_some() {
                        return crate::cluster::leave_out(stringify!($case));
                    }
                    crate::$module::$case(crate::support::Fresh::postgres().await).await;
                }
            )+
        }
    };
}

/// Makes the cases of every engine, and those of one alone.
macro_rules! contract {
    (every { $($every:tt)+ } sqlite { $($sqlite:tt)+ } postgres { $($postgres:tt)+ } own_postgres { $($own:tt)+ }) => {
        cases! { sqlite: $($every)+ $($sqlite)+ }
        cases! { postgres: $($every)+ $($postgres)+ }
        cases_of_own_servers! { $($own)+ }
    };
}

contract! {
    every {
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
        erasing::a_request_is_erased_with_what_owners_answered,
        images::a_picture_waits_and_is_taken_up_with_its_record,
        images::one_picture_with_two_thumbnails_is_two,
        images::a_record_without_its_picture_is_not_stored,
        images::pictures_that_are_not_what_they_say_are_refused,
        images::pictures_that_waited_in_vain_are_dropped,
        grant_uses::a_grant_is_lent_up_to_its_cap_and_anew_on_the_next_day,
        grant_uses::what_was_used_is_known_after_a_restart,
        re_entries::attempts_are_counted_and_read_page_by_page,
        countersigning::a_row_is_replaced_only_while_it_is_what_was_read,
        alarms::an_alarm_is_kept_once_and_replaced_only_while_it_is_what_was_read,
        alarms::a_canary_is_marked_once_and_unmarked_by_its_owner_alone,
        alarms::a_mark_that_is_damaged_silences_no_other,
        alarms::accesses_are_read_a_stretch_at_a_time_and_nobody_elses,
        people::a_row_about_people_is_replaced_by_its_next_version_only,
        people::sessions_end_one_by_one_together_and_by_themselves,
        people::attempts_are_counted_all_or_none_and_taken_back,
        people::a_name_does_not_pause_where_it_signed_in,
        people::where_a_name_signed_in_is_forgotten,
        reviews::records_are_listed_by_their_day_of_review,
        reviews::imported_rows_know_how_their_records_stand,
        reviews::an_owners_reviews_are_read_from_their_place,
        reviews::erasures_are_owed_until_they_are_attested,
        streams::roots_and_chains_equal_those_recomputed,
        streams::a_follower_reads_every_change_once_in_order,
        proving::proofs_equal_those_of_all_leaves,
        faults::a_commit_that_fails_is_unknown_and_its_outcome_can_be_asked,
        faults::nothing_acknowledged_is_lost_when_commits_fail,
        faults::a_store_that_takes_failed_commits_for_done_is_found_out,
        faults::a_journal_on_a_full_disk_stops_and_loses_no_line,
        journalling::an_opening_needs_an_act_that_names_it,
        journalling::begun_lines_survive_and_fold_once,
        journalling::a_torn_tail_is_cut_at_every_offset,
        journalling::many_callers_share_syncs,
        journalling::damage_in_the_middle_is_refused_at_opening_and_named,
        at_rest::no_name_and_no_number_stands_in_any_file,
        at_rest::another_master_key_is_refused,
        at_rest::exposed_master_keys_are_refused,
        at_rest::a_second_opening_is_refused,
        at_rest::unknown_formats_are_refused,
        at_rest::secrets_have_strict_names,
        doctor::a_sound_directory_has_no_fault,
        doctor::a_record_that_points_at_another_is_not_served,
        doctor::heads_and_outcomes_are_compared_with_the_entries,
        migrate_store::a_database_goes_to_the_other_engine_and_back_as_it_is,
        migrate_store::what_can_not_be_moved_stays_where_it_is,
        migrate_store::what_is_damaged_is_not_moved,
    }
    sqlite {
        migrate_store::a_move_that_is_killed_at_any_step_leaves_one_database_that_counts,
        erasing::erasure_removes_sealed_bytes_and_snapshots_from_the_files,
        images::requests_are_kept_as_hashes_under_the_nodes_key,
        images::what_waits_is_capped_in_bytes_and_in_time,
        images::erased_pictures_are_in_no_file,
        images::pictures_go_with_the_backup_and_those_erased_before_it_do_not,
        images::the_doctor_names_pictures_that_are_damaged_missing_or_left,
        proving::long_streams_of_an_earlier_version_are_filled_in,
        proving::items_are_proved_out_of_their_chunk,
        faults::an_erasure_whose_answer_was_lost_leaves_no_bytes_behind,
        faults::a_full_database_refuses_whole_writes_and_goes_on_when_there_is_room,
        faults::a_disk_that_takes_no_more_loses_nothing_acknowledged,
        at_rest::a_half_made_directory_is_finished_and_others_are_left_alone,
        at_rest::every_file_of_a_directory_and_of_a_backup_is_its_owners_alone,
        at_rest::directories_that_others_may_enter_are_closed_to_them,
        backup::a_restored_node_begins_a_new_incarnation,
        backup::two_backups_of_one_node_never_give_one_incarnation,
        backup::a_backup_is_taken_while_writing_goes_on,
        backup::a_changed_backup_is_refused,
        backup::what_was_erased_before_a_backup_stays_erased_and_what_after_is_erased_again,
        doctor::flipped_bits_are_found_and_named,
        doctor::kept_hashes_are_compared_with_the_entries,
    }
    postgres {
        replicas::several_journals_fold_without_loss_or_doubles,
        replicas::a_copy_of_a_replica_takes_its_place_or_is_refused,
        replicas::a_replica_that_left_opens_no_more,
        replicas::an_invitation_opens_with_its_code_and_in_its_time_alone,
        replicas::a_new_incarnation_stops_who_runs_in_the_one_before,
        grant_uses::servers_that_ask_at_once_are_lent_no_more_than_the_cap,
        countersigning::of_servers_that_replace_a_row_at_once_one_does,
        replicas::a_lease_is_one_replicas_at_a_time,
        replicas::a_lease_is_measured_by_the_servers_clock,
        replicas::a_replica_whose_clock_is_wrong_writes_nothing_and_answers,
        replicas::clocks_that_write_do_not_put_each_other_in_doubt,
        replicas::a_replica_that_was_removed_notices_with_its_next_pulse,
        replicas::a_replica_whose_copy_was_opened_notices_with_its_next_pulse,
        servers::the_engine_and_its_version_are_told,
        servers::two_programs_on_one_database_number_without_gaps,
        servers::a_database_of_another_directory_is_refused,
        servers::a_backup_is_left_to_the_server,
        migrate_store::a_database_that_other_replicas_serve_is_not_moved,
    }
    own_postgres {
        migrate_store::a_move_that_is_killed_at_any_step_leaves_one_database_that_counts,
        servers::a_commit_whose_answer_is_lost_is_unknown_and_can_be_asked,
        servers::an_outcome_is_told_only_when_what_was_begun_is_over,
        servers::what_landed_is_told_behind_a_commit,
        servers::a_server_that_stands_by_is_not_taken,
        servers::a_connection_lost_before_its_commit_refuses_whole,
        servers::an_idle_connection_that_was_ended_is_opened_again,
        servers::a_transaction_in_the_way_of_another_is_tried_again_and_not_for_ever,
        servers::a_server_that_crashes_loses_nothing_acknowledged,
        servers::a_database_that_went_back_is_not_written_on,
        servers::a_server_that_does_not_sync_is_refused,
        servers::no_name_stands_in_the_files_of_the_server,
        servers::erased_bytes_leave_the_tables_of_a_server,
        servers::the_doctor_tells_what_the_server_checks,
        servers::a_database_brought_back_begins_a_new_incarnation_as_documented,
    }
}

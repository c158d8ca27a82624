//! Stories of a running engine on a store, by topic. Each gets the function that makes an empty
//! place for a store.

mod door;
mod effects;
mod failing;
mod isolating;
mod news;
mod recovery;
mod relay;
mod replicas;
mod timers;

use crate::Site;
use engine::StoreError;
use std::pin::Pin;

/// From one list the tests of an adapter and the way to their stories: one that isn't listed is
/// dead code.
macro_rules! suite {
    ($dollar:tt $suite:ident $tell:ident $($topic:ident { $($rule:ident,)+ })+) => {
        /// Makes tests of these stories of a running engine. `site` is a function of the test file
        /// that makes an empty place: `fn site() -> impl Site`.
        #[macro_export]
        macro_rules! $suite {
            ($dollar site:ident) => {
                $(mod $topic {
                    $(
                        #[test]
                        fn $rule() {
                            let rule = stringify!($rule);
                            $dollar crate::run($dollar crate::$tell(rule, super::$dollar site));
                        }
                    )+
                })+
            };
        }

        /// The story of that name, in places that `site` makes.
        ///
        /// # Panics
        /// What comes of it is not what should, or there is no such story.
        pub async fn $tell<S: Site>(rule: &str, site: fn() -> S) {
            match rule {
                $($(stringify!($rule) => $topic::$rule(site).await,)+)+
                _ => panic!("no story: {rule}"),
            }
        }
    };
}

// What every store passes.
suite! {$ engine_suite tell
    door {
        a_reply_goes_to_whoever_asked,
        what_was_answered_is_on_disk,
        one_key_is_one_decision_however_often_it_comes_at_once,
        a_defect_of_a_rule_is_refused_and_the_next_request_is_served,
        a_caller_who_hangs_up_changes_nothing,
        an_overloaded_door_loses_nobody_who_waits,
        a_closed_door_has_stopped_once_what_came_in_is_handled,
    }

    isolating {
        of_a_hundred_messages_only_the_culprit_becomes_a_dead_letter,
        whoever_says_what_no_bus_takes_is_a_culprit,
        later_messages_of_the_culprit_s_key_are_parked_and_other_keys_flow,
        every_culprit_is_found,
        of_messages_that_fail_only_together_the_first_ones_are_committed,
        an_entry_that_is_added_twice_is_a_culprit_too,
        at_the_door_only_the_culprit_is_refused_and_nothing_of_it_is_kept,
        a_key_whose_request_was_rejected_may_be_used_again,
        a_hop_that_is_the_culprit_is_buried_and_its_cause_is_committed,
        a_timer_that_is_the_culprit_is_buried_and_nobody_waits_behind_it,
        an_answer_that_is_the_culprit_is_buried_and_its_request_is_done,
        a_round_that_is_too_much_is_taken_apart_and_nobody_is_buried,
    }

    news {
        who_waits_for_a_subject_hears_of_it_and_of_no_other,
        who_waits_for_anything_hears_of_every_commit_and_of_many_at_once,
        what_was_committed_before_somebody_listens_is_no_news,
        who_waits_is_told_what_the_store_would_tell,
    }

    timers {
        a_timer_fires_when_its_time_has_come_and_not_before,
        a_timer_that_is_set_to_an_earlier_time_wakes_the_process_then,
        more_timers_than_fit_into_a_round_all_fire_once,
        after_a_start_timers_wait_until_effects_are_answered,
        after_a_start_timers_don_t_wait_for_effects_that_began_since,
        a_claim_that_fails_holds_back_no_timer_for_long,
        after_a_start_timers_wait_until_hops_are_handled,
        after_a_start_timers_wait_until_the_bus_has_brought_what_was_there,
        due_timers_that_can_t_be_read_at_first_fire_later,
    }

    effects {
        a_request_is_performed_once_and_its_answer_handled_once,
        a_request_that_a_crash_left_behind_is_performed_again,
        no_more_requests_than_slots_are_under_way_and_none_is_lost,
        requests_that_can_t_be_claimed_at_first_are_claimed_later,
    }

    relay {
        hops_over_the_limit_of_a_round_are_handled_in_later_rounds,
        hops_that_can_t_be_read_at_first_are_read_later,
        what_leaves_is_published_in_order_and_deleted,
        what_a_full_bus_did_not_take_is_published_later_and_the_order_stays,
        hops_go_on_while_more_than_a_page_waits_for_a_bus_that_is_away,
        what_could_not_be_deleted_is_published_again,
        whoever_publishes_to_a_slow_bus_keeps_the_lead,
        a_hop_to_somebody_who_is_elsewhere_by_now_leaves_by_the_bus,
        a_hop_that_nobody_brings_anywhere_stays_and_holds_up_no_other,
        what_the_bus_brought_is_acknowledged_when_it_is_on_disk,
    }

    recovery {
        what_a_process_that_died_has_left_is_done_by_another,
        a_timer_that_another_process_has_set_fires_in_its_turn,
        a_look_that_fails_is_repeated,
    }

    failing {
        a_store_that_can_t_be_trusted_any_more_ends_the_process,
    }
}

// What a store passes that several processes can open at once.
suite! {$ replica_suite tell_of_replicas
    replicas {
        what_a_replica_that_died_has_in_hand_is_done_by_the_other,
        what_all_replicas_commit_is_published_in_the_order_of_commits,
        another_one_leads_when_the_leader_dies_while_it_publishes,
        whoever_can_t_reach_the_bus_leaves_the_lead_to_one_who_can,
        whoever_can_publish_nothing_leaves_the_lead_to_one_who_can,
    }
}

fn away() -> StoreError {
    StoreError::Unavailable("away".into())
}

/// Polls once what is not ready yet: its requests are at the door then.
async fn begin<T>(mut task: Pin<&mut impl Future<Output = T>>) {
    tokio::select! {
        biased;
        _ = &mut task => panic!("it is ready already"),
        () = std::future::ready(()) => {}
    }
}

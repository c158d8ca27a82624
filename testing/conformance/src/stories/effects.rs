//! A request to somebody outside is performed by whoever has claimed it, until its answer is
//! handled.

/// Stories of effects, epochs and leadership.
#[macro_export]
macro_rules! stories_of_effects {
    ($check:ident) => {
        $crate::topic! { effects, $check;
        whoever_commits_a_request_has_claimed_it: "
            left a: ask e (add 5) -> -
            claim 9 -> nothing
            answer e -> -
            left accounts -> a=5@1
            waiting -> nothing",

        beyond_the_free_slots_a_request_is_left_to_be_claimed_once: "
            limit slots 1
            left a: ask e (add 1), ask f (add 2), ask g (add 4) -> -
            at 5
            claim 1 -> orders asks outside f until 65: add 2
            claim 9 -> orders asks outside g until 65: add 4
            claim 9 -> nothing
            waiting -> 3 effects",

        an_answer_is_handled_once_and_with_it_the_request_goes: "
            left a: ask e (add 5), ask f (add 6) -> -
            answer e -> -
            again -> -
            waiting -> 1 effects
            reopen
            answer e -> -
            left accounts -> a=5@1
            log a 9 -> left: ask e (add 5), ask f (add 6) / left: add 5",

        the_answer_of_a_round_that_is_rejected_is_not_lost: "
            left a: ask e (add -1) -> -
            answer e -> rejected
            waiting -> 1 effects
            left a: add 1 -> -
            answer e -> -
            left accounts -> a=0@2
            waiting -> nothing",

        a_request_of_the_same_id_replaces_the_one_before: "
            left a: ask e (add 1) | right a: ask e (add 2) -> - | -
            left a: ask e (add 4) -> -
            waiting -> 2 effects
            answer e -> -
            left accounts -> a=4@1
            waiting -> 1 effects",

        a_newer_epoch_claims_what_an_older_one_left_behind: "
            left a: ask e (add 5) -> -
            reopen
            epoch -> newer
            at 61
            claim 9 -> orders asks outside e until 121: add 5
            claim 9 -> nothing
            answer e -> -
            left accounts -> a=5@1",

        a_request_waits_for_whoever_claims_it_unless_somebody_performs_it: "
            left a: ask e (add 5) -> -
            to recover -> nothing
            limit slots 0
            left a: ask f (add 5) -> -
            to recover -> effects
            claim 9 -> orders asks outside f until 60: add 5
            to recover -> nothing
            reopen
            epoch -> newer
            at 61
            to recover -> effects",

        a_claim_that_ran_out_is_free_for_whoever_had_it_too: "
            left a: ask e (add 5) -> -
            at 59
            to recover -> nothing
            claim 9 -> nothing
            at 61
            to recover -> effects
            claim 9 -> orders asks outside e until 121: add 5
            to recover -> nothing
            claim 9 -> nothing",

        epochs_rise_over_reopening: "
            epoch -> newer
            epoch -> newer
            reopen
            epoch -> newer",

        one_epoch_leads_until_its_lease_runs_out: "
            lead -> yes
            lead -> yes
            epoch -> newer
            at 61
            lead -> yes
            lead as older -> no
            at 110
            lead -> yes
            at 169
            lead as older -> no
            epoch -> newer
            at 171
            lead -> yes",
        }
    };
}

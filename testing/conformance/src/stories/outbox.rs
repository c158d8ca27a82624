//! What leaves waits in the outbox, in order, until it is published; hops come back once.

/// Stories of the outbox and of hops.
#[macro_export]
macro_rules! stories_of_the_outbox {
    ($check:ident) => {
        $crate::topic! { outbox, $check;
        what_leaves_waits_in_the_order_in_which_it_was_sent: "
            left a: tell away (one), tell away (two) | right b: tell away (three) -> - | -
            outbox 9 -> away a: one, away a: two, away b: three
            outbox 2 -> away a: one, away a: two
            left a: tell away (four) -> -
            reopen
            right b: tell away (five) -> -
            outbox 9 -> away a: one, away a: two, away b: three, away a: four, away b: five",

        what_was_sent_is_gone_and_the_rest_stays: "
            left a: tell away (one), tell away (two), tell away (three) -> -
            lead -> yes
            send 2 -> sent
            send 0 -> sent
            outbox 9 -> away a: three
            left a: tell away (four) -> -
            send 9 -> sent
            outbox 9 -> nothing
            reopen
            left a: tell away (five) -> -
            outbox 9 -> away a: five",

        what_was_published_and_is_not_deleted_yet_waits_no_longer: "
            left a: tell away (one), tell away (two) -> -
            publish 1 -> 1 published
            to recover -> outbox
            publish 9 -> 1 published
            to recover -> nothing
            outbox 9 -> away a: one, away a: two
            left a: tell away (three) -> -
            to recover -> outbox",

        hops_beyond_the_limit_of_a_round_come_back_once_and_in_order: "
            limit messages 1
            left a: tell right (say one), tell all (add 2), tell right (add 4) -> -
            right accounts -> nothing
            hops 9 -> payments < right a: say one, orders < all a: add 2, payments < all a: \
                add 2, payments < right a: add 4
            bring 3 -> one | - | -
            again -> - | - | -
            right accounts -> a=2@1
            reopen
            bring 9 -> -
            again -> -
            left accounts -> a=2@1
            right accounts -> a=6@2
            hops 9 -> nothing",

        a_hop_that_waited_stands_in_the_log_once: "
            limit messages 1
            left a: tell right (add 1, tell left (add 2)) -> -
            bring 9 -> -
            bring 9 -> -
            left accounts -> a=2@1
            log a 9 -> left: tell right (add 1, tell left (add 2)); right: add 1, tell left (add \
                2) / left: add 2",

        no_hop_overtakes_one_that_has_to_wait: "
            limit messages 3
            left a: tell right (add 1) | left b: ignore | left a: tell right (add 2) -> - | - | -
            hops 9 -> payments < right a: add 1, payments < right a: add 2
            right accounts -> nothing",
        }
    };
}

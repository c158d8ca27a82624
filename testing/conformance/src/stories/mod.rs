//! The stories, by topic. Each macro makes a test of every story of its topic.

mod effects;
mod handling;
mod lots;
mod outbox;
mod reading;
mod reopening;
mod rows;
mod timers;

/// Makes tests of all stories. `check` is a function of the test file that plays one story:
/// `fn check(story: &str)`.
#[macro_export]
macro_rules! store_suite {
    ($check:ident) => {
        $crate::stories_of_handling!($check);
        $crate::stories_of_rows!($check);
        $crate::stories_of_timers!($check);
        $crate::stories_of_effects!($check);
        $crate::stories_of_the_outbox!($check);
        $crate::stories_of_lots!($check);
        $crate::stories_of_reading!($check);
        $crate::stories_of_reopening!($check);
    };
}

/// A module of tests, one for each story.
#[doc(hidden)]
#[macro_export]
macro_rules! topic {
    ($topic:ident, $check:ident; $($rule:ident: $story:literal,)+) => {
        mod $topic {
            $(
                #[test]
                fn $rule() {
                    super::$check($story);
                }
            )+
        }
    };
}

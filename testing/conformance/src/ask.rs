//! What a story does with a store beside its rounds.
//!
//! ```text
//! left page limit 2 colour red             newest first; `next page` goes on
//! tail 2, tail 2 from end, tail 2 b        goes on in the log after what the last tail has told
//! due 9, next timer, fire 9                timers; to fire is to handle what is due
//! hold 9, release                          what is due is kept in hand, and handled later
//! outbox 9, send 1, publish 1              what leaves; what was only published isn't deleted yet
//! hops 9, bring 1                          hops, and how they are brought back
//! epoch, lead, lead as older               epochs, and leadership over publishing
//! forget 60 9                              what the inbox has known for so many seconds
//! to recover                               what waits, whoever has left it there
//! claim 9, answer e                        effects; the answer says what the request says
//! ```
//!
//! What is only read stands in `look.rs`.

use crate::Site;
use crate::bench::{Bench, LEASE, tell_error};
use crate::look::{count, look, page_request, tell_log, told};
use crate::post::{named, short, tell_message};
use crate::toy::{script_of, seconds};
use contracts::{Message, MessageId, Source, Subject};
use engine::{
    Consumed, Content, Deliveries, Delivery, EffectRow, HopRow, LogPlace, LogRequest, Origin,
    Queries, TimerRow, Waiting,
};
use std::sync::Arc;
use std::time::Duration;

impl<P: Site> Bench<'_, P> {
    pub(crate) async fn ask(&mut self, words: &[&str]) -> String {
        match *words {
            ["next", "page"] => self.next_page().await,
            ["tail", messages_max] => self.tail(None, messages_max).await,
            ["tail", messages_max, "from", "end"] => {
                self.told_up_to = LogPlace::END;
                self.tail(None, messages_max).await
            }
            ["tail", messages_max, subject] => self.tail(Some(named(subject)), messages_max).await,
            [side, "page", "limit", rows_max, ref filters @ ..] => {
                self.page = Some(page_request(side, rows_max, filters));
                self.next_page().await
            }
            _ => self.deliver(words).await,
        }
    }

    async fn deliver(&mut self, words: &[&str]) -> String {
        match *words {
            ["due", timers_max] => {
                told(self.store().due_timers(count(timers_max)).await, ", ", tell_timer)
            }
            ["next", "timer"] => {
                let found = self.store().waiting(self.epoch, 0).await;
                let next = found.map(|found| found.next_timer.into_iter().collect());
                told(next, ", ", |at| seconds(*at).to_string())
            }
            ["to", "recover"] => {
                let found = self.store().waiting(self.epoch, self.published).await;
                told(found.map(tell_waiting), ", ", String::clone)
            }
            ["fire", timers_max] => {
                let due = self.store().due_timers(count(timers_max)).await.expect("timers");
                self.commit(due.into_iter().map(from_timer).collect()).await
            }
            ["hold", timers_max] => {
                let due = self.store().due_timers(count(timers_max)).await.expect("timers");
                self.held.extend(due.into_iter().map(from_timer));
                format!("{} held", self.held.len())
            }
            ["release"] => {
                let held = std::mem::take(&mut self.held);
                self.commit(held).await
            }
            ["outbox", rows_max] => {
                let rows = self.store().outbox(0, count(rows_max)).await;
                told(rows, ", ", |(_, it)| tell_message(it))
            }
            ["hops", rows_max] => {
                told(self.store().hops(count(rows_max)).await, ", ", |(_, row)| {
                    format!("{} < {}", row.to, tell_message(&row.message))
                })
            }
            ["send", rows_max] => self.send(count(rows_max)).await,
            ["publish", rows_max] => self.publish(count(rows_max)).await,
            ["bring", rows_max] => {
                let rows = self.store().hops(count(rows_max)).await.expect("rows");
                self.commit(rows.into_iter().map(from_hop).collect()).await
            }
            ["forget", seconds, rows_max] => {
                let kept = Duration::from_secs(seconds.parse().expect("seconds"));
                match self.store().forget(kept, count(rows_max)).await {
                    Ok(more) => (if more { "more" } else { "done" }).into(),
                    Err(error) => tell_error(&error),
                }
            }
            ["epoch"] => {
                let epoch = self.store().new_epoch().await.expect("an epoch");
                self.older_epoch = std::mem::replace(&mut self.epoch, epoch);
                if self.epoch > self.older_epoch { "newer".into() } else { "not newer".into() }
            }
            ["lead"] => self.lead(self.epoch).await,
            ["lead", "as", "older"] => self.lead(self.older_epoch).await,
            ["claim", slots] => {
                let claimed = self.store().claim_effects(self.claim(count(slots))).await;
                let told = told(claimed.clone(), ", ", tell_effect);
                self.claimed.extend(claimed.unwrap_or_default());
                told
            }
            ["answer", id] => {
                let effect = self.claimed.iter().rfind(|effect| effect.id.as_str() == id).cloned();
                let answer = answer(&effect.expect("a claimed effect"));
                self.commit(vec![answer]).await
            }
            _ => look(self.store(), &words.join(" ")).await,
        }
    }

    async fn next_page(&mut self) -> String {
        let request = self.page.as_mut().expect("a page before");
        let store = self.store.as_ref().expect("it is open");
        match store.page(request.clone()).await {
            Err(error) => tell_error(&error),
            Ok(page) => {
                request.after = page.next;
                let more = if page.next.is_some() { ", more" } else { "" };
                told(Ok(page.records), ", ", |it| short(&it.key.subject)) + more
            }
        }
    }

    async fn tail(&mut self, about: Option<Subject>, messages_max: &str) -> String {
        let (after, messages_max) = (self.told_up_to, count(messages_max));
        match self.store().log(LogRequest { about, after, messages_max }).await {
            Err(error) => tell_error(&error),
            Ok(page) => {
                self.told_up_to = page.next;
                tell_log(&page.messages)
            }
        }
    }

    async fn send(&self, rows_max: usize) -> String {
        let rows = self.store().outbox(0, rows_max).await.expect("rows");
        let published = rows.last().map(|(position, _)| (0, *position));
        match self.round(vec![], published).await {
            Ok(_) => "sent".into(),
            Err(error) => tell_error(&error),
        }
    }

    async fn publish(&mut self, rows_max: usize) -> String {
        let rows = self.store().outbox(self.published, rows_max).await.expect("rows");
        self.published = rows.last().map_or(self.published, |(position, _)| *position);
        format!("{} published", rows.len())
    }

    async fn lead(&self, epoch: u64) -> String {
        match self.store().lead(epoch, LEASE).await {
            Ok(true) => "yes".into(),
            Ok(false) => "no".into(),
            Err(error) => tell_error(&error),
        }
    }
}

fn from_hop((position, HopRow { to, message }): (u64, HopRow)) -> Delivery {
    let origin = Origin::Row(Consumed::Hop { position });
    Delivery { to, content: Content::Message(message), origin }
}

fn from_timer(timer: TimerRow) -> Delivery {
    let origin = Origin::Row(Consumed::timer(&timer));
    let content = Content::Message(Arc::new(timer.message));
    Delivery { to: timer.key.service, content, origin }
}

fn tell_waiting(waiting: Waiting) -> Vec<String> {
    let Waiting { next_timer, hops, outbox, effects } = waiting;
    let rows = [(hops, "hops"), (outbox.is_some(), "outbox"), (effects, "effects")];
    let timer = next_timer.map(|at| format!("timer@{}", seconds(at)));
    let rows = rows.into_iter().filter(|(waits, _)| *waits).map(|(_, what)| what.to_string());
    timer.into_iter().chain(rows).collect()
}

fn tell_timer(timer: &TimerRow) -> String {
    let (key, at) = (&timer.key, seconds(timer.at));
    format!("{} {} {}@{at}", key.service, short(&key.subject), key.label)
}

fn tell_effect(effect: &EffectRow) -> String {
    let EffectRow { service, id, destination, request, .. } = effect;
    let until = seconds(effect.claimed_until);
    format!("{service} asks {destination} {id} until {until}: {}", script_of(&request.body).1)
}

/// The answer says what the request says.
pub(crate) fn answer(effect: &EffectRow) -> Delivery {
    let answer = Message {
        id: MessageId::derived(effect.request.id, effect.service, 0),
        source: Source::Provider,
        cause: Some(effect.request.id),
        ..(*effect.request).clone()
    };
    Delivery::from_effect(effect, answer)
}

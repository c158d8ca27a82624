//! What a story can ask a store.
//!
//! ```text
//! left accounts -> a=5@1, b=3@2            name, balance, version; `left account a` for one
//! left entries a 9 -> 1=5, 3=7             number and amount, at most nine
//! left page limit 2 colour red balance 5   newest first; `next page` goes on
//! log a 9 -> left: add 5; right: add 1 / left: say       rounds are separated by slashes
//! due 9, next timer, fire 9                timers; to fire is to handle what is due
//! hold 9, release                          what is due is kept in hand, and handled later
//! pending 9, send 1, bring 1               what leaves, and hops brought back
//! epoch, lead, lead as older               epochs, and leadership over publishing
//! claim 9, answer e                        effects; the answer says what the request says
//! dead 9, waiting                          dead letters; how much of what waits
//! scan 2                                   everything, two subjects at a time
//! ```

use crate::Site;
use crate::bench::{Bench, tell_error};
use crate::post::{named, short, tell_message};
use crate::toy::{Kept, Left, Right, Side, script_of, seconds};
use contracts::{Message, MessageId, Source};
use engine::{
    Consumed, Content, Deliveries, Delivery, EffectRow, Origin, PageRequest, Queries, ScanRequest,
    StoreError, Stored, TimerRow, codec,
};
use service::{RecordKey, RecordKind, Value};
use std::sync::Arc;

fn kinds(side: &str) -> (&'static RecordKind, &'static RecordKind) {
    match side {
        "left" => (Left::ACCOUNTS, Left::ENTRIES),
        "right" => (Right::ACCOUNTS, Right::ENTRIES),
        _ => panic!("no side: {side}"),
    }
}

fn count(word: &str) -> usize {
    match word {
        "all" => usize::MAX,
        _ => word.parse().unwrap_or_else(|_| panic!("no count: {word}")),
    }
}

fn told<T>(
    found: Result<Vec<T>, StoreError>,
    separator: &str,
    tell: impl Fn(&T) -> String,
) -> String {
    match found {
        Err(error) => tell_error(&error),
        Ok(found) if found.is_empty() => "nothing".into(),
        Ok(found) => found.iter().map(tell).collect::<Vec<_>>().join(separator),
    }
}

impl<P: Site> Bench<'_, P> {
    pub(crate) async fn ask(&mut self, words: &[&str]) -> String {
        match *words {
            [side, "accounts"] => self.accounts(side).await,
            [side, "account", subject] => self.record(kinds(side).0, subject, 0).await,
            [side, "entry", number, subject] => {
                self.record(kinds(side).1, subject, number.parse().expect("a number")).await
            }
            [side, "entries", subject, rows_max] => {
                let (kind, subject) = (kinds(side).1, named(subject));
                let found = self.store().records_of(kind, subject, count(rows_max)).await;
                told(found, ", ", tell_stored)
            }
            ["next", "page"] => self.next_page().await,
            [side, "page", "limit", rows_max, ref filters @ ..] => {
                self.page = Some(page_request(side, rows_max, filters));
                self.next_page().await
            }
            ["log", subject, messages_max] => self.log(subject, count(messages_max)).await,
            ["ping"] => match self.store().ping().await {
                Ok(()) => "ok".into(),
                Err(error) => tell_error(&error),
            },
            ["dead", rows_max] => {
                let found = self.store().dead_letters(count(rows_max)).await;
                told(found, " / ", |letter| {
                    let from = letter.source.map_or("nobody", Source::as_str);
                    let service = letter.service;
                    let text = match Message::decode(&letter.bytes) {
                        Ok(message) => tell_message(&message),
                        Err(_) => String::from_utf8_lossy(&letter.bytes).into_owned(),
                    };
                    let (subject, reason) = (short(&letter.subject), &letter.reason);
                    format!("{service} {subject} from {from}: {reason} ({text})")
                })
            }
            ["scan", subjects_max] => self.scan(count(subjects_max)).await,
            ["waiting"] => self.waiting().await,
            _ => self.deliver(words).await,
        }
    }

    async fn deliver(&mut self, words: &[&str]) -> String {
        match *words {
            ["due", timers_max] => {
                told(self.store().due_timers(count(timers_max)).await, ", ", tell_timer)
            }
            ["next", "timer"] => match self.store().next_timer().await {
                Ok(next) => next.map_or("nothing".into(), |at| seconds(at).to_string()),
                Err(error) => tell_error(&error),
            },
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
            ["pending", rows_max] => {
                told(self.store().pending(count(rows_max)).await, ", ", |(_, row)| {
                    let hop = row.to.map_or(String::new(), |to| format!("{to} < "));
                    hop + &tell_message(&row.message)
                })
            }
            ["send", rows_max] => self.send(count(rows_max), self.epoch).await,
            ["send", rows_max, "as", "older"] => self.send(count(rows_max), self.older_epoch).await,
            ["bring", rows_max] => {
                let rows = self.store().pending(count(rows_max)).await.expect("rows");
                let hops = rows.into_iter().filter_map(|(position, row)| {
                    let origin = Origin::Row(Consumed::Pending { position });
                    Some(Delivery { to: row.to?, content: Content::Message(row.message), origin })
                });
                let hops = hops.collect();
                self.commit(hops).await
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
            _ => panic!("what is {words:?}?"),
        }
    }

    async fn record(&self, kind: &'static RecordKind, subject: &str, number: u32) -> String {
        let key = RecordKey { kind, subject: named(subject), number };
        let found = self.store().record(key).await;
        told(found.map(|found| found.into_iter().collect()), ", ", tell_stored)
    }

    /// Read page by page, and sorted by name.
    async fn accounts(&self, side: &str) -> String {
        let mut request = page_request(side, "3", &[]);
        let mut found = vec![];
        loop {
            match self.store().page(request.clone()).await {
                Err(error) => return tell_error(&error),
                Ok(page) => {
                    found.extend(page.records);
                    request.after = page.next;
                }
            }
            if request.after.is_none() {
                break;
            }
        }
        found.sort_by(|a, b| a.key.subject.cmp(&b.key.subject));
        told(Ok(found), ", ", tell_stored)
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

    async fn log(&self, subject: &str, messages_max: usize) -> String {
        let logged = match self.store().log_of(named(subject), messages_max).await {
            Err(error) => return tell_error(&error),
            Ok(logged) => logged,
        };
        let rounds: Vec<_> = logged.chunk_by(|a, b| a.position == b.position).collect();
        told(Ok(rounds), " / ", |round| {
            let messages = round.iter().map(|logged| {
                let (place, script) = script_of(&logged.message.body);
                format!("{place}: {script}").trim_end().to_string()
            });
            messages.collect::<Vec<_>>().join("; ")
        })
    }

    async fn send(&self, rows_max: usize, epoch: u64) -> String {
        let rows = self.store().pending(rows_max).await.expect("rows");
        let positions = rows.into_iter().map(|(position, _)| position).collect();
        match self.store().mark_sent(epoch, positions).await {
            Ok(()) => "sent".into(),
            Err(StoreError::Unavailable(_)) => "refused".into(),
            Err(error) => tell_error(&error),
        }
    }

    async fn lead(&self, epoch: u64) -> String {
        match self.store().lead(epoch, crate::bench::LEASE).await {
            Ok(true) => "yes".into(),
            Ok(false) => "no".into(),
            Err(error) => tell_error(&error),
        }
    }

    async fn scan(&self, subjects_max: usize) -> String {
        let kinds = vec![Left::ACCOUNTS, Left::ENTRIES, Right::ACCOUNTS, Right::ENTRIES];
        let mut request = ScanRequest { kinds, after: None, subjects_max };
        let mut slices = vec![];
        loop {
            let slice = self.store().scan(request.clone()).await.expect("a slice");
            let subjects: Vec<String> = slice
                .subjects
                .iter()
                .map(|it| {
                    let records = it.records.iter().map(|it| {
                        let Value::Integer(amount) = it.columns[0] else { panic!("{it:?}") };
                        let (name, number) = (it.key.kind.name, it.key.number);
                        format!("{name} {number}={amount}@{}", it.row.version)
                    });
                    let records = records.collect::<Vec<_>>().join(" ");
                    let timers = it.timers.iter().map(|key| format!(" timer {}", key.label));
                    format!("{}: {records}{}", short(&it.subject), timers.collect::<String>())
                })
                .collect();
            slices.push(subjects.join(", "));
            match slice.next {
                Some(next) => request.after = Some(next),
                None => {
                    slices.retain(|slice| !slice.is_empty());
                    return told(Ok(slices), " / ", String::clone);
                }
            }
        }
    }

    async fn waiting(&self) -> String {
        let backlog = self.store().backlog().await.expect("a backlog");
        let counts = [
            ("timers", backlog.timers),
            ("pending", backlog.pending),
            ("effects", backlog.effects),
            ("parked", backlog.parked),
            ("dead", backlog.dead_letters),
        ];
        let waiting = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        told(Ok(waiting), ", ", |(what, count)| format!("{count} {what}"))
    }
}

fn page_request(side: &str, rows_max: &str, filters: &[&str]) -> PageRequest {
    let (mut equal, mut at_least) = (vec![], None);
    for filter in filters.chunks(2) {
        match *filter {
            ["colour", "none"] => equal.push(("colour", Value::Null)),
            ["colour", colour] => equal.push(("colour", Value::from(colour))),
            ["balance", least] => at_least = Some(("balance", least.parse().expect("a balance"))),
            _ => panic!("what is {filter:?}?"),
        }
    }
    PageRequest { kind: kinds(side).0, equal, at_least, after: None, rows_max: count(rows_max) }
}

fn tell_stored(stored: &Stored) -> String {
    match codec::decode(&stored.body) {
        Ok(Kept::Account(account)) => {
            format!("{}={}@{}", short(&stored.key.subject), account.balance, stored.version)
        }
        Ok(Kept::Entry(entry)) => format!("{}={}", stored.key.number, entry.amount),
        Err(error) => format!("unreadable: {error}"),
    }
}

fn from_timer(timer: TimerRow) -> Delivery {
    let origin = Origin::Row(Consumed::timer(&timer));
    let content = Content::Message(Arc::new(timer.message));
    Delivery { to: timer.key.service, content, origin }
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

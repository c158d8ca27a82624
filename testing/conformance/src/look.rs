//! What can be read of a store.
//!
//! ```text
//! left accounts -> a=5@1, b=3@2            name, balance, version; `left account a` for one
//! left entries a 9 -> 1=5, 3=7             number and amount, at most nine
//! log a 9 -> left: add 5; right: add 1 / left: say       rounds are separated by slashes
//! count left 9 colour balance -> red 5 = 2, red 7 = 1    accounts by the columns of an index
//! tallies left 9, tallies left 9 t, tallies left 9 after t usd    name, unit, plus and minus
//! dead 9, waiting                          dead letters; how much of what waits
//! scan 2, scan of a b                      everything, two subjects at a time; about these
//! ```

use crate::bench::tell_error;
use crate::post::{named, service_of, short, tell_message};
use crate::toy::{Kept, Left, Right, Side, script_of};
use contracts::{Message, Source};
use engine::{
    LogPlace, LogRequest, LoggedMessage, Newest, PageRequest, Queries, Scan, ScanRequest,
    ScannedSubject, StoreError, Stored, Subjects, Tally, TallyRequest, codec,
};
use service::{RecordKey, RecordKind, Value};

/// What the store says to these words.
///
/// # Panics
/// Nobody understands the words.
pub async fn look(store: &impl Queries, words: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    match words[..] {
        [side, "accounts"] => accounts(store, side).await,
        [side, "account", subject] => record(store, kinds(side).0, subject, 0).await,
        [side, "entry", number, subject] => {
            record(store, kinds(side).1, subject, number.parse().expect("a number")).await
        }
        [side, "entries", subject, rows_max] => {
            let (kind, subject) = (kinds(side).1, named(subject));
            let found = store.records_of(kind, subject, count(rows_max)).await;
            told(found, ", ", tell_stored)
        }
        ["log", subject, messages_max] => log(store, subject, count(messages_max)).await,
        ["tallies", side, rows_max, ref rest @ ..] => {
            let (name, after) = match *rest {
                [] => (None, None),
                [name] => (Some(name.into()), None),
                ["after", name, unit] => (None, Some((name.into(), unit.into()))),
                _ => panic!("what is {rest:?}?"),
            };
            let (service, rows_max) = (service_of(side), count(rows_max));
            let found = store.tallies(TallyRequest { service, name, after, rows_max }).await;
            told(found, ", ", |Tally { key, tallied }| {
                format!("{} {} +{} -{}", key.name, key.unit, tallied.plus, tallied.minus)
            })
        }
        ["count", side, groups_max, ref columns @ ..] => {
            groups(store, kinds(side).0, columns, count(groups_max)).await
        }
        ["ping"] => match store.ping().await {
            Ok(()) => "ok".into(),
            Err(error) => tell_error(&error),
        },
        ["dead", rows_max] => {
            let found = store.dead_letters(count(rows_max)).await;
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
        ["scan", subjects_max] => scan_all(store, count(subjects_max)).await,
        ["scan", "of", ref names @ ..] => scan_named(store, names).await,
        ["waiting"] => waiting(store).await,
        _ => panic!("what is {words:?}?"),
    }
}

fn kinds(side: &str) -> (&'static RecordKind, &'static RecordKind) {
    match side {
        "left" => (Left::ACCOUNTS, Left::ENTRIES),
        "right" => (Right::ACCOUNTS, Right::ENTRIES),
        _ => panic!("no side: {side}"),
    }
}

pub(crate) fn count(word: &str) -> usize {
    match word {
        "all" => usize::MAX,
        _ => word.parse().unwrap_or_else(|_| panic!("no count: {word}")),
    }
}

pub(crate) fn told<T>(
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

async fn record(
    store: &impl Queries,
    kind: &'static RecordKind,
    subject: &str,
    number: u32,
) -> String {
    let key = RecordKey { kind, subject: named(subject), number };
    let found = store.record(key).await;
    told(found.map(|found| found.into_iter().collect()), ", ", tell_stored)
}

/// Read page by page, and sorted by name.
async fn accounts(store: &impl Queries, side: &str) -> String {
    let mut request = page_request(side, "3", &[]);
    let mut found = vec![];
    loop {
        match store.page(request.clone()).await {
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

async fn log(store: &impl Queries, subject: &str, messages_max: usize) -> String {
    let about = (subject != "all").then(|| named(subject));
    let request = LogRequest { about, after: LogPlace::BEGIN, messages_max };
    match store.log(request).await {
        Err(error) => tell_error(&error),
        Ok(page) => tell_log(&page.messages),
    }
}

/// What comes of one place stands between slashes.
pub(crate) fn tell_log(logged: &[LoggedMessage]) -> String {
    let places = logged.chunk_by(|a, b| a.place.position == b.place.position).collect();
    told(Ok(places), " / ", |round| {
        let messages = round.iter().map(|logged| {
            let (place, script) = script_of(&logged.message.body);
            format!("{place}: {script}").trim_end().to_string()
        });
        messages.collect::<Vec<_>>().join("; ")
    })
}

async fn groups(
    store: &impl Queries,
    kind: &'static RecordKind,
    columns: &[&str],
    groups_max: usize,
) -> String {
    let index = kind.indexes.iter().find(|index| index.columns == columns).expect("an index");
    told(store.count(kind, index, groups_max).await, ", ", |group| {
        let values = group.values.iter().map(|value| match value {
            Value::Null => "none".into(),
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text.clone(),
        });
        format!("{} = {}", values.collect::<Vec<_>>().join(" "), group.rows)
    })
}

async fn scan_named(store: &impl Queries, names: &[&str]) -> String {
    let names = names.iter().map(|name| named(name)).collect();
    told(Ok(scan(store, Subjects::Named(names)).await.subjects), ", ", tell_scanned)
}

async fn scan(store: &impl Queries, subjects: Subjects) -> Scan {
    let kinds = vec![Left::ACCOUNTS, Left::ENTRIES, Right::ACCOUNTS, Right::ENTRIES];
    store.scan(ScanRequest { kinds, subjects }, |scan| scan).await.expect("a slice")
}

async fn scan_all(store: &impl Queries, subjects_max: usize) -> String {
    let (mut first, subjects_max) = (1, subjects_max as u64);
    let mut slices = vec![];
    loop {
        let slice = scan(store, Subjects::Run { first, subjects_max }).await;
        let subjects: Vec<String> = slice.subjects.iter().map(tell_scanned).collect();
        slices.push(subjects.join(", "));
        match slice.next {
            Some(next) => first = next,
            None => {
                slices.retain(|slice| !slice.is_empty());
                return told(Ok(slices), " / ", String::clone);
            }
        }
    }
}

/// Records, timers, and how many messages each row of the log has.
fn tell_scanned(scanned: &ScannedSubject) -> String {
    let records = scanned.records.iter().map(|it| {
        let Value::Integer(amount) = it.columns[0] else { panic!("{it:?}") };
        let (name, number) = (it.key.kind.name, it.key.number);
        format!(" {name} {number}={amount}@{}", it.row.version)
    });
    let timers = scanned.timers.iter().map(|key| format!(" timer {}", key.label));
    let log = scanned.log.iter().map(|row| {
        let messages = row.messages.as_ref().expect("messages");
        format!(" log {}", messages.len())
    });
    let told: String = records.chain(timers).chain(log).collect();
    format!("{}:{told}", short(&scanned.subject))
}

async fn waiting(store: &impl Queries) -> String {
    let backlog = store.backlog().await.expect("a backlog");
    let counts = [
        ("timers", backlog.timers),
        ("in the outbox", backlog.outbox),
        ("hops", backlog.hops),
        ("effects", backlog.effects),
        ("parked", backlog.parked),
        ("dead", backlog.dead_letters),
    ];
    let waiting = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    told(Ok(waiting), ", ", |(what, count)| format!("{count} {what}"))
}

/// `by balance` orders by the balance, `from 5` leaves out what is less.
pub(crate) fn page_request(side: &str, rows_max: &str, filters: &[&str]) -> PageRequest {
    let (mut equal, mut newest) = (vec![], Newest::ByKey);
    for filter in filters.chunks(2) {
        match *filter {
            ["colour", "none"] => equal.push(("colour", Value::Null)),
            ["colour", colour] => equal.push(("colour", Value::from(colour))),
            ["home", home] => equal.push(("home", Value::from(home))),
            ["by", column] => {
                let column = columns().find(|it| *it == column).expect("a column");
                newest = Newest::ByColumn { column, at_least: None };
            }
            ["from", least] => {
                let Newest::ByColumn { column, .. } = newest else { panic!("by what?") };
                let at_least = Some(least.parse().expect("a number"));
                newest = Newest::ByColumn { column, at_least };
            }
            _ => panic!("what is {filter:?}?"),
        }
    }
    let (kind, rows_max) = (kinds(side).0, count(rows_max));
    PageRequest { kind, equal, newest, after: None, rows_max }
}

fn columns() -> impl Iterator<Item = &'static str> {
    Left::ACCOUNTS.columns.iter().map(|column| column.name)
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

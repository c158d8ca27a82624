//! Two toy services, `left` and `right`, that do what their messages tell them. Each keeps accounts
//! and, for every account, entries that are only ever added.

use crate::script::{Act, acts};
use contracts::messages::{CancelOrder, OrderRejected, PaymentVoid, ReleaseInventory};
use contracts::{Body, Message, MessageType, ServiceName, Subject, Timestamp};
use engine::{Hosted, Hosting, Publishing, Routing};
use serde::{Deserialize, Serialize};
use service::{
    Column, Decision, Draft, Index, Key, Range, RecordKey, RecordKind, Records, Reply, Service,
    TallyChange, Value,
};
use std::marker::PhantomData;
use std::sync::Arc;

/// When stories begin. Scripts and stories give times in seconds after it.
pub const START: Timestamp = Timestamp(1_795_521_600_000_000);

service::records! {
    /// What a toy keeps.
    Kept { Account(Account), Entry(Entry) }
}

/// A number, and what it takes to look for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Never below zero: the table's CHECK says so, the rules don't.
    pub balance: i64,
    /// At most 16 letters, says the table.
    pub colour: Option<String>,
    /// In seconds after [`START`]; the accounts that have one are in an index.
    pub due: Option<i64>,
    /// Where it is kept.
    pub home: Option<String>,
    /// Another account, to be followed.
    pub next: Option<String>,
}

impl Account {
    /// A defect of a service's own code, outside of its rules.
    fn columns(&self) -> Vec<Value> {
        let colour = self.colour.as_deref();
        assert_ne!(colour, Some("broken"), "this account can't be taken apart");
        let home = self.home.as_deref();
        vec![self.balance.into(), colour.into(), self.due.into(), home.into()]
    }
}

/// An amount that is only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// How much.
    pub amount: i64,
}

impl Entry {
    fn columns(&self) -> Vec<Value> {
        vec![self.amount.into()]
    }
}

/// What tells the toys apart.
pub trait Side: Send + Sync + 'static {
    /// The name under which it is hosted.
    const NAME: ServiceName;
    /// Its accounts.
    const ACCOUNTS: &'static RecordKind;
    /// Its entries.
    const ENTRIES: &'static RecordKind;
    /// The accounts that are due, by time.
    const DUE: &'static Index;
    /// Both kinds.
    const KINDS: &'static [&'static RecordKind];
    /// What it listens to: its own command, and what is told to all.
    const ACCEPTS: &'static [MessageType];
    /// Its own command.
    fn command(subject: &str, script: &str) -> Body;
}

const ACCOUNT_COLUMNS: &[Column] = &[
    Column::integer("balance"),
    Column::text("colour"),
    Column::integer("due"),
    Column::text("home"),
];
const ENTRY_COLUMNS: &[Column] = &[Column::integer("amount")];

const fn accounts(name: &'static str, schema: u32, indexes: &'static [Index]) -> RecordKind {
    RecordKind {
        name,
        schema,
        append_only: false,
        columns: ACCOUNT_COLUMNS,
        indexes,
        checks: &["balance >= 0", "length(colour) <= 16"],
    }
}

const fn entries(name: &'static str) -> RecordKind {
    RecordKind {
        name,
        schema: 1,
        append_only: true,
        columns: ENTRY_COLUMNS,
        indexes: &[],
        checks: &["amount < 1000000"],
    }
}

const fn by_balance(name: &'static str) -> Index {
    Index { name, columns: &["balance"], only: None }
}

const fn by_colour(name: &'static str) -> Index {
    Index { name, columns: &["colour"], only: None }
}

const fn by_colour_and_balance(name: &'static str) -> Index {
    Index { name, columns: &["colour", "balance"], only: None }
}

const fn by_home_and_balance(name: &'static str) -> Index {
    Index { name, columns: &["home", "balance"], only: None }
}

const fn by_due(name: &'static str) -> Index {
    Index { name, columns: &["due"], only: Some("due IS NOT NULL") }
}

/// The one that is hosted as `orders`.
pub struct Left;

const LEFT_INDEXES: &[Index] = &[
    by_due("left_by_due"),
    by_balance("left_by_balance"),
    by_colour("left_by_colour"),
    by_colour_and_balance("left_by_colour_and_balance"),
    by_home_and_balance("left_by_home_and_balance"),
];

impl Side for Left {
    const NAME: ServiceName = ServiceName::Orders;
    const ACCOUNTS: &'static RecordKind = &accounts("left_accounts", 1, LEFT_INDEXES);
    const ENTRIES: &'static RecordKind = &entries("left_entries");
    const DUE: &'static Index = &LEFT_INDEXES[0];
    const KINDS: &'static [&'static RecordKind] = &[Self::ACCOUNTS, Self::ENTRIES];
    const ACCEPTS: &'static [MessageType] = &[MessageType::CancelOrder, MessageType::OrderRejected];

    fn command(subject: &str, script: &str) -> Body {
        CancelOrder { order_id: subject.into(), reason: script.into() }.into()
    }
}

/// The left one of a newer version: the shape of its accounts has another number.
pub struct NewerLeft;

impl Side for NewerLeft {
    const NAME: ServiceName = Left::NAME;
    const ACCOUNTS: &'static RecordKind = &accounts("left_accounts", 2, LEFT_INDEXES);
    const ENTRIES: &'static RecordKind = Left::ENTRIES;
    const DUE: &'static Index = Left::DUE;
    const KINDS: &'static [&'static RecordKind] = &[Self::ACCOUNTS, Self::ENTRIES];
    const ACCEPTS: &'static [MessageType] = Left::ACCEPTS;

    fn command(subject: &str, script: &str) -> Body {
        Left::command(subject, script)
    }
}

/// The one that is hosted as `payments`.
pub struct Right;

const RIGHT_INDEXES: &[Index] = &[
    by_due("right_by_due"),
    by_balance("right_by_balance"),
    by_colour("right_by_colour"),
    by_colour_and_balance("right_by_colour_and_balance"),
    by_home_and_balance("right_by_home_and_balance"),
];

impl Side for Right {
    const NAME: ServiceName = ServiceName::Payments;
    const ACCOUNTS: &'static RecordKind = &accounts("right_accounts", 1, RIGHT_INDEXES);
    const ENTRIES: &'static RecordKind = &entries("right_entries");
    const DUE: &'static Index = &RIGHT_INDEXES[0];
    const KINDS: &'static [&'static RecordKind] = &[Self::ACCOUNTS, Self::ENTRIES];
    const ACCEPTS: &'static [MessageType] = &[MessageType::PaymentVoid, MessageType::OrderRejected];

    fn command(subject: &str, script: &str) -> Body {
        PaymentVoid { order_id: subject.into(), reason: script.into() }.into()
    }
}

/// What is told to a place: `left`, `right`, `all` (both), or `away` (in another process).
pub fn told_to(place: &str, subject: &str, script: &str) -> Body {
    let (order_id, reason) = (subject.to_string(), script.to_string());
    match place {
        "left" => Left::command(subject, script),
        "right" => Right::command(subject, script),
        "all" => OrderRejected { order_id, reason }.into(),
        "away" => ReleaseInventory { order_id, reason }.into(),
        _ => panic!("no place: {place}"),
    }
}

/// The place to which a message is told, and its script.
pub fn script_of(body: &Body) -> (&'static str, &str) {
    match body {
        Body::CancelOrder(it) => ("left", &it.reason),
        Body::PaymentVoid(it) => ("right", &it.reason),
        Body::OrderRejected(it) => ("all", &it.reason),
        Body::ReleaseInventory(it) => ("away", &it.reason),
        _ => ("nowhere", ""),
    }
}

/// Of a time, seconds after [`START`].
pub fn seconds(at: Timestamp) -> i64 {
    (at.micros() - START.micros()) / 1_000_000
}

/// The time so many seconds after [`START`].
pub const fn at(seconds: i64) -> Timestamp {
    Timestamp(START.micros() + seconds * 1_000_000)
}

/// A service that does what it is told.
pub struct Toy<S>(PhantomData<S>);

impl<S: Side> Toy<S> {
    /// On that side.
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    fn account(subject: impl Into<Subject>) -> Key<Account> {
        Key::new(S::ACCOUNTS, subject)
    }

    fn change(draft: &mut Draft<'_, Kept>, subject: &str, change: impl FnOnce(&mut Account)) {
        let key = Self::account(subject);
        let mut account = draft.get(&key).cloned().unwrap_or_default();
        change(&mut account);
        draft.put(key, account);
    }

    /// Along `next` to the last account.
    fn follow(draft: &Draft<'_, Kept>, subject: &str) -> String {
        let mut last = subject.to_string();
        while let Some(next) = draft.get(&Self::account(&last)).and_then(|it| it.next.clone()) {
            last = next;
        }
        last
    }

    fn due(draft: &Draft<'_, Kept>, up_to: &str, rows_max: &str) -> Vec<String> {
        let range = Range::up_to(S::ACCOUNTS, S::DUE, number(up_to), count(rows_max));
        draft.range(&range).iter().map(|key| key.subject.to_string()).collect()
    }

    /// Changes, messages and answers; the rest is in `act`.
    fn write(draft: &mut Draft<'_, Kept>, subject: &str, words: &[&str]) {
        match *words {
            ["add", amount] => Self::change(draft, subject, |it| it.balance += number(amount)),
            ["add", amount, "to", other] => {
                Self::change(draft, other, |it| it.balance += number(amount));
            }
            ["paint", colour] => Self::change(draft, subject, |it| it.colour = Some(colour.into())),
            ["owe", due] => Self::change(draft, subject, |it| it.due = Some(number(due))),
            ["move", "to", home] => Self::change(draft, subject, |it| it.home = Some(home.into())),
            ["link", next] => Self::change(draft, subject, |it| it.next = Some(next.into())),
            ["follow"] => {
                let last = Self::follow(draft, subject);
                Self::change(draft, &last, |it| it.balance += 1);
            }
            ["settle", up_to, rows_max] => {
                for due in Self::due(draft, up_to, rows_max) {
                    Self::change(draft, &due, |it| it.due = None);
                }
            }
            ["entry", entry, amount] => {
                let key = Key::numbered(S::ENTRIES, subject, count(entry));
                draft.append(key, Entry { amount: number(amount) });
            }
            ["stumble", "over", other] => {
                let found = draft.get(&Self::account(other)).cloned();
                let found = found.expect("somebody has opened the account");
                Self::change(draft, other, |it| it.balance = found.balance + 1);
            }
            ["panic", ..] => panic!("{}", words[1..].join(" ")),
            _ => panic!("nobody knows how to {}", words.join(" ")),
        }
    }

    fn act(draft: &mut Draft<'_, Kept>, subject: &str, act: &Act<'_>) {
        let Act { words, inner } = act;
        match words[..] {
            ["tell", place] => draft.send(told_to(place, subject, inner)),
            ["timer", label, seconds] => {
                draft.set_timer(label, at(number(seconds)), S::command(subject, inner));
            }
            ["cancel", label] => draft.cancel_timer(label),
            ["tally", name, unit, amount] => {
                let amount: i64 = number(amount);
                let (plus, minus) = (amount.max(0), amount.saturating_neg().max(0));
                draft.tally(TallyChange { name: name.into(), unit: unit.into(), plus, minus });
            }
            ["ask", id] => draft.perform("outside", id, S::command(subject, inner)),
            ["say"] => {
                let balance = draft.get(&Self::account(subject)).map_or(0, |it| it.balance);
                draft.reply(Reply::Accepted(balance.to_string()));
            }
            ["say", "now"] => draft.reply(Reply::Accepted(seconds_text(draft.now))),
            ["say", "due", up_to, rows_max] => {
                let due = Self::due(draft, up_to, rows_max);
                let said = if due.is_empty() { "nobody".into() } else { due.join(" ") };
                draft.reply(Reply::Accepted(said));
            }
            ["say", text] => draft.reply(Reply::Accepted(text.into())),
            _ => Self::write(draft, subject, words),
        }
    }
}

impl<S: Side> Default for Toy<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Side> Service for Toy<S> {
    type Record = Kept;

    const NAME: ServiceName = S::NAME;
    const RECORDS: &'static [&'static RecordKind] = S::KINDS;

    fn accepts() -> &'static [MessageType] {
        S::ACCEPTS
    }

    fn reads(&self, message: &Message) -> Vec<RecordKey> {
        let (_, script) = script_of(&message.body);
        assert!(!script.contains("lose the list"), "no list of what to read");
        vec![Self::account(message.subject.clone()).into()]
    }

    fn decide(&self, records: &Records<Kept>, message: &Message, now: Timestamp) -> Decision<Kept> {
        let mut draft = Draft::new(records, message, now);
        let subject = message.subject.to_string();
        for act in acts(script_of(&message.body).1) {
            match act.words[..] {
                ["ignore"] => return Decision::Ignore("it said so"),
                ["refuse", code] => return draft.refuse(code, "it said so"),
                ["break", "in", state] => return draft.illegal(state),
                _ => Self::act(&mut draft, &subject, &act),
            }
        }
        draft.apply()
    }
}

fn seconds_text(at: Timestamp) -> String {
    seconds(at).to_string()
}

fn number(word: &str) -> i64 {
    word.parse().unwrap_or_else(|_| panic!("no number: {word}"))
}

fn count(word: &str) -> u32 {
    word.parse().unwrap_or_else(|_| panic!("no count: {word}"))
}

/// Both toys, the left one maybe of a newer version.
pub fn toys(is_newer: bool, publishing: Publishing) -> Hosting {
    let left: Arc<dyn Hosted> =
        if is_newer { Arc::new(Toy::<NewerLeft>::new()) } else { Arc::new(Toy::<Left>::new()) };
    Hosting::new(vec![left, Arc::new(Toy::<Right>::new())], routing(), publishing)
}

/// Both toys, and whom they know as somebody in another process.
pub(crate) fn everybody() -> Hosting {
    let hosted: Vec<Arc<dyn Hosted>> =
        vec![Arc::new(Toy::<Left>::new()), Arc::new(Toy::<Right>::new()), Arc::new(Away)];
    Hosting::new(hosted, routing(), Publishing::Nothing)
}

fn routing() -> Routing {
    Routing::new(vec![
        (Left::NAME, Toy::<Left>::accepts()),
        (Right::NAME, Toy::<Right>::accepts()),
        (Away::NAME, Away::accepts()),
    ])
}

/// The one that is elsewhere. It keeps nothing.
struct Away;

impl Service for Away {
    type Record = Kept;

    const NAME: ServiceName = ServiceName::Inventory;
    const RECORDS: &'static [&'static RecordKind] = &[];

    fn accepts() -> &'static [MessageType] {
        &[MessageType::ReleaseInventory]
    }

    fn reads(&self, _: &Message) -> Vec<RecordKey> {
        vec![]
    }

    fn decide(&self, _: &Records<Kept>, _: &Message, _: Timestamp) -> Decision<Kept> {
        Decision::Ignore("it is elsewhere")
    }
}

//! A round without a store: what it asks for, in which order, and what it wants to be committed.

use conformance::{Account, Kept, Left, Post, Side, at, toys};
use contracts::ServiceName;
use engine::{
    Claim, Consumed, Delivery, Hosting, Known, Limits, Loaded, LoadedRange, LotKey, Next, Origin,
    Publishing, Recognised, Round, Row, RowKey, TimerKey, UnitOfWork, Wanted, codec,
};
use service::Reply;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What a store would know, as plain data.
#[derive(Default)]
struct Stored {
    /// Accounts of the left toy: balance, the account they link to, version.
    accounts: BTreeMap<&'static str, (i64, Option<&'static str>, u64)>,
    lots: Vec<LotKey>,
    known: Vec<Known>,
    gone: Vec<Consumed>,
}

impl Stored {
    fn row(&self, key: &RowKey) -> Row {
        let found = self.accounts.get(key.record.subject.as_str());
        let Some((balance, next, version)) = found.filter(|_| is_left_account(key)) else {
            return Row::ABSENT;
        };
        let account =
            Account { balance: *balance, next: next.map(String::from), ..Account::default() };
        let body = codec::encode(&Kept::Account(account)).expect("a body");
        Row { version: *version, schema: 1, body }
    }

    fn load(&self, wanted: Wanted) -> Loaded {
        let rows = wanted.rows.into_iter().map(|key| (key.clone(), self.row(&key))).collect();
        let range = |(service, range)| LoadedRange { service, range, rows: vec![] };
        let ranges = wanted.ranges.into_iter().map(range).collect();
        let lots = wanted.lots.into_iter().map(|lot| (lot.clone(), self.lots.contains(&lot)));
        Loaded { rows, ranges, lots: lots.collect() }
    }
}

fn is_left_account(key: &RowKey) -> bool {
    key.record.kind.name == Left::ACCOUNTS.name
}

fn claim(slots: usize) -> Claim {
    Claim { epoch: 7, lease: Duration::from_secs(60), slots }
}

fn round(deliveries: &str) -> Round {
    round_with(Post::default().deliveries(deliveries), Limits::default())
}

fn round_with(deliveries: Vec<Delivery>, limits: Limits) -> Round {
    let hosting: Arc<Hosting> = Arc::new(toys(false, Publishing::Nothing));
    Round::new(hosting, deliveries, limits, claim(9))
}

/// Drives the round up to its commit. What it asked for, line by line, and the unit.
fn drive(round: &mut Round, stored: &Stored) -> (Vec<String>, UnitOfWork) {
    let mut asked = vec![];
    loop {
        match round.next().expect("a step") {
            Next::Recognise { inbox, consumed } => {
                asked.push(format!("{} keys, {} rows", inbox.len(), consumed.len()));
                let (known, gone) = (stored.known.clone(), stored.gone.clone());
                round.recognised(Recognised { now: at(0), known, gone });
            }
            Next::Load(wanted) => {
                let rows = wanted.rows.iter().map(|key| format!("{:?}", key.record));
                let ranges = wanted.ranges.iter().map(|(_, range)| range.index.to_string());
                let lots = wanted.lots.iter().map(|lot| format!("lot {}", lot.subject));
                let all: Vec<String> = rows.chain(ranges).chain(lots).collect();
                asked.push(all.join(", "));
                round.loaded(stored.load(wanted));
            }
            Next::Commit(unit) => return (asked, *unit),
        }
    }
}

fn check(deliveries: &str, stored: &Stored, asked: &[&str], written: &[&str]) {
    let mut round = round(deliveries);
    let (found, unit) = drive(&mut round, stored);
    assert_eq!(found, asked);
    assert_eq!(tell_writes(&unit), written);
}

fn tell_writes(unit: &UnitOfWork) -> Vec<String> {
    let writes = unit.writes.iter().map(|write| {
        let Ok(Kept::Account(account)) = codec::decode(&write.body) else { panic!("{write:?}") };
        let (subject, before) = (&write.key.record.subject, write.version_before);
        format!("{subject}={} {before}->{}", account.balance, write.version)
    });
    writes.collect()
}

fn chain() -> Stored {
    let links = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")];
    let accounts = links.map(|(from, to)| (from, (0, Some(to), 1)));
    Stored { accounts: accounts.into(), ..Stored::default() }
}

#[test]
fn everything_that_is_surely_needed_is_asked_for_in_one_load() {
    check(
        "left a: add 1 | bus 1 left b: add 1 | left a: add 1",
        &Stored { accounts: [("a", (5, None, 3))].into(), ..Stored::default() },
        &["3 keys, 0 rows", "left_accounts/a, left_accounts/b, lot b"],
        &["a=7 3->5", "b=1 0->1"],
    );
}

#[test]
fn what_all_decisions_look_for_further_is_asked_for_in_one_load_per_wave() {
    check(
        "left a: follow | left x: follow | left c: follow",
        &Stored {
            accounts: chain().accounts.into_iter().chain([("x", (0, Some("y"), 1))]).collect(),
            ..Stored::default()
        },
        &[
            "3 keys, 0 rows",
            "left_accounts/a, left_accounts/x, left_accounts/c",
            "left_accounts/b, left_accounts/y, left_accounts/d",
            "left_accounts/e",
        ],
        &["y=1 0->1", "e=2 0->2"],
    );
}

#[test]
fn hops_of_the_round_ask_in_its_next_load() {
    check(
        "left a: tell right (tell left (add 1 to z))",
        &Stored::default(),
        &[
            "1 keys, 0 rows",
            "left_accounts/a",
            "right_accounts/a, lot a",
            "lot a",
            "left_accounts/z",
        ],
        &["z=1 0->1"],
    );
}

#[test]
fn a_range_is_asked_for_like_a_row() {
    check(
        "left a: say due 9 9",
        &Stored::default(),
        &["1 keys, 0 rows", "left_accounts/a", "left_by_due"],
        &[],
    );
}

#[test]
fn later_messages_of_a_subject_wait_for_the_one_that_waits_for_rows() {
    let mut round = round("left a: follow, say first | left a: add 1, say | left z: say");
    let (_, unit) = drive(&mut round, &chain());
    let said = |text: &str| Some(Reply::Accepted(text.into()));
    assert_eq!(round.take_replies(), [said("first"), said("1"), said("0")]);
    let subjects: Vec<&str> = unit.log.iter().map(|message| message.subject.as_str()).collect();
    assert_eq!(subjects, ["z", "a", "a"], "another subject goes on meanwhile");
}

#[test]
fn a_message_that_never_finds_its_rows_is_given_up_after_so_many_waves() {
    let limits = Limits { waves_max: 3, ..Limits::default() };
    let deliveries = || Post::default().deliveries("bus 1 left a: follow | left b: add 1");
    let (asked, unit) = drive(&mut round_with(deliveries(), limits), &chain());
    assert_eq!(asked.len(), 1 + 3);
    let reasons: Vec<&str> = unit.dead.iter().map(|letter| letter.reason.as_str()).collect();
    assert_eq!(reasons, ["its rows were not found in 3 loads"]);
    assert_eq!(tell_writes(&unit), ["b=1 1->2"]);

    let limits = Limits { waves_max: 5, ..Limits::default() };
    let (_, unit) = drive(&mut round_with(deliveries(), limits), &chain());
    assert_eq!(unit.dead, []);
    assert_eq!(tell_writes(&unit), ["b=1 1->2", "e=1 0->1"]);
}

#[test]
fn after_a_conflict_all_known_rows_are_asked_for_at_once_and_all_is_decided_anew() {
    let mut round = round("left a: follow | left c: add 5");
    let (_, before) = drive(&mut round, &chain());
    round.restart();
    let mut changed = chain();
    changed.accounts.insert("e", (10, None, 4));
    let (asked, after) = drive(&mut round, &changed);
    let rows = ["a", "c", "b", "d", "e"].map(|name| format!("left_accounts/{name}"));
    assert_eq!(asked, ["2 keys, 0 rows".to_string(), rows.join(", ")]);
    assert_eq!(tell_writes(&before), ["c=5 1->2", "e=1 0->1"]);
    assert_eq!(tell_writes(&after), ["c=5 1->2", "e=11 4->5"]);
}

#[test]
fn a_restarted_round_gives_the_same_unit_and_so_does_another_round_of_the_same_messages() {
    let words = "key k left a: tell all (add 1), ask e (x), timer t 9 (x), say | bus 1 left b: say";
    let mut first = round(words);
    let (_, unit) = drive(&mut first, &Stored::default());
    first.restart();
    let (_, restarted) = drive(&mut first, &Stored::default());
    let claims = |unit: &UnitOfWork| UnitOfWork { effects: vec![], ..unit.clone() };
    assert_eq!(claims(&restarted), claims(&unit));
    assert_eq!(drive(&mut round(words), &Stored::default()).1, unit);
}

#[test]
fn a_restarted_round_has_the_slots_it_began_with() {
    let deliveries = Post::default().deliveries("left a: ask e (x), ask f (x)");
    let mut round = Round::new(
        Arc::new(toys(false, Publishing::Nothing)),
        deliveries,
        Limits::default(),
        claim(1),
    );
    for _ in 0..2 {
        let (_, unit) = drive(&mut round, &Stored::default());
        let claimed: Vec<u64> = unit.effects.iter().map(|effect| effect.claimed_by).collect();
        assert_eq!(claimed, [7, 0]);
        round.restart();
    }
}

#[test]
fn the_unit_names_the_version_of_every_row_it_rests_on_and_not_only_of_those_written() {
    let (_, unit) = drive(&mut round("bus 1 left a: follow | left z: say"), &chain());
    let seen: Vec<String> =
        unit.seen.iter().map(|(key, version)| format!("{:?}@{version}", key.record)).collect();
    let expected = ["a@1", "z@0", "b@1", "c@1", "d@1", "e@0"];
    assert_eq!(seen, expected.map(|row| format!("left_accounts/{row}")));
    let lots: Vec<_> =
        unit.seen_lots.iter().map(|(lot, there)| (lot.subject.as_str(), *there)).collect();
    assert_eq!(lots, [("a", false)]);
}

#[test]
fn a_unit_never_claims_to_have_seen_a_lot_that_was_not_looked_for() {
    let (asked, unit) = drive(&mut round("condemned 1 left a: add 1"), &Stored::default());
    assert_eq!(asked, ["1 keys, 0 rows"]);
    assert_eq!(unit.seen_lots, [], "another process may have made one");
    assert_eq!(unit.new_lots.len(), 1);
}

#[test]
fn what_the_inbox_knows_is_counted_also_when_it_comes_twice_in_one_round() {
    let mut round = round("bus 1 left a: add 1 | bus 1 left a: add 1 | bus 2 left a: add 1");
    let Ok(Next::Recognise { inbox, .. }) = round.next() else { panic!("keys are asked about") };
    let (service, key) = inbox[2];
    let known = Known { service, key, fingerprint: [0; 16], reply: None };
    let (_, unit) = drive(&mut round, &Stored { known: vec![known], ..Stored::default() });
    assert_eq!((tell_writes(&unit), unit.duplicates), (vec!["a=1 0->1".to_string()], 2));
}

#[test]
fn a_row_that_is_gone_was_handled_before() {
    let delivery = Post::default().deliveries("left a: add 1").remove(0);
    let row = Consumed::Timer {
        key: TimerKey { service: Left::NAME, subject: "a".into(), label: "t".into() },
        at: at(9),
    };
    let origin = engine::Origin::Row(row.clone());
    let timer = Delivery { origin, ..delivery };
    let mut round = round_with(vec![timer.clone()], Limits::default());
    let (asked, unit) = drive(&mut round, &Stored { gone: vec![row], ..Stored::default() });
    assert_eq!(asked, ["0 keys, 1 rows"]);
    assert_eq!(unit, UnitOfWork { now: at(0), ..UnitOfWork::default() });
    assert_eq!(round.into_deliveries(), [timer]);
}

#[test]
fn a_row_of_a_newer_schema_is_not_touched_and_the_message_that_needs_it_is_refused() {
    let mut round = round("left a: add 1");
    round.recognised(Recognised::default());
    let Ok(Next::Load(wanted)) = round.next() else { panic!("rows are wanted") };
    let mut loaded = chain().load(wanted);
    loaded.rows[0].1.schema = 2;
    round.loaded(loaded);
    let Ok(Next::Commit(unit)) = round.next() else { panic!("it is over") };
    assert_eq!((unit.writes, unit.inbox), (vec![], vec![]));
    let detail = "left_accounts/a has schema 2, this program knows 1: upgrade it".into();
    let refused = Reply::Refused { code: "internal_error".into(), detail };
    assert_eq!(round.take_replies(), [Some(refused)]);
}

#[test]
fn a_row_that_comes_twice_in_one_round_is_handled_once() {
    let mut deliveries =
        Post::default().deliveries("left a: add 1 | left b: add 1 | left a: add 1");
    let effect = |id: &str| Consumed::Effect { service: Left::NAME, id: id.into() };
    for (delivery, id) in deliveries.iter_mut().zip(["e", "f", "e"]) {
        delivery.origin = Origin::Row(effect(id));
    }
    let mut round = round_with(deliveries, Limits::default());
    let (_, unit) = drive(&mut round, &Stored::default());
    assert_eq!(tell_writes(&unit), ["a=1 0->1", "b=1 0->1"]);
    assert_eq!(unit.consumed, [effect("e"), effect("f")]);
}

/// Both toys are told something, and somebody elsewhere; of that these leave.
fn check_leaving(publishing: Publishing, leaving: &[&str]) {
    let words = "left a: tell right (x), tell all (x), tell away (x), timer t 9 (x), ask e (x)";
    let deliveries = Post::default().deliveries(&words.replace("(x)", "(ignore)"));
    let hosting = Arc::new(toys(false, publishing));
    let mut round = Round::new(hosting, deliveries, Limits::default(), claim(9));
    let (_, unit) = drive(&mut round, &Stored::default());
    let left: Vec<_> = unit.outbox.iter().map(|it| it.body.message_type().name()).collect();
    assert_eq!(left, leaving, "{publishing:?}");
}

#[test]
fn what_is_read_elsewhere_leaves_and_else_what_the_bus_is_there_for() {
    check_leaving(Publishing::Nothing, &["ReleaseInventory"]);
    check_leaving(Publishing::Events, &["OrderRejected", "ReleaseInventory"]);
    check_leaving(
        Publishing::EventsAndCommands,
        &["PaymentVoid", "OrderRejected", "ReleaseInventory"],
    );
}

/// What comes of a message to a service that isn't hosted here: rows that go, messages that leave,
/// dead letters, and what is said at the door.
fn check_not_hosted(words: &str, origin: Option<Origin>, publishing: Publishing, came: &str) {
    let mut deliveries = Post::default().deliveries(words);
    for delivery in &mut deliveries {
        delivery.to = ServiceName::Inventory;
        delivery.origin = origin.clone().unwrap_or_else(|| delivery.origin.clone());
    }
    let hosting = Arc::new(toys(false, publishing));
    let mut round = Round::new(hosting, deliveries, Limits::default(), claim(9));
    let (_, unit) = drive(&mut round, &Stored::default());
    let dead: Vec<_> = unit.dead.iter().map(|letter| letter.reason.clone()).collect();
    let (gone, left) = (unit.consumed.len(), unit.outbox.len());
    let replies = round.take_replies();
    assert_eq!(format!("{gone} gone, {left} leave, {dead:?}, {replies:?}"), came);
    assert!(unit.log.is_empty(), "a hop is in the log already: {:?}", unit.log);
}

#[test]
fn what_comes_to_a_service_that_is_not_hosted_is_never_lost() {
    let hop = Origin::Row(Consumed::Hop { position: 7 });
    let by_hop =
        |publishing, came| check_not_hosted("left a: x", Some(hop.clone()), publishing, came);
    by_hop(Publishing::EventsAndCommands, "1 gone, 1 leave, [], [None]");
    by_hop(Publishing::Events, "0 gone, 0 leave, [], [None]");
    by_hop(Publishing::Nothing, "0 gone, 0 leave, [], [None]");
    let bus = Publishing::EventsAndCommands;
    let reason = "inventory isn't hosted in this process";
    let dead = format!("0 gone, 0 leave, [\"{reason}\"], [None]");
    check_not_hosted("bus 1 left a: x", None, bus, &dead);
    let refused = format!(
        "0 gone, 0 leave, [], [Some(Refused {{ code: \"internal_error\", detail: \"{reason}\" }})]"
    );
    check_not_hosted("left a: x", None, bus, &refused);
}

//! Times the parts of an order's way: `cargo bench -p micro`.

mod shop;

use check::{Facts, Findings, Moment, hold, hold_log};
use contracts::{Attributes, Message, MessageType, ServiceName};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use engine::codec;
use inventory::Inventory;
use orchestrator::Orchestrator;
use orders::Orders;
use payments::Payments;
use service::play::{Example, NOW, Play, State};
use service::{Record, Service};
use shop::Shop;
use std::collections::BTreeSet;

fn main() {
    divan::main();
}

/// The records of the state with that name.
fn state<R>(states: Vec<State<R>>, name: &str) -> State<R> {
    states.into_iter().find(|(it, _)| *it == name).expect("such a state")
}

/// The first example of such a message.
fn message(examples: Vec<Example>, wanted: MessageType) -> Message {
    let mut messages = examples.into_iter().map(|(_, message)| message);
    messages.find(|it| it.body.message_type() == wanted).expect("such a message")
}

/// A decision, with the lookups of what it needs.
fn decide<S: Service>(bencher: Bencher, service: S, state: State<S::Record>, message: &Message) {
    let play = Play::of(service, state.1);
    bencher.bench_local(|| play.decide(black_box(message), NOW));
}

#[divan::bench]
fn orders_decides_to_take_an_order(bencher: Bencher) {
    let create = message(orders::examples::messages(), MessageType::CreateOrder);
    decide(bencher, Orders, state(orders::examples::states(), "none"), &create);
}

#[divan::bench]
fn inventory_decides_to_hold_stock(bencher: Bencher) {
    let reserve = message(inventory::examples::messages(), MessageType::ReserveInventory);
    decide(bencher, Inventory, state(inventory::examples::states(), "counted"), &reserve);
}

#[divan::bench]
fn payments_decides_to_ask_the_provider(bencher: Bencher) {
    let capture = message(payments::examples::messages(), MessageType::PaymentCapture);
    decide(bencher, Payments, state(payments::examples::states(), "authorized"), &capture);
}

#[divan::bench]
fn orchestrator_decides_to_start_a_saga(bencher: Bencher) {
    let created = message(orchestrator::examples::messages(), MessageType::OrderCreated);
    decide(bencher, Orchestrator, state(orchestrator::examples::states(), "none"), &created);
}

/// The two ways of a codec.
const WAYS: [&str; 2] = ["written", "read"];

/// The body of the first record of a state.
fn body<R: Record>(bencher: Bencher, (_, records): &State<R>, way: &str) {
    let (_, record) = &records[0];
    let body = codec::encode(record).expect("a body");
    match way {
        "written" => bencher.bench_local(|| codec::encode(black_box(record)).map(drop)),
        _ => bencher.bench_local(|| codec::decode::<R>(black_box(&body)).map(drop)),
    }
}

#[divan::bench(args = WAYS)]
fn the_body_of_an_order(bencher: Bencher, way: &str) {
    body(bencher, &state(orders::examples::states(), "confirmed"), way);
}

#[divan::bench(args = WAYS)]
fn the_body_of_a_saga(bencher: Bencher, way: &str) {
    body(bencher, &state(orchestrator::examples::states(), "COMPLETED"), way);
}

#[divan::bench(args = WAYS)]
fn a_message(bencher: Bencher, way: &str) {
    let created = message(orchestrator::examples::messages(), MessageType::OrderCreated);
    let bytes = created.encode();
    match way {
        "written" => bencher.bench_local(|| drop(black_box(&created).encode())),
        _ => bencher.bench_local(|| Message::decode(black_box(&bytes)).map(drop)),
    }
}

#[divan::bench]
fn the_attributes_of_a_message_are_read(bencher: Bencher) {
    let created = message(orchestrator::examples::messages(), MessageType::OrderCreated);
    let bytes = created.encode();
    bencher.bench_local(|| Attributes::decode(black_box(&bytes)).expect("attributes"));
}

/// From the request to the end of the saga: an invoice needs nobody outside. Without the sync of a
/// disk, which a whole round shares.
#[divan::bench(args = [1, 64], max_time = 3)]
fn orders_are_handled_in_one_round(bencher: Bencher, orders: usize) {
    let shop = Shop::open();
    let bencher = bencher.counter(ItemsCount::new(orders)).with_inputs(|| shop.round(orders));
    bencher.bench_local_values(|round| shop.transact(round));
}

#[divan::bench]
fn everything_about_an_order_is_decoded_by_the_check(bencher: Bencher) {
    let scanned = Shop::open().one_order();
    bencher.bench_local(|| facts(black_box(&scanned)));
}

#[divan::bench]
fn an_order_is_held_against_the_rules_of_the_check(bencher: Bencher) {
    let facts = facts(&Shop::open().one_order());
    let hosted: BTreeSet<ServiceName> = ServiceName::ALL.into();
    bencher.bench_local(|| {
        let mut findings = Findings::default();
        hold(black_box(&facts), Moment::Quiet, &mut findings);
        hold_log(&facts, &hosted, &mut findings);
        assert_eq!(findings.kept, []);
    });
}

fn facts(scanned: &engine::ScannedSubject) -> Facts {
    let (mut facts, mut findings) = (Facts::new(scanned.subject.as_str()), Findings::default());
    for it in &scanned.records {
        facts.add(&it.key, &it.row, Some(&it.columns), &mut findings);
    }
    facts.log.clone_from(&scanned.log);
    facts
}

//! How long a page of each list takes on a store with many orders.

use crate::arguments::ListsArguments;
use crate::book::{Book, Latencies};
use crate::client::Connection;
use crate::ground::{Ground, Target};
use crate::load::{self, Desk, Load};
use crate::report::Told;
use crate::report::table::{Table, number};
use crate::workload::{Orders, Workload};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use terminal::{Failure, Interrupt, Notes};

/// Clients that place the orders.
const CLIENTS: usize = 256;
/// Pages that are read of each list, one after the other.
const PAGES_MAX: usize = 100;
/// A page is to take at most this.
const PAGE_TIME_MAX: Duration = Duration::from_millis(20);
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// Which service a list is asked of.
#[derive(Clone, Copy, Debug)]
enum Port {
    Orders,
    Payments,
    Inventory,
    Orchestrator,
}

/// Every list, and every filter of it: those that find much, little and nothing.
const LISTS: &[(Port, &str)] = &[
    (Port::Orders, "/orders"),
    (Port::Orders, "/orders?user_id=u-7"),
    (Port::Orders, "/orders?user_id=nobody"),
    (Port::Orders, "/orders?state=confirmed"),
    (Port::Orders, "/orders?state=rejected"),
    (Port::Orders, "/orders?state=pending"),
    (Port::Orders, "/orders?user_id=u-7&state=rejected"),
    (Port::Orders, "/orders?created_after=2000-01-01T00:00:00Z"),
    (Port::Orders, "/orders?state=rejected&created_after=2000-01-01T00:00:00Z"),
    (Port::Payments, "/payments"),
    (Port::Payments, "/ledger/transactions"),
    (Port::Payments, "/ledger/balances"),
    (Port::Inventory, "/stock"),
    (Port::Orchestrator, "/sagas"),
    (Port::Orchestrator, "/sagas?state=COMPENSATED"),
    (Port::Orchestrator, "/sagas?state=RUNNING"),
    (Port::Orchestrator, "/sagas?definition=place_order"),
    (Port::Orchestrator, "/sagas?definition=place_order&state=COMPENSATED"),
];

/// What the pages of one list took.
#[derive(Clone, Debug, Serialize)]
struct Timed {
    list: &'static str,
    pages: usize,
    rows: usize,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// Places the orders on a server of our own (one that runs already is read as it is), then reads
/// pages.
///
/// # Errors
/// The server is lost, or a list is not served.
pub async fn run(
    arguments: &ListsArguments,
    ground: &mut Ground,
    interrupt: &Interrupt,
    notes: Notes,
) -> Result<Told, Failure> {
    let target = ground.target().await?;
    if target.site.is_some() {
        let placed = fill(arguments, &target, interrupt).await?;
        notes.say(placed);
    }
    let mut timed = vec![];
    for (port, list) in LISTS {
        if interrupt.is_asked() {
            break;
        }
        timed.push(walk(&target, *port, list, arguments.page_size).await?);
    }
    target.stop().await?;
    let value = serde_json::json!({ "orders": arguments.orders, "lists": timed });
    let tables = vec![table(arguments, &timed)];
    Ok(Told { remarks: vec![], tables, value, is_sound: true, measured: timed.len() })
}

/// What it came to, in words.
async fn fill(
    arguments: &ListsArguments,
    target: &Target,
    interrupt: &Interrupt,
) -> Result<String, Failure> {
    let orders = Orders::new(Workload::Invoice, arguments.seed);
    let desk = Desk::new(orders, Load::Closed(CLIENTS), target.is_apart())
        .for_orders(arguments.orders as usize);
    let desk = Arc::new(desk);
    let mut clients = load::start(&desk, arguments.seed, &target.addresses.orders).await?;
    let placed = async {
        while !desk.is_full() && !interrupt.is_asked() {
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
        desk.close();
        desk.drained().await;
    };
    load::unless_lost(&mut clients, placed).await?;
    let seconds = desk.now() as f64 / 1e6;
    Ok(format!("{} orders in {seconds:.0} s", desk.book(Book::sent)))
}

async fn walk(
    target: &Target,
    port: Port,
    list: &'static str,
    page_size: u64,
) -> Result<Timed, Failure> {
    let address = match port {
        Port::Orders => &target.addresses.orders,
        Port::Payments => &target.addresses.payments,
        Port::Inventory => &target.addresses.inventory,
        Port::Orchestrator => &target.addresses.orchestrator,
    };
    let mut connection = Connection::open(address).await?;
    let and = if list.contains('?') { '&' } else { '?' };
    let mut path = format!("{list}{and}page_size={page_size}");
    let (mut took, mut rows) = (vec![], 0);
    for _ in 0..PAGES_MAX {
        let begun = Instant::now();
        let page = connection.get(&path).await?;
        took.push(load::micros(begun.elapsed()));
        let page = page.json();
        let items = page.as_object().into_iter().flat_map(|page| page.values());
        rows += items.filter_map(|it| Some(it.as_array()?.len())).sum::<usize>();
        match page["next_page_token"].as_str() {
            None | Some("") => break,
            Some(token) => path = format!("{list}{and}page_size={page_size}&page_token={token}"),
        }
    }
    let pages = took.len();
    let took = Latencies::of(took);
    let ms = |permille| took.permille(permille).unwrap_or_default() as f64 / 1e3;
    Ok(Timed { list, pages, rows, p50_ms: ms(500), p99_ms: ms(990), max_ms: ms(1_000) })
}

fn table(arguments: &ListsArguments, timed: &[Timed]) -> Table {
    let bound = PAGE_TIME_MAX.as_secs_f64() * 1e3;
    let line = |it: &Timed| {
        let within = if it.p99_ms <= bound { "yes" } else { "NO" };
        let ms = [it.p50_ms, it.p99_ms, it.max_ms].map(|ms| number(ms, 2));
        let counts = [it.pages, it.rows].map(|count| number(count as f64, 0));
        let words = [it.list.to_string()].into_iter().chain(counts).chain(ms);
        words.chain([within.to_string()]).collect()
    };
    let headings = ["list", "pages", "rows", "p50 ms", "p99 ms", "max ms", "within 20 ms"];
    Table {
        title: format!("Pages of {} rows", arguments.page_size),
        headings: headings.map(String::from).to_vec(),
        lines: timed.iter().map(line).collect(),
    }
}

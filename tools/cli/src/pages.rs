//! Lists of the services, page by page.

use crate::globals::Context;
use crate::request::Request;
use clap::Args;
use serde_json::Value;
use terminal::{Column, Exit, Failure, Format, Outcome, again, whole};

/// Things of a list that are printed if nothing else is said.
const DEFAULT_LIMIT: u64 = 50;
/// Things of one page; the server gives no more.
const PAGE_SIZE_MAX: u64 = 200;

/// How much of a list.
#[derive(Args, Clone, Copy, Debug)]
pub struct PageArguments {
    /// Print so many at most.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_LIMIT, conflicts_with = "all",
        value_parser = whole(1_u64..))]
    limit: u64,
    /// Print all of them, page by page.
    #[arg(long)]
    all: bool,
}

impl PageArguments {
    /// The whole list.
    pub const ALL: Self = Self { limit: DEFAULT_LIMIT, all: true };
}

/// A list as data.
pub struct Listing {
    /// Where a page holds its things.
    pub field: &'static str,
    /// What a table shows.
    pub columns: &'static [Column],
    /// The rows of a thing in a table, where it has more than one.
    pub rows: Option<fn(&Value) -> Vec<Value>>,
}

/// Prints a list; `field` holds the things of a page.
///
/// # Errors
/// The list can't be read or printed.
pub fn print(
    context: &Context,
    request: &Request,
    field: &'static str,
    columns: &'static [Column],
    pages: PageArguments,
) -> Outcome {
    print_listing(context, request, &Listing { field, columns, rows: None }, pages)
}

/// Prints a list.
///
/// # Errors
/// The list can't be read or printed.
pub fn print_listing(
    context: &Context,
    request: &Request,
    listing: &Listing,
    pages: PageArguments,
) -> Outcome {
    let limit = if pages.all { u64::MAX } else { pages.limit };
    let mut list = context.output.list(listing.columns);
    let mut printed = 0;
    let mut token = String::new();
    loop {
        let page_size = PAGE_SIZE_MAX.min(limit.saturating_sub(printed));
        let page = request.clone().query("page_size", &page_size.to_string());
        let page = if token.is_empty() { page } else { page.query("page_token", &token) };
        let page = context.client.send(&page)?.body;
        let things = things(&page, listing.field);
        match listing.rows.filter(|_| context.output.format == Format::Table) {
            Some(rows) => list.push(&things.iter().flat_map(rows).collect::<Vec<_>>())?,
            None => list.push(things)?,
        }
        printed += things.len() as u64;
        if printed > 0 {
            context.reached.part();
        }
        let next = page["next_page_token"].as_str().unwrap_or_default();
        if next.is_empty() || printed >= limit || context.interrupt.is_asked() {
            list.end()?;
            return told(context, printed, !next.is_empty());
        }
        if next == token {
            let what = format!("{} gives the page {token} again and again", request.service);
            return Err(Failure::new(Exit::Failed, what, "orderweaver doctor").into());
        }
        token = next.into();
    }
}

/// Prints a list that came in one piece.
///
/// # Errors
/// It can't be printed.
pub fn print_whole(
    context: &Context,
    document: &Value,
    field: &str,
    columns: &'static [Column],
) -> Outcome {
    let mut list = context.output.list(columns);
    list.push(things(document, field))?;
    told(context, list.end()?, false)
}

fn told(context: &Context, printed: u64, has_more: bool) -> Outcome {
    match (printed, has_more, context.interrupt.is_asked()) {
        (_, true, true) => {
            let what = format!("interrupted after {printed}; there are more");
            return Err(Failure::new(Exit::Interrupted, what, again()).into());
        }
        (0, false, _) => context.notes.say("none"),
        (_, true, _) => context.notes.say(format_args!("there are more than {printed}: --all")),
        (_, false, _) => {}
    }
    Ok(())
}

/// The things of a page, without printing.
pub fn things<'a>(page: &'a Value, field: &str) -> &'a [Value] {
    page[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

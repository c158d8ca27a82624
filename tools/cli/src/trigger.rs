//! `orderweaver trigger`: one order that goes a certain way, from its beginning to its end.

use crate::globals::Context;
use crate::request::{Request, new_suffix};
use crate::target::Target;
use crate::watch::{self, NEEDS_OPERATOR, Watch};
use clap::builder::PossibleValuesParser;
use clap::{Args, builder::PossibleValue};
use contracts::ServiceName;
use serde_json::{Value, json};
use std::io::Write;
use terminal::{Exit, Failure, List, Outcome, duration};

/// Which scenario.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver trigger order.completed
  orderweaver trigger payment.declined -o jsonl
  orderweaver trigger psp.timeout --timeout 2m

It places what it needs, follows the order to its end and says what happened. Exit code 1: it
ended otherwise than the scenario says.")]
pub struct TriggerArguments {
    /// What is to happen.
    #[arg(value_name = "SCENARIO", value_parser = scenarios())]
    scenario: String,
    /// In which shop.
    #[command(flatten)]
    pub target: Target,
}

/// An order that goes a certain way.
#[derive(Clone, Copy, Debug)]
struct Scenario {
    name: &'static str,
    about: &'static str,
    /// What is ordered; nothing: an amount, and nothing to ship.
    sku: Option<&'static str>,
    /// What lies there before.
    on_hand: Option<u64>,
    payment_method: &'static str,
    cancel: Cancel,
    /// How the order ends.
    state: &'static str,
    reason: Option<&'static str>,
    /// Nothing is left to be decided by an operator.
    is_settled: bool,
}

/// When the customer cancels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cancel {
    Never,
    /// While its saga runs.
    AtOnce,
    /// Once it is confirmed.
    Afterwards,
}

/// An order with a line, and as much stock as it wants.
const fn scenario(name: &'static str, about: &'static str, state: &'static str) -> Scenario {
    Scenario {
        name,
        about,
        sku: Some("trigger-tea"),
        on_hand: Some(1_000_000_000),
        payment_method: "pm_card_visa",
        cancel: Cancel::Never,
        state,
        reason: None,
        is_settled: true,
    }
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        sku: None,
        on_hand: None,
        ..scenario("order.completed", "Paid, and nothing to ship", "completed")
    },
    scenario("order.confirmed", "Paid, and ready to be shipped", "confirmed"),
    Scenario {
        payment_method: "invoice",
        ..scenario("order.invoiced", "Confirmed, and paid later", "confirmed")
    },
    Scenario {
        cancel: Cancel::Afterwards,
        ..scenario("order.cancelled", "Cancelled after it was confirmed: a refund", "cancelled")
    },
    Scenario {
        cancel: Cancel::AtOnce,
        payment_method: "pm_requires_action",
        ..scenario("order.cancelled-early", "Cancelled while its saga waits", "cancelled")
    },
    Scenario {
        payment_method: "pm_card_declined",
        reason: Some("payment_declined"),
        ..scenario("payment.declined", "The card is declined: stock is given back", "rejected")
    },
    Scenario {
        payment_method: "pm_card_insufficient_funds",
        reason: Some("payment_declined"),
        ..scenario("payment.insufficient-funds", "The card has no funds", "rejected")
    },
    Scenario {
        payment_method: "pm_capture_declined",
        reason: Some("payment_declined"),
        ..scenario("payment.capture-declined", "Refused at the pivot: all is undone", "rejected")
    },
    Scenario {
        payment_method: "pm_void_refused",
        reason: Some("payment_declined"),
        is_settled: false,
        ..scenario("payment.void-refused", "An undo is refused: an operator must act", "rejected")
    },
    Scenario {
        payment_method: "pm_requires_action",
        ..scenario("payment.action-required", "The customer must act, and does", "confirmed")
    },
    Scenario {
        sku: Some("trigger-sold-out"),
        on_hand: Some(0),
        reason: Some("out_of_stock"),
        ..scenario("inventory.out-of-stock", "There is none left", "rejected")
    },
    Scenario {
        sku: Some("trigger-unknown"),
        on_hand: None,
        reason: Some("unknown_sku"),
        ..scenario("inventory.unknown-sku", "Nobody knows the SKU", "rejected")
    },
    Scenario {
        payment_method: "pm_timeout_then_success",
        ..scenario("psp.timeout", "The provider does it, and its answer is lost", "confirmed")
    },
    Scenario {
        payment_method: "pm_timeout_then_failure",
        reason: Some("payment_declined"),
        ..scenario("psp.timeout-then-declined", "It declines, and its answer is lost", "rejected")
    },
    Scenario {
        payment_method: "pm_authorize_late",
        reason: Some("expired"),
        ..scenario("psp.late", "It answers when the saga has given up (minutes)", "rejected")
    },
];

fn scenarios() -> PossibleValuesParser {
    let values = SCENARIOS.iter().map(|it| PossibleValue::new(it.name).help(it.about));
    PossibleValuesParser::new(values)
}

/// Does it.
///
/// # Errors
/// A service does not answer, or it ends otherwise.
pub fn run(context: &Context, arguments: &TriggerArguments) -> Outcome {
    let Some(scenario) = SCENARIOS.iter().find(|it| it.name == arguments.scenario) else {
        let what = format!("there is no scenario {:?}", arguments.scenario);
        return Err(Failure::usage(what, "orderweaver trigger --help").into());
    };
    context.notes.say(format_args!("{}: {}", scenario.name, scenario.about));
    if let Some((sku, on_hand)) = scenario.sku.zip(scenario.on_hand) {
        let body = json!({ "on_hand": on_hand }).to_string();
        context.client.send(&Request::put(ServiceName::Inventory, &["stock", sku], body))?;
    }
    let order_id = format!("{}-{}", scenario.name, new_suffix());
    let mut watch = Watch::open(context, &order_id)?;
    let body = order(scenario, &order_id).to_string();
    let request = Request::post(ServiceName::Orders, &["orders"], body, &order_id);
    context.client.send(&request)?;
    context.reached.part();
    context.notes.say(format_args!("order {order_id} is placed"));
    let mut list = context.output.list(watch::COLUMNS);
    let order = play(context, scenario, &mut watch, &mut list)?;
    list.end()?;
    judge(context, scenario, &order, &watch)
}

fn order(scenario: &Scenario, order_id: &str) -> Value {
    let mut order = json!({
        "order_id": order_id,
        "user_id": "trigger",
        "payment_method": scenario.payment_method,
        "metadata": { "scenario": scenario.name },
    });
    match scenario.sku {
        Some(sku) => {
            order["lines"] = json!([{ "sku": sku, "quantity": 2, "unit_price": "4.50" }]);
        }
        None => order["amount"] = "9.00".into(),
    }
    order
}

fn play<W: Write>(
    context: &Context,
    scenario: &Scenario,
    watch: &mut Watch,
    list: &mut List<W>,
) -> Outcome<Value> {
    match scenario.cancel {
        Cancel::Never => watch.follow(list),
        Cancel::AtOnce => {
            cancel(context, &watch.order_id)?;
            watch.follow(list)
        }
        Cancel::Afterwards => {
            watch.follow(list)?;
            cancel(context, &watch.order_id)?;
            watch.follow(list)
        }
    }
}

fn cancel(context: &Context, order_id: &str) -> Outcome {
    let body = json!({ "reason": "triggered" }).to_string();
    let path = ["orders", order_id, "cancel"];
    let request = Request::post(ServiceName::Orders, &path, body, &format!("{order_id}-cancel"));
    context.client.send(&request).map(|_| ())
}

fn judge(context: &Context, scenario: &Scenario, order: &Value, watch: &Watch) -> Outcome {
    let (state, reason) = (order["state"].as_str().unwrap_or("?"), order["reason"].as_str());
    let is_settled = order["settled"] == true;
    let told = |state: &str, reason: Option<&str>, is_settled: bool| {
        let reason = reason.map(|it| format!(" ({it})")).unwrap_or_default();
        let rest = if is_settled { String::new() } else { format!(", and {NEEDS_OPERATOR}") };
        format!("{state}{reason}{rest}")
    };
    let order_id = &watch.order_id;
    let next = format!("orderweaver saga timeline {order_id}");
    let is_expected = (state, is_settled) == (scenario.state, scenario.is_settled)
        && scenario.reason.is_none_or(|expected| reason == Some(expected));
    let found = told(state, reason, is_settled);
    if !is_expected {
        let expected = told(scenario.state, scenario.reason, scenario.is_settled);
        let what = format!("order {order_id} is {found}; not {expected}");
        return Err(Failure::new(Exit::Failed, what, next).into());
    }
    let spent = duration::fine(watch.begun.elapsed());
    let next = context.target.lead(&next);
    context.notes.say(format_args!("order {order_id} is {found}, after {spent}: {next}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_scenario_has_a_name_of_its_own_that_fits_an_id() {
        let names: BTreeSet<&str> = SCENARIOS.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), SCENARIOS.len());
        let fits =
            |name: &str| name.chars().all(|it| it.is_ascii_alphanumeric() || "-.".contains(it));
        assert!(names.iter().all(|name| fits(name) && name.len() < 64), "{names:?}");
    }

    #[test]
    fn an_order_has_lines_or_an_amount() {
        for scenario in SCENARIOS {
            let order = order(scenario, "o-1");
            assert!(order["lines"].is_array() != order["amount"].is_string(), "{order}");
        }
    }
}

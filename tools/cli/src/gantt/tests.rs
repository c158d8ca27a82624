use super::*;
use serde_json::json;

/// That many milliseconds after the beginning.
fn at(millis: u32) -> String {
    format!("2026-01-02T03:04:00.{millis:03}000Z")
}

/// Command, when it was sent, and when it was answered.
type Sent<'a> = (&'a str, u32, Option<u32>);

fn step(name: &str, state: &str, sent: &[Sent]) -> Value {
    let attempt = |(command, sent, answered): &Sent| {
        let mut attempt = json!({ "command": command, "sent_at": at(*sent) });
        if let Some(answered) = answered {
            attempt["answer"] = "Answer".into();
            attempt["answered_at"] = at(*answered).into();
        }
        attempt
    };
    let attempts: Vec<Value> = sent.iter().map(attempt).collect();
    json!({ "name": name, "state": state, "attempts": attempts })
}

fn saga(state: &str, finished: Option<u32>, steps: &[Value], history: &[(&str, u32)]) -> Value {
    let entry = |(event, time): &(&str, u32)| json!({ "event": event, "time": at(*time) });
    let history: Vec<Value> = history.iter().map(entry).collect();
    let mut saga = json!({
        "saga_id": "o-1", "definition": "place_order", "definition_version": 1, "state": state,
        "started_at": at(0), "steps": steps, "history": history,
    });
    if let Some(finished) = finished {
        saga["finished_at"] = at(finished).into();
    }
    saga
}

#[track_caller]
fn check(saga: &Value, width: usize, expected: &str) {
    let now = at(900).parse().expect("a time");
    let drawn = draw(saga, &Style { width, now, ..Style::plain() });
    let drawn = drawn.strip_suffix(&format!("\n{LEGEND}\n")).expect("the legend");
    assert_eq!(drawn, expected, "\n{drawn}");
}

#[test]
fn steps_follow_each_other_over_time() {
    let steps = [
        step("reserve_inventory", "succeeded", &[("ReserveInventory", 0, Some(0))]),
        step("authorize_payment", "succeeded", &[("PaymentAuthorize", 0, Some(40))]),
        step("capture_payment", "succeeded", &[("PaymentCapture", 40, Some(100))]),
        step("confirm_order", "succeeded", &[("ConfirmOrder", 100, Some(100))]),
    ];
    let history = [("OrderCreated", 0), ("ReserveInventory", 0), ("PaymentQuery", 80)];
    check(
        &saga("COMPLETED", Some(100), &steps, &history),
        80,
        "\
saga o-1  place_order v1  COMPLETED  100 ms

STEP               0 ms                 50.0 ms                100 ms
reserve_inventory  +                                                   succeeded
authorize_payment  1-------------------+                               succeeded
capture_payment                        1----------------------------+  succeeded
confirm_order                                                       +  succeeded
PaymentQuery                                              +
",
    );
}

#[test]
fn what_was_done_is_undone_in_a_lane_of_its_own() {
    let reserved = [("ReserveInventory", 0, Some(10)), ("ReleaseInventory", 200, Some(240))];
    let authorized = [("PaymentAuthorize", 10, Some(150)), ("PaymentVoid", 150, Some(300))];
    let mut capture = step("capture_payment", "refused", &[("PaymentCapture", 150, Some(150))]);
    capture["error"] = "payment_declined".into();
    let steps = [
        step("reserve_inventory", "undone", &reserved),
        step("authorize_payment", "undone", &authorized),
        capture,
        step("confirm_order", "pending", &[]),
    ];
    let mut saga = saga("COMPENSATED", Some(300), &steps, &[("RejectOrder", 240)]);
    saga["reason"] = "payment_declined".into();
    check(
        &saga,
        90,
        "\
saga o-1  place_order v1  COMPENSATED (payment_declined)  300 ms

STEP               0 ms               150 ms             300 ms
reserve_inventory  1+                                            undone
authorize_payment   1--------------------+                       undone
capture_payment                          x                       refused: payment_declined
confirm_order                                                    pending

COMPENSATION
authorize_payment                        1--------------------<  PaymentVoid
reserve_inventory                               1----<           ReleaseInventory
RejectOrder                                          <
",
    );
}

#[test]
fn attempts_are_numbered_and_a_saga_that_is_not_over_lasts_until_now() {
    let sent: Vec<Sent> = (0..12).map(|number| ("PaymentAuthorize", number * 60, None)).collect();
    let steps = [
        step("reserve_inventory", "sent", &[("A", 0, None), ("A", 100, None), ("A", 300, None)]),
        step("authorize_payment", "succeeded", &[("B", 300, None), ("B", 400, Some(500))]),
        step("capture_payment", "sent", &sent),
    ];
    let mut saga = saga("RUNNING", None, &steps, &[]);
    saga["waiting_for"] = "capture_payment".into();
    check(
        &saga,
        100,
        "\
saga o-1  place_order v1  RUNNING  900 ms, waits for capture_payment

STEP               0 ms                      450 ms                    900 ms
reserve_inventory  1.....2............3.....................................>  sent, 3 attempts
authorize_payment                     1.....2------+                           succeeded, 2 attempts
capture_payment    1...2...3..4...5...6...7...8..9...*...*...*..............>  sent, 12 attempts
",
    );
}

#[test]
fn a_narrow_terminal_and_a_saga_of_no_length_are_drawn_too() {
    let steps = [step("reserve_inventory", "refused", &[("ReserveInventory", 0, Some(0))])];
    check(
        &saga("COMPENSATED", Some(0), &steps, &[("RejectOrder", 0)]),
        10,
        "\
saga o-1  place_order v1  COMPENSATED  0 ms

STEP               0 ms    0 ms    0 ms
reserve_inventory  x                     refused

COMPENSATION
RejectOrder        <
",
    );
}

#[test]
fn a_document_without_steps_is_no_reason_to_fail() {
    let drawn = draw(&json!({}), &Style::plain());
    assert!(drawn.starts_with("saga ?  ? vnull  ?  0 ms\n"), "{drawn}");
}

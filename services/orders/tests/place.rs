//! Placing an order, and what its saga makes of it.

mod common;

use common::{ORDER, Shop, TOTAL, cancel, check, confirm, create, create_of_an_amount, reject};
use contracts::messages::{CaptureMode, CreateOrder};
use contracts::{Currency, Money};
use orders::{AcknowledgedOrder, FulfillmentStatus, PaymentStatus, State};
use service::{Decision, Reply};

#[test]
fn an_order_is_confirmed_and_settled_when_its_saga_is_over() {
    check(
        "create -> all: OrderCreated; acknowledged o-1 500; = pending
         confirm 500 -> confirm_order: OrderConfirmed; = confirmed, paid 500
         confirm 500 -> confirm_order: OrderConfirmed; = confirmed, paid 500
         finished place 0 -> = confirmed, paid 500, settled
         finished place 0 -> ignored: the order has no such saga that is live",
    );
}

#[test]
fn an_order_with_nothing_to_ship_is_completed_at_once() {
    check(
        "create amount -> all: OrderCreated; acknowledged o-1 500; = pending
         confirm 500 -> confirm_order: OrderConfirmed; all: OrderCompleted; = completed, paid 500
         confirm 500 -> confirm_order: OrderConfirmed; = completed, paid 500
         finished place 0 -> = completed, paid 500, settled",
    );
}

#[test]
fn an_order_whose_money_is_taken_later_rests_in_confirmed() {
    check(
        "create manual -> all: OrderCreated; acknowledged o-1 500; = pending
         confirm -> confirm_order: OrderConfirmed; = confirmed
         finished place 0 -> = confirmed, settled",
    );
}

#[test]
fn an_order_is_rejected_once_and_for_the_first_reason() {
    check(
        "create -> all: OrderCreated; acknowledged o-1 500; = pending
         reject out_of_stock -> reject_order: OrderRejected out_of_stock; = rejected out_of_stock
         reject expired -> reject_order: OrderRejected out_of_stock; = rejected out_of_stock
         confirm -> illegal: Rejected
         finished place 0 -> = rejected out_of_stock, settled",
    );
}

#[test]
fn what_nobody_has_ordered_is_neither_cancelled_nor_decided() {
    check(
        "cancel wish -> refused order_not_found; = none
         confirm -> illegal: None
         reject expired -> illegal: None
         mark_cancelled 500 -> illegal: None
         finished place 0 -> illegal: None
         reopened place 1 -> illegal: None",
    );
}

/// What the customer is told of a request.
fn answered(shop: &mut Shop, request: CreateOrder) -> Reply {
    match shop.handle(request) {
        Decision::Apply(changes) => changes.reply.expect("a reply"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_acknowledgement_is_repeated_for_ever_byte_by_byte_and_nothing_else_happens() {
    let mut shop = Shop::new();
    let first = answered(&mut shop, create());
    let Reply::Accepted(json) = &first else { panic!("{first:?}") };
    let acknowledged: AcknowledgedOrder = serde_json::from_str(json).expect(json);
    assert_eq!((acknowledged.order_id.as_str(), acknowledged.total), (ORDER, TOTAL));
    assert_eq!(acknowledged.created_at, shop.now);
    for message in [confirm(None), cancel("wish"), common::mark_cancelled(None)] {
        shop.handle(message);
        let before = shop.order().cloned();
        let Decision::Apply(changes) = shop.handle(create()) else { panic!("no reply") };
        assert_eq!(changes.reply.as_ref(), Some(&first));
        assert_eq!((changes.writes, changes.sends), (vec![], vec![]));
        assert_eq!(shop.order().cloned(), before);
    }
}

/// Changes one field of a request; the order exists with another content then.
fn check_differs(change: impl FnOnce(&mut CreateOrder)) {
    let mut shop = Shop::new();
    answered(&mut shop, create());
    let mut request = create();
    change(&mut request);
    let before = shop.order().cloned();
    let reply = answered(&mut shop, request.clone());
    let Reply::Refused { code, .. } = &reply else { panic!("{request:?} is the same: {reply:?}") };
    assert_eq!(code, "order_exists", "{request:?}");
    assert_eq!(shop.order().cloned(), before, "{request:?}");
}

#[test]
fn another_request_for_the_same_order_is_refused_whatever_differs() {
    check_differs(|it| it.user_id = "u-2".into());
    check_differs(|it| it.total = Some(Money::new(501, Currency::USD)));
    check_differs(|it| it.total = Some(Money::new(500, "EUR".parse().expect("a currency"))));
    check_differs(|it| it.lines[0].quantity = 2);
    check_differs(|it| it.lines[0].unit_price = None);
    check_differs(|it| it.lines.clear());
    check_differs(|it| it.payment_method = "invoice".into());
    check_differs(|it| it.metadata = "{}".into());
    check_differs(|it| it.set_capture_mode(CaptureMode::Manual));
}

#[test]
fn an_unnamed_capture_mode_is_the_automatic_one() {
    let mut shop = Shop::new();
    let first = answered(&mut shop, create());
    let mut request = create();
    request.set_capture_mode(CaptureMode::Automatic);
    assert_eq!(answered(&mut shop, request), first);
}

#[test]
fn an_order_without_a_total_is_refused_and_not_kept() {
    let mut shop = Shop::new();
    let reply = answered(&mut shop, CreateOrder { total: None, ..create() });
    assert!(matches!(&reply, Reply::Refused { code, .. } if code == "validation_failed"));
    assert_eq!(shop.order(), None);
}

#[test]
fn what_is_paid_and_shipped_follows_from_the_order() {
    let check = |requests: Vec<contracts::Body>, paid, shipped| {
        let mut shop = Shop::new();
        for request in &requests {
            shop.handle(request.clone());
        }
        let order = shop.order().expect("an order");
        assert_eq!(
            (order.payment_status(), order.fulfillment_status()),
            (paid, shipped),
            "{requests:?}"
        );
    };
    let (lines, amount) = (|| create().into(), || create_of_an_amount().into());
    let cancelled = |refunded| {
        let refunded = Some(Money::new(refunded, Currency::USD));
        vec![lines(), confirm(Some(TOTAL)), cancel("wish"), common::mark_cancelled(refunded)]
    };
    let nothing = FulfillmentStatus::None;
    check(vec![lines()], PaymentStatus::None, nothing);
    check(vec![lines(), reject("expired")], PaymentStatus::None, nothing);
    check(vec![lines(), confirm(None)], PaymentStatus::Authorized, nothing);
    check(vec![lines(), confirm(Some(TOTAL))], PaymentStatus::Paid, nothing);
    check(cancelled(0), PaymentStatus::Paid, nothing);
    check(cancelled(200), PaymentStatus::PartiallyRefunded, nothing);
    check(cancelled(500), PaymentStatus::Refunded, nothing);
    let not_required = FulfillmentStatus::NotRequired;
    check(vec![amount(), confirm(Some(TOTAL))], PaymentStatus::Paid, not_required);
}

#[test]
fn a_state_is_called_as_it_is_stored() {
    for state in State::ALL {
        let json = serde_json::to_string(&state).expect("JSON");
        assert_eq!(json, format!("{:?}", state.as_str()));
    }
}

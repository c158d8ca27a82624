//! The sagas of an order, as data.

use Action::*;
use saga::{Definition, compensatable, pivot, retriable};
use std::time::Duration;

/// How long stock is held for an order whose saga runs. Longer than the saga's deadline, so that a
/// hold can't run out under a living saga.
pub const HOLD: Duration = Duration::from_secs(20 * 60);

const DEADLINE: Duration = Duration::from_secs(18 * 60);

/// Takes an order through stock and payment; the money is captured before it is confirmed.
///
/// Stock first: taking it is local, fast and unseen by the customer, while a hold on a card is
/// visible for days and must not be made for goods that we lack.
pub const PLACE_ORDER: Definition<Action> = Definition {
    name: "place_order",
    version: 1,
    start_undone_by: Some(RejectOrder),
    deadline: Some(DEADLINE),
    steps: &[
        compensatable(ReserveInventory).within_seconds(10).undone_by(ReleaseInventory),
        compensatable(AuthorizePayment)
            .within_seconds(30)
            .may_take_seconds(900)
            .undone_by(VoidPayment)
            .undone_independently(),
        compensatable(CommitInventory).within_seconds(10).undone_with(ReserveInventory),
        pivot(CapturePayment).within_seconds(30).queried_by(QueryPayment),
        retriable(ConfirmOrder),
    ],
};

/// As [`PLACE_ORDER`], for money that is captured later, shipment by shipment: the stock decides.
pub const PLACE_ORDER_MANUAL_CAPTURE: Definition<Action> = Definition {
    name: "place_order_manual_capture",
    version: 1,
    start_undone_by: Some(RejectOrder),
    deadline: Some(DEADLINE),
    steps: &[
        compensatable(ReserveInventory).within_seconds(10).undone_by(ReleaseInventory),
        compensatable(AuthorizePayment)
            .within_seconds(30)
            .may_take_seconds(900)
            .undone_by(VoidPayment)
            .undone_independently(),
        pivot(CommitInventory).within_seconds(10),
        retriable(ConfirmOrder),
    ],
};

/// Undoes an order that was confirmed, or whose cancel came when the money was already taken. It
/// was decided by orders before it began, so nothing in it can be refused.
pub const CANCEL_ORDER: Definition<Action> = Definition {
    name: "cancel_order",
    version: 1,
    start_undone_by: None,
    deadline: None,
    steps: &[
        retriable(ReleaseInventory).within_seconds(10),
        retriable(VoidPayment).within_seconds(30),
        retriable(RefundPayment).within_seconds(30),
        retriable(MarkCancelled).within_seconds(10),
    ],
};

/// [`PLACE_ORDER`] with a bug on purpose: the money is taken before the stock is certain.
pub(crate) const PLACE_ORDER_CAPTURE_FIRST: Definition<Action> = Definition {
    name: "place_order_capture_first",
    version: 1,
    start_undone_by: Some(RejectOrder),
    deadline: Some(DEADLINE),
    steps: &[
        compensatable(ReserveInventory).within_seconds(10).undone_by(ReleaseInventory),
        compensatable(AuthorizePayment)
            .within_seconds(30)
            .may_take_seconds(900)
            .undone_by(VoidPayment)
            .undone_independently(),
        pivot(CapturePayment).within_seconds(30).queried_by(QueryPayment),
        retriable(ConfirmOrder),
        retriable(CommitInventory).within_seconds(10),
    ],
};

/// Every definition of every version that a running saga may be pinned to.
pub const DEFINITIONS: &[&Definition<Action>] =
    &[&PLACE_ORDER, &PLACE_ORDER_MANUAL_CAPTURE, &CANCEL_ORDER];

#[cfg(feature = "planted")]
const PLANTED: &[&Definition<Action>] = &[&PLACE_ORDER_CAPTURE_FIRST];
#[cfg(not(feature = "planted"))]
const PLANTED: &[&Definition<Action>] = &[];

/// The definition of that name and version.
pub fn definition(name: &str, version: u32) -> Option<&'static Definition<Action>> {
    DEFINITIONS.iter().chain(PLANTED).copied().find(|it| it.name == name && it.version == version)
}

/// What is wrong with the definitions, in sentences for a developer. Checked at start-up.
pub fn faults() -> Vec<String> {
    let mut faults: Vec<String> = DEFINITIONS.iter().flat_map(|it| it.faults()).collect();
    for definition in DEFINITIONS {
        if definition.deadline.is_some_and(|deadline| deadline >= HOLD) {
            faults.push(format!(
                "saga {} v{}: its deadline is not shorter than the hold of stock ({HOLD:?}): \
                 shorten the deadline or lengthen the hold",
                definition.name, definition.version
            ));
        }
    }
    faults
}

/// What a saga of an order can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Hold the stock.
    ReserveInventory,
    /// Give it back.
    ReleaseInventory,
    /// Hold the money.
    AuthorizePayment,
    /// Give it back.
    VoidPayment,
    /// Make the hold of stock final.
    CommitInventory,
    /// Take the money.
    CapturePayment,
    /// Ask whether it was taken.
    QueryPayment,
    /// Give taken money back.
    RefundPayment,
    /// The order is good.
    ConfirmOrder,
    /// The order is not to be.
    RejectOrder,
    /// The order is cancelled.
    MarkCancelled,
}

impl saga::Action for Action {
    fn name(self) -> &'static str {
        match self {
            ReserveInventory => "reserve_inventory",
            ReleaseInventory => "release_inventory",
            AuthorizePayment => "authorize_payment",
            VoidPayment => "void_payment",
            CommitInventory => "commit_inventory",
            CapturePayment => "capture_payment",
            QueryPayment => "query_payment",
            RefundPayment => "refund_payment",
            ConfirmOrder => "confirm_order",
            RejectOrder => "reject_order",
            MarkCancelled => "mark_cancelled",
        }
    }
}

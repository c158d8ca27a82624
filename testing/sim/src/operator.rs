//! The operator: lets sagas rest and go on, and works through compensations that failed for good.

use crate::clients::Client;
use crate::faults::Fault;
use crate::world::OUTSIDE;
use contracts::messages::{
    CreateOrder, PauseSaga, ResumeSaga, RetryCompensation, SkipCompensation,
};
use contracts::{Body, ServiceName, Source};
use std::time::Duration;

/// The operator has an eye on an order that comes at that time.
pub(crate) fn watch_over(client: Client, order: &CreateOrder, after: Duration) {
    let order_id = order.order_id.clone();
    if client.faults.strikes(Fault::OperatorPause) {
        let (universe, client) = (client.universe.clone(), client.clone());
        let order_id = order_id.clone();
        universe.clone().spawn(OUTSIDE, async move {
            universe.sleep(after + Duration::from_millis(universe.below(20_000))).await;
            let (id, saga_id, reason) = (order_id.clone(), order_id.clone(), String::new());
            command(&client, &order_id, PauseSaga { order_id: id, saga_id, reason }).await;
            universe.sleep(Duration::from_secs(universe.below(90))).await;
            let (id, saga_id, reason) = (order_id.clone(), order_id.clone(), String::new());
            command(&client, &order_id, ResumeSaga { order_id: id, saga_id, reason }).await;
        });
    }
    if order.payment_method == "pm_void_refused" && client.faults.strikes(Fault::OperatorDecides) {
        let universe = client.universe.clone();
        universe.clone().spawn(OUTSIDE, async move {
            universe.sleep(after + Duration::from_secs(60 + universe.below(200))).await;
            let step = "authorize_payment".to_string();
            let (id, saga_id, reason) = (order_id.clone(), order_id.clone(), String::new());
            let again = RetryCompensation { order_id: id, saga_id, step: step.clone(), reason };
            command(&client, &order_id, again).await;
            universe.sleep(Duration::from_secs(universe.below(60))).await;
            let (id, saga_id, reason) = (order_id.clone(), order_id.clone(), String::new());
            command(&client, &order_id, SkipCompensation { order_id: id, saga_id, step, reason })
                .await;
        });
    }
}

/// Whether it was possible just then is not asked: an operator may be too late.
async fn command(client: &Client, order_id: &str, body: impl Into<Body>) {
    let body = body.into();
    let key = client.key(&["operator", order_id, body.message_type().name()]);
    let to = ServiceName::Orchestrator;
    client.insist_as(Source::Operator, to, order_id, body, key).await;
}

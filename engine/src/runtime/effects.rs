//! Performs claimed requests and brings their answers in. It never tries again by itself: the
//! service's timers decide when an unanswered operation is asked about.

use crate::delivery::Delivery;
use crate::ports::{Clock, Deliveries, Effects};
use crate::runtime::{Arrival, Ports, Shared, backoff};
use crate::unit::EffectRow;
use contracts::{Message, MessageId, Source};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(
    shared: Arc<Shared<P>>,
    mut claimed: mpsc::UnboundedReceiver<EffectRow>,
) {
    // What earlier processes left, all of it found once a claim runs dry; and what came later.
    let (mut left, mut performing) = (FuturesUnordered::new(), FuturesUnordered::new());
    let mut all_found = false;
    let (mut more, mut failures) = (true, 0);
    loop {
        let mut pause = None;
        if more && shared.slots.available_permits() > 0 {
            let claim = shared.claim();
            match shared.ports.store().claim_effects(claim).await {
                Ok(effects) => {
                    (more, failures) = (effects.len() == claim.slots, 0);
                    let group = if all_found { &mut performing } else { &mut left };
                    group.extend(effects.into_iter().map(|it| perform(shared.clone(), it)));
                    all_found |= !more;
                }
                Err(error) if shared.gives_up(&error) => return,
                Err(error) => {
                    tracing::warn!(%error, failures, "what is to be performed waits");
                    (pause, failures) = (Some(backoff(failures)), failures + 1);
                }
            }
        }
        if left.is_empty() && all_found {
            shared.warm_up.effects_were_answered();
        }
        tokio::select! {
            biased;
            Some(()) = left.next(), if !left.is_empty() => {}
            Some(()) = performing.next(), if !performing.is_empty() => {}
            effect = claimed.recv() => match effect {
                Some(effect) => performing.push(perform(shared.clone(), effect)),
                None => return,
            },
            () = shared.unclaimed.notified() => more = true,
            () = shared.ports.clock().sleep(pause.unwrap_or_default()), if pause.is_some() => {}
        }
    }
}

async fn perform<P: Ports>(shared: Arc<Shared<P>>, effect: EffectRow) {
    let Ok(_slot) = shared.slots.acquire().await else { return };
    let body = shared.ports.effects().perform(effect.request.clone()).await;
    let answer = Message {
        id: MessageId::derived(effect.request.id, effect.service, 0),
        source: Source::Provider,
        subject: effect.request.subject.clone(),
        time: shared.ports.clock().now(),
        cause: Some(effect.request.id),
        step: None,
        version: 0,
        traceparent: effect.request.traceparent.clone(),
        body,
    };
    let (done, outcome) = oneshot::channel();
    let arrival = Arrival { delivery: Delivery::from_effect(&effect, answer), done: Some(done) };
    if shared.arrivals.send(arrival).await.is_ok() {
        let _ = outcome.await; // the slot is taken until the answer is on disk
    }
}

//! Gathers what came in, makes rounds of it, and tells those who wait. One round at a time: while
//! one is on its way to the disk the next one grows, so batches form by themselves.

use crate::delivery::{Consumed, Content, Delivery, Origin, not_handled};
use crate::ports::{Clock, Committed, Deliveries, Failed, Queries, StoreError, Transactions};
use crate::round::{Limits, Round};
use crate::runtime::{
    Arrival, ObservedRound, Outcome, Ports, ROUND_DELIVERIES_MAX, Shared, Status, TIMERS_MAX,
    backoff,
};
use crate::unit::TimerRow;
use contracts::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long to sleep where no timer is known; it is woken when one is set.
const NO_TIMER: Duration = Duration::from_secs(3_600);
/// A store that was away is tried so often by itself: whoever asks whether we are ready must not
/// wait for a write that a balancer doesn't send to those who are not.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// What was published is deleted by the next round; if none comes for so long, by an empty one.
const DELETE_WAIT: Duration = Duration::from_millis(100);
/// How often a batch is tried as a whole while the store answers others.
const WHOLE_ATTEMPTS_MAX: u32 = 3;

type Waiting = Vec<Option<oneshot::Sender<Outcome>>>;

/// Runs until the door is closed and everything that came in is handled or the store is away, or
/// until the store fails.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>, arrivals: mpsc::Receiver<Arrival>) {
    let later = VecDeque::new();
    let mut pump = Pump { shared, arrivals, later, delete_at: None, has_taken_leave: false };
    while let Some(batch) = pump.gather().await {
        if pump.commit(batch).await.is_err() {
            break;
        }
    }
    pump.shared.status.send_if_modified(|status| {
        let is_stopping = *status == Status::Stopping;
        if is_stopping {
            *status = Status::Stopped;
        }
        is_stopping
    });
}

/// The store can't be trusted any more, or it is away when the process shall end; the status says
/// which. What was in hand is stored or not acknowledged, and comes again.
struct GivenUp;

struct Pump<P: Ports> {
    shared: Arc<Shared<P>>,
    arrivals: mpsc::Receiver<Arrival>,
    /// Came in while a round waited for its store; as many as the other loops have under way.
    later: VecDeque<Arrival>,
    /// Then what was published is deleted, whatever else happens.
    delete_at: Option<Timestamp>,
    /// What was published by then was deleted before the end.
    has_taken_leave: bool,
}

/// Deliveries that go into one round, and who waits for them. Without any the round tries whether
/// the store is back, and deletes what was published.
#[derive(Default)]
struct Batch {
    deliveries: Vec<Delivery>,
    waiting: Waiting,
}

impl<P: Ports> Pump<P> {
    /// Whatever is here, or else the next thing that comes. Nothing: the process may end.
    async fn gather(&mut self) -> Option<Batch> {
        let mut status = self.shared.status.subscribe();
        loop {
            if matches!(*status.borrow(), Status::Failed(_)) {
                return None;
            }
            let mut batch = self.drain();
            for timer in self.due_timers().await {
                batch.push(Arrival { delivery: from_timer(timer), done: None });
            }
            if !batch.deliveries.is_empty() {
                return Some(batch);
            }
            if *status.borrow_and_update() == Status::Stopping {
                return self.leave();
            }
            let until_timer = self.until_timer();
            let is_away = matches!(*status.borrow(), Status::Waiting(_));
            let until_delete = self.until_delete().filter(|_| !is_away);
            tokio::select! {
                biased;
                _ = status.changed() => {}
                arrival = self.arrivals.recv() => self.later.push_back(arrival?),
                () = self.shared.ports.clock().sleep(until_timer) => {}
                () = self.shared.next_timer.earlier.notified() => {}
                () = self.shared.warm_up.progress.notified() => {}
                () = self.shared.leaving.published.notified() => {}
                () = self.shared.ports.clock().sleep(until_delete.unwrap_or_default()),
                    if until_delete.is_some() => return Some(Batch::default()),
                () = self.shared.ports.clock().sleep(PROBE_INTERVAL), if is_away => {
                    return Some(Batch::default());
                }
            }
        }
    }

    /// One more round at the end, if something is to be deleted that would be published again.
    fn leave(&mut self) -> Option<Batch> {
        let is_first = !std::mem::replace(&mut self.has_taken_leave, true);
        (is_first && self.shared.leaving.to_delete().is_some()).then(Batch::default)
    }

    /// Counted from when there was something to be deleted.
    fn until_delete(&mut self) -> Option<Duration> {
        let now = self.shared.ports.clock().now();
        let is_due = self.shared.leaving.to_delete().is_some();
        self.delete_at = is_due.then(|| self.delete_at.unwrap_or(now + DELETE_WAIT));
        self.delete_at.map(|at| at.since(now))
    }

    /// What has come in by now, in order.
    fn drain(&mut self) -> Batch {
        let mut batch = Batch::default();
        while batch.deliveries.len() < ROUND_DELIVERIES_MAX {
            let arrival = self.later.pop_front().or_else(|| self.arrivals.try_recv().ok());
            let Some(arrival) = arrival else { break };
            batch.push(arrival);
        }
        batch
    }

    fn timers_may_fire(&self) -> bool {
        let caught_up = self.shared.ports.bus().is_none_or(crate::ports::Bus::caught_up);
        self.shared.warm_up.is_done() && caught_up
    }

    fn until_timer(&self) -> Duration {
        match self.shared.next_timer.get() {
            Some(_) if !self.timers_may_fire() => Duration::from_millis(100),
            Some(at) => at.since(self.shared.ports.clock().now()),
            None => NO_TIMER,
        }
    }

    async fn due_timers(&self) -> Vec<TimerRow> {
        let next_timer = self.shared.next_timer.get();
        let is_due = next_timer.is_some_and(|at| at <= self.shared.ports.clock().now());
        if !is_due || !self.timers_may_fire() {
            return vec![];
        }
        let store = self.shared.ports.store();
        let found = match store.due_timers(TIMERS_MAX).await {
            Ok(due) if due.is_empty() => self.shared.waiting().await,
            Ok(due) => return due,
            Err(error) => Err(error),
        };
        let now = self.shared.ports.clock().now();
        // Asked again soon where the store's clock is behind ours, or it could not answer.
        let soon = now + Duration::from_millis(50);
        self.shared.next_timer.set(match found {
            Ok(found) => found.next_timer.map(|at| at.max(soon)),
            Err(error) => (!self.shared.gives_up(&error)).then_some(soon),
        });
        vec![]
    }

    /// Commits the batch; what the store rejects is taken apart until the culprit stands alone.
    ///
    /// # Errors
    /// No more can be committed.
    async fn commit(&mut self, batch: Batch) -> Result<(), GivenUp> {
        let mut stack = vec![(batch, self.shared.limits)];
        while let Some((batch, limits)) = stack.pop() {
            if let Some((batch, reason)) = self.attempt(batch, limits).await? {
                take_apart(batch, limits, &reason, &mut stack);
            }
        }
        Ok(())
    }

    /// Tries until the store says yes or no, or nobody waits for it any more. Those at the door
    /// don't wait for a store that is away. One that is there, and still fails, is asked for too
    /// much at once.
    async fn attempt(
        &mut self,
        batch: Batch,
        limits: Limits,
    ) -> Result<Option<(Batch, String)>, GivenUp> {
        let Batch { mut deliveries, mut waiting } = batch;
        let mut attempts = 0;
        loop {
            let claim = self.shared.claim();
            let hosting = self.shared.hosting.clone();
            let (count, begun) = (deliveries.len(), self.shared.ports.clock().now());
            let published = self.shared.leaving.to_delete();
            let round = Round::new(hosting, deliveries, limits, claim).with_published(published);
            let failed = match self.shared.ports.store().transact(round).await {
                Ok(committed) => {
                    self.delete_at = None;
                    published.into_iter().for_each(|(_, to)| self.shared.leaving.is_deleted(to));
                    let took = self.shared.ports.clock().now().since(begun);
                    self.shared.ports.observe(&ObservedRound {
                        deliveries: count,
                        took,
                        committed: &committed,
                    });
                    self.tell(committed, waiting);
                    return Ok(None);
                }
                Err(failed) => failed,
            };
            let Failed { error, deliveries: returned } = failed;
            self.shared.leaving.doubt(&error);
            deliveries = returned;
            match error {
                StoreError::Rejected(reason) => {
                    return Ok(Some((Batch { deliveries, waiting }, reason)));
                }
                error if self.shared.gives_up(&error) => {
                    fail(waiting, &error);
                    return Err(GivenUp);
                }
                error => {
                    (deliveries, waiting) = turn_away(deliveries, waiting, &error);
                    tracing::warn!(%error, attempts, "the round waits");
                    self.shared.status.send_if_modified(|status| waits(status, &error));
                    if deliveries.is_empty() {
                        return Ok(None);
                    }
                    self.wait(backoff(attempts), &error).await?;
                    attempts += 1;
                    let can_be_smaller = deliveries.len() > 1 || limits.round_messages_max > 1;
                    let was_tried = attempts >= WHOLE_ATTEMPTS_MAX && can_be_smaller;
                    if was_tried && self.shared.ports.store().ping().await.is_ok() {
                        return Ok(Some((Batch { deliveries, waiting }, error.to_string())));
                    }
                }
            }
        }
    }

    /// Until the store may be back. Who comes to the door meanwhile is told at once, too.
    ///
    /// # Errors
    /// The process shall end, and doesn't wait for a store that is away.
    async fn wait(&mut self, span: Duration, error: &StoreError) -> Result<(), GivenUp> {
        let shared = self.shared.clone();
        let mut status = shared.status.subscribe();
        let mut stopping = std::pin::pin!(status.wait_for(|it| *it == Status::Stopping));
        let mut sleep = std::pin::pin!(shared.ports.clock().sleep(span));
        loop {
            tokio::select! {
                biased;
                _ = &mut stopping => return Err(GivenUp),
                () = &mut sleep => return Ok(()),
                Some(arrival) = self.arrivals.recv() => match arrival.done {
                    Some(done) if arrival.delivery.is_door() => fail(vec![Some(done)], error),
                    done => self.later.push_back(Arrival { done, ..arrival }),
                },
            }
        }
    }

    fn tell(&self, committed: Committed, waiting: Waiting) {
        let shared = &self.shared;
        shared.status.send_if_modified(|status| {
            let was_waiting = matches!(status, Status::Waiting(_));
            if was_waiting {
                *status = Status::Running;
            }
            was_waiting
        });
        shared.has_committed.store(true, Ordering::Relaxed);
        // Who hears the reply may have heard of its commit before.
        shared.listeners.tell(&committed);
        for (reply, done) in committed.replies.into_iter().zip(waiting) {
            if let Some(done) = done {
                let _ = done.send(Ok(reply)); // whoever hung up does not care
            }
        }
        for effect in committed.effects {
            let _ = shared.claimed.send(effect); // no receiver: the loop has ended, the row stays
        }
        if shared.ports.bus().is_some() {
            shared.leaving.add(committed.outbox);
        }
        if committed.hops > 0 {
            shared.hops.notify_one();
        }
        if committed.unclaimed > 0 {
            shared.unclaimed.notify_one();
        }
        if let Some(at) = committed.next_timer {
            shared.next_timer.hear_of(at);
        }
    }
}

impl Batch {
    fn push(&mut self, arrival: Arrival) {
        self.deliveries.push(arrival.delivery);
        self.waiting.push(arrival.done);
    }
}

fn from_timer(timer: TimerRow) -> Delivery {
    let row = Consumed::timer(&timer);
    Delivery {
        to: timer.key.service,
        content: Content::Message(Arc::new(timer.message)),
        origin: Origin::Row(row),
    }
}

fn waits(status: &mut Status, error: &StoreError) -> bool {
    let changes = matches!(status, Status::Running);
    if changes {
        *status = Status::Waiting(error.clone());
    }
    changes
}

fn fail(waiting: Waiting, error: &StoreError) {
    for done in waiting.into_iter().flatten() {
        let _ = done.send(Err(error.clone()));
    }
}

/// Those at the door are told; the others stay.
fn turn_away(
    deliveries: Vec<Delivery>,
    waiting: Waiting,
    error: &StoreError,
) -> (Vec<Delivery>, Waiting) {
    let (door, rest): (Vec<_>, Vec<_>) =
        deliveries.into_iter().zip(waiting).partition(|(delivery, _)| delivery.is_door());
    fail(door.into_iter().map(|(_, done)| done).collect(), error);
    rest.into_iter().unzip()
}

/// Halves; then hop by hop; then the culprit alone is buried, or refused at the door.
fn take_apart(batch: Batch, limits: Limits, reason: &str, stack: &mut Vec<(Batch, Limits)>) {
    let Batch { mut deliveries, mut waiting } = batch;
    if deliveries.len() > 1 {
        let half = deliveries.len() / 2;
        let second =
            Batch { deliveries: deliveries.split_off(half), waiting: waiting.split_off(half) };
        stack.push((second, limits));
        stack.push((Batch { deliveries, waiting }, limits));
        return;
    }
    if limits.round_messages_max > 1 {
        let one_hop = Limits { round_messages_max: 1, ..limits };
        stack.push((Batch { deliveries, waiting }, one_hop));
        return;
    }
    let Some(culprit) = deliveries.pop() else { return };
    if culprit.is_door() {
        for done in waiting.into_iter().flatten() {
            let _ = done.send(Ok(Some(not_handled(reason))));
        }
        return;
    }
    if matches!(culprit.content, Content::Message(_)) {
        let deliveries = vec![culprit.condemned(reason)];
        stack.push((Batch { deliveries, waiting }, limits));
        return;
    }
    unwritable(&culprit, reason);
}

/// The last that is heard of a delivery: it is neither handled nor buried.
fn unwritable(culprit: &Delivery, reason: &str) {
    const WHAT: &str = "not even the dead letter could be written";
    match &culprit.content {
        Content::Message(it) | Content::Condemned { message: it, .. } => {
            let (order_id, saga_id, trace_id) = (it.subject.as_str(), it.saga_id(), it.trace_id());
            let (service, message_id) = (culprit.to, it.id);
            tracing::error!(%service, order_id, saga_id, trace_id, %message_id, reason, "{WHAT}");
        }
        Content::Unreadable { subject, id, .. } => {
            tracing::error!(service = %culprit.to, %subject, %id, reason, "{WHAT}");
        }
    }
}

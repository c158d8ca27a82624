//! The one door: requests enter here as messages.

use crate::delivery::{Delivery, RequestKey};
use crate::hosting::Hosting;
use crate::ports::{Clock, StoreError};
use crate::runtime::{Arrival, News, Ports, Shared, Status};
use contracts::{Message, ServiceName, Subject, Timestamp};
use service::Reply;
use std::fmt;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

/// Where requests come in. Cheap to clone.
pub struct Door<P: Ports>(Arc<Shared<P>>);

/// Why a request was not handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoorError {
    /// Too much waits already: come again later.
    Overloaded,
    /// The process is about to end.
    Stopping,
    /// The store can't take it now. Whether it did is known only for a full disk: it didn't.
    Store(StoreError),
}

impl fmt::Display for DoorError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overloaded => formatter.write_str("too many requests wait already"),
            Self::Stopping => formatter.write_str("the process is about to end"),
            Self::Store(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for DoorError {}

impl<P: Ports> Clone for Door<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Ports> Door<P> {
    pub(super) const fn new(shared: Arc<Shared<P>>) -> Self {
        Self(shared)
    }

    /// Brings a request in and waits until it is on disk. A caller that stops waiting changes
    /// nothing: the request is handled all the same. One that comes again under a known key gets
    /// the reply that was kept.
    ///
    /// # Errors
    /// It was not handled, or nobody can say whether it was.
    pub async fn send(
        &self,
        to: ServiceName,
        message: Message,
        key: Option<RequestKey>,
    ) -> Result<Option<Reply>, DoorError> {
        if !matches!(*self.0.status.borrow(), Status::Running | Status::Waiting(_)) {
            return Err(DoorError::Stopping);
        }
        let (done, outcome) = oneshot::channel();
        let delivery = Delivery::from_door(to, message, key);
        let arrival = Arrival { delivery, done: Some(done) };
        self.0.arrivals.try_send(arrival).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => DoorError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => DoorError::Stopping,
        })?;
        match outcome.await {
            Ok(outcome) => outcome.map_err(DoorError::Store),
            Err(_) => Err(DoorError::Stopping),
        }
    }

    /// The time by this process's clock.
    pub fn now(&self) -> Timestamp {
        self.0.ports.clock().now()
    }

    /// The adapters, for reading.
    pub fn ports(&self) -> &P {
        &self.0.ports
    }

    /// Who is hosted in the process.
    pub fn hosting(&self) -> &Hosting {
        &self.0.hosting
    }

    /// How the process is doing.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.0.status.subscribe()
    }

    /// What is committed from now on by this process: about one subject, or about any.
    pub fn news(&self, about: Option<Subject>) -> News {
        self.0.listeners.listen(about)
    }

    /// From now on no request is taken; what came in is handled, then the status is `Stopped`.
    pub fn close(&self) {
        self.0.status.send_if_modified(|status| {
            let closes = !matches!(status, Status::Failed(_) | Status::Stopped);
            if closes {
                *status = Status::Stopping;
            }
            closes
        });
    }
}

//! The generated Protobuf types of every owner, and what may be said of the deprecated fields.

use crate::{Currency, Money, MoneyError};

#[expect(missing_docs, reason = "generated; the comments stand in the proto files")]
#[expect(clippy::all, reason = "generated")]
mod protobuf {
    include!(concat!(env!("OUT_DIR"), "/protobuf.rs"));
}

pub use protobuf::orderweaver::common::v1::{Envelope, EventEnvelope, Line};
pub use protobuf::orderweaver::inventory::v1::*;
pub use protobuf::orderweaver::orchestrator::v1::*;
pub use protobuf::orderweaver::orders::v1::*;
pub use protobuf::orderweaver::payments::v1::*;

/// `Money` wins; else the predecessor's `double`, in the default currency.
fn total(total: Option<Money>, amount: f64, default: Currency) -> Result<Money, MoneyError> {
    total.map_or_else(|| Money::from_predecessor(amount, default), Ok)
}

#[expect(deprecated, reason = "the one place that reads the predecessor's field")]
impl OrderCreated {
    /// What the order costs, from whichever field the sender has filled.
    ///
    /// # Errors
    /// The predecessor's `amount` is no amount of the default currency.
    pub fn total_or_amount(&self, default: Currency) -> Result<Money, MoneyError> {
        total(self.total, self.amount, default)
    }

    /// Fills both fields.
    #[must_use]
    pub fn with_total(self, total: Money) -> Self {
        Self { total: Some(total), amount: total.to_predecessor(), ..self }
    }
}

#[expect(deprecated, reason = "the one place that reads the predecessor's field")]
impl PaymentAuthorize {
    /// What is to be authorized, from whichever field the sender has filled.
    ///
    /// # Errors
    /// The predecessor's `amount` is no amount of the default currency.
    pub fn total_or_amount(&self, default: Currency) -> Result<Money, MoneyError> {
        total(self.total, self.amount, default)
    }

    /// Fills both fields.
    #[must_use]
    pub fn with_total(self, total: Money) -> Self {
        Self { total: Some(total), amount: total.to_predecessor(), ..self }
    }
}

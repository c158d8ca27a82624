//! The bus of a process that hosts all services.

use crate::ports::{Bus, BusError, Published, Received};
use contracts::Message;
use std::sync::Arc;

/// The bus of a process that has none; it can't be made.
pub enum NoBus {}

impl Bus for NoBus {
    async fn publish(&self, _: Vec<Arc<Message>>) -> Result<Published, BusError> {
        match *self {}
    }

    async fn next(&self, _: usize) -> Result<Vec<Received>, BusError> {
        match *self {}
    }

    async fn acknowledge(&self, _: Vec<u64>) -> Result<(), BusError> {
        match *self {}
    }

    fn caught_up(&self) -> bool {
        match *self {}
    }
}

//! Which partitions a member has, as the group decides it.

use super::State;
use super::offsets::Partition;
use crate::client::Context;
use crate::counts::count;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaResult;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl ConsumerContext for Context<Arc<State>> {
    /// Before any message of a new partition is brought, and before the offsets of one that is
    /// taken away are committed for the last time.
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(list) => {
                let mut offsets = self.role.offsets();
                partitions(list).for_each(|partition| offsets.assign(partition));
            }
            Rebalance::Revoke(list) => {
                let mut offsets = self.role.offsets();
                let open = partitions(list).flat_map(|partition| offsets.revoke(&partition));
                let open: Vec<u64> = open.collect();
                drop(offsets);
                self.role.shared.queue.forget(&open);
                self.role.shared.dead_letters.forget(&open);
            }
            Rebalance::Error(error) => tracing::warn!(%error, "the group can't share its work"),
        }
        count(&self.role.shared.counters.rebalances);
        self.role.rebalances.fetch_add(1, Ordering::AcqRel);
        self.role.warm_up.wake();
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::debug!(%error, "offsets were not committed: some messages will come again");
        }
    }
}

/// Those of a list.
pub(super) fn partitions(list: &TopicPartitionList) -> impl Iterator<Item = Partition> {
    let elements = list.elements().into_iter();
    elements.map(|it| Partition { topic: it.topic().into(), number: it.partition() })
}

//! What was brought and not yet acknowledged, and up to where a partition is done with. Pure.

use std::collections::{BTreeMap, VecDeque};

/// A partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Partition {
    /// The topic's name on the cluster.
    pub topic: String,
    /// Its number.
    pub number: i32,
}

/// The partitions that a member of a group has at the moment. One that was taken away and given
/// back is another one: what was brought of it before is forgotten, for somebody else may have
/// handled it and more meanwhile.
#[derive(Debug)]
pub(crate) struct Offsets {
    lanes: BTreeMap<Partition, Lane>,
    /// Where each receipt belongs.
    receipts: BTreeMap<u64, (Partition, i64)>,
    next_receipt: u64,
    step: u64,
}

#[derive(Debug, Default)]
struct Lane {
    /// In the order of the partition; the first one isn't done.
    brought: VecDeque<Brought>,
}

#[derive(Debug)]
struct Brought {
    offset: i64,
    receipt: Option<u64>,
}

impl Offsets {
    /// With receipts `first`, `first + step`, and so on.
    pub const fn new(first: u64, step: u64) -> Self {
        let lanes = BTreeMap::new();
        Self { lanes, receipts: BTreeMap::new(), next_receipt: first, step }
    }

    /// The partition was given to this member.
    pub fn assign(&mut self, partition: Partition) {
        self.revoke(&partition);
        self.lanes.insert(partition, Lane::default());
    }

    /// It was taken away: the receipts that nobody may give back any more.
    pub fn revoke(&mut self, partition: &Partition) -> Vec<u64> {
        let lane = self.lanes.remove(partition).unwrap_or_default();
        let open: Vec<u64> = lane.brought.iter().filter_map(|it| it.receipt).collect();
        for receipt in &open {
            self.receipts.remove(receipt);
        }
        open
    }

    /// All were taken away: the receipts that nobody may give back any more.
    pub fn revoke_all(&mut self) -> Vec<u64> {
        self.lanes.clear();
        std::mem::take(&mut self.receipts).into_keys().collect()
    }

    /// Whether what it is for may still be handled here.
    pub fn is_open(&self, receipt: u64) -> bool {
        self.receipts.contains_key(&receipt)
    }

    /// Of what will be brought next.
    pub const fn next_receipt(&self) -> u64 {
        self.next_receipt
    }

    /// What stands there is brought: a receipt for it. None if the partition is somebody else's.
    pub fn bring(&mut self, partition: &Partition, offset: i64) -> Option<u64> {
        let lane = self.lanes.get_mut(partition)?;
        let receipt = self.next_receipt;
        self.next_receipt += self.step;
        lane.brought.push_back(Brought { offset, receipt: Some(receipt) });
        self.receipts.insert(receipt, (partition.clone(), offset));
        Some(receipt)
    }

    /// What stands there is nobody's here: up to where the partition is now done with, if that has
    /// changed.
    pub fn skip(&mut self, partition: &Partition, offset: i64) -> Option<i64> {
        let lane = self.lanes.get_mut(partition)?;
        lane.brought.push_back(Brought { offset, receipt: None });
        lane.advance()
    }

    /// It was handled: the partition, and up to where it is now done with, if that has changed. A
    /// receipt that isn't known, or not any more, says nothing.
    pub fn acknowledge(&mut self, receipt: u64) -> Option<(Partition, i64)> {
        let (partition, offset) = self.receipts.remove(&receipt)?;
        let lane = self.lanes.get_mut(&partition)?;
        let index = lane.brought.binary_search_by_key(&offset, |it| it.offset).ok()?;
        lane.brought.get_mut(index)?.receipt = None;
        let done = lane.advance()?;
        Some((partition, done))
    }

    /// The partitions of which nothing is open.
    pub fn idle(&self) -> impl Iterator<Item = &Partition> {
        self.lanes.iter().filter(|(_, lane)| lane.brought.is_empty()).map(|(it, _)| it)
    }
}

impl Lane {
    /// Drops what is done at the front: the offset behind it.
    fn advance(&mut self) -> Option<i64> {
        let mut done = None;
        while let Some(first) = self.brought.front().filter(|it| it.receipt.is_none()) {
            done = Some(first.offset + 1);
            self.brought.pop_front();
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn partition(number: i32) -> Partition {
        Partition { topic: "orders.events".into(), number }
    }

    #[test]
    fn only_what_is_handled_without_a_gap_is_done_with() {
        let mut offsets = Offsets::new(0, 1);
        offsets.assign(partition(0));
        let receipts: Vec<_> = (10..14).filter_map(|it| offsets.bring(&partition(0), it)).collect();
        assert_eq!(receipts, [0, 1, 2, 3]);
        assert_eq!(offsets.acknowledge(1), None);
        assert_eq!(offsets.acknowledge(0), Some((partition(0), 12)));
        assert_eq!(offsets.acknowledge(3), None);
        assert_eq!(offsets.acknowledge(2), Some((partition(0), 14)));
        assert_eq!(offsets.acknowledge(2), None, "it is known already");
    }

    #[test]
    fn what_nobody_wants_is_done_with_when_everything_before_it_is() {
        let mut offsets = Offsets::new(0, 1);
        offsets.assign(partition(0));
        assert_eq!(offsets.skip(&partition(0), 6), Some(7));
        offsets.bring(&partition(0), 7);
        assert_eq!(offsets.skip(&partition(0), 9), None);
        assert_eq!(offsets.idle().count(), 0);
        assert_eq!(offsets.acknowledge(0), Some((partition(0), 10)));
        assert_eq!(offsets.idle().collect::<Vec<_>>(), [&partition(0)]);
    }

    #[test]
    fn a_receipt_of_a_partition_that_was_taken_away_says_nothing_even_if_it_came_back() {
        let mut offsets = Offsets::new(3, 4);
        offsets.assign(partition(0));
        offsets.assign(partition(1));
        let old = offsets.bring(&partition(0), 5).expect("a receipt");
        let other = offsets.bring(&partition(1), 5).expect("a receipt");
        assert_eq!((old, other), (3, 7));
        assert!(offsets.is_open(old));
        assert_eq!(offsets.revoke(&partition(0)), [old]);
        assert!(!offsets.is_open(old) && offsets.is_open(other));
        assert_eq!(offsets.bring(&partition(0), 6), None);
        offsets.assign(partition(0));
        assert_eq!(offsets.acknowledge(old), None);
        let new = offsets.bring(&partition(0), 5).expect("a receipt");
        assert_eq!(offsets.acknowledge(old), None);
        assert_eq!(offsets.acknowledge(new), Some((partition(0), 6)));
        assert_eq!(offsets.acknowledge(other), Some((partition(1), 6)));
    }

    proptest! {
        #[test]
        fn what_is_done_with_is_always_the_prefix_that_was_acknowledged(
            skipped in prop::collection::vec(any::<bool>(), 1..60),
            order in any::<prop::sample::Index>(),
            seed in prop::collection::vec(any::<usize>(), 60),
        ) {
            let mut offsets = Offsets::new(0, 1);
            offsets.assign(partition(0));
            let mut open = vec![];
            let mut done = vec![];
            let mut stored = 0;
            for (offset, skipped) in skipped.iter().enumerate() {
                let offset = i64::try_from(offset).expect("small");
                if *skipped {
                    done.push(offset);
                    stored = offsets.skip(&partition(0), offset).unwrap_or(stored);
                } else {
                    open.push((offset, offsets.bring(&partition(0), offset).expect("a receipt")));
                }
            }
            let rounds = order.index(open.len() + 1);
            for pick in seed.iter().take(rounds) {
                let (offset, receipt) = open.swap_remove(pick % open.len());
                done.push(offset);
                let told = offsets.acknowledge(receipt);
                stored = told.map_or(stored, |(_, offset)| offset);
            }
            let count = i64::try_from(skipped.len()).expect("small");
            let first_open = (0..count).find(|it| !done.contains(it)).unwrap_or(count);
            prop_assert_eq!(stored, first_open);
        }
    }
}

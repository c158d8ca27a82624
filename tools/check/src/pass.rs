//! One worker's way through a shop: what it has seen, and what it makes of it.

use crate::facts::{Facts, of_database};
use crate::findings::Findings;
use crate::parts::Gathered;
use crate::report::Counts;
use crate::rules::{
    Asked, HeldUp, Moment, Totals, agree, asked, hold, hold_log, hold_settled, hold_travel,
};
use crate::statement::Statement;
use contracts::ServiceName;
use engine::ScannedSubject;
use std::collections::BTreeSet;

/// What was seen so far.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    pub totals: Totals,
    pub findings: Findings,
    pub counts: Counts,
    /// Operations asked of a provider whose books are missing.
    pub unstated: u64,
}

/// What a slice is held against.
pub(crate) struct Measure<'a> {
    pub moment: Moment,
    /// Whether everything must have come to its end.
    pub is_settled: bool,
    pub statement: Option<&'a dyn Statement>,
    pub held_up: &'a HeldUp,
    /// The services of each store, and whose own database it is.
    pub stores: Vec<(&'a BTreeSet<ServiceName>, Option<ServiceName>)>,
}

impl Pass {
    /// Judges a slice.
    ///
    /// # Errors
    /// The provider's books can't be read.
    pub fn see(&mut self, slice: Gathered, measure: &Measure<'_>) -> Result<(), String> {
        let (_, database) = measure.stores[slice.part];
        for stray in slice.strays {
            let row = of_database(database, &format!("{}/#{}", stray.table, stray.key));
            self.findings.add(row, "has no name: nobody knows what it is about".into());
        }
        let mut asked = vec![];
        for known in slice.subjects {
            self.see_subject(known, measure, &mut asked);
        }
        match measure.statement {
            Some(books) => self.counts.stated += agree(&asked, books, &mut self.findings)?,
            None => self.unstated += asked.len() as u64,
        }
        Ok(())
    }

    fn see_subject(
        &mut self,
        known: Vec<Option<ScannedSubject>>,
        measure: &Measure<'_>,
        operations: &mut Vec<Asked>,
    ) {
        let Some(subject) = known.iter().flatten().next().map(|it| it.subject.clone()) else {
            return;
        };
        let is_whole = known.iter().flatten().all(|it| it.is_whole);
        let mut each = vec![];
        for (scanned, (_, database)) in known.into_iter().zip(&measure.stores) {
            let mut facts = Facts { database: *database, ..Facts::new(subject.as_str()) };
            if let Some(scanned) = scanned {
                self.read(&mut facts, scanned);
            }
            self.count(&facts);
            each.push(facts);
        }
        if !is_whole {
            self.counts.in_part += 1;
            return self.totals.leave_out(&merged(each));
        }
        let moment = self.hold_logs(&each, measure);
        let facts = merged(each);
        hold(&facts, moment, &mut self.findings);
        if measure.is_settled {
            hold_settled(&facts, &mut self.findings);
        }
        self.totals.add(&facts);
        operations.extend(asked(&facts));
    }

    fn read(&mut self, facts: &mut Facts, scanned: ScannedSubject) {
        (facts.timers, facts.log) = (scanned.timers, scanned.log);
        for record in scanned.records {
            facts.add(&record.key, &record.row, Some(&record.columns), &mut self.findings);
        }
    }

    /// Whether the services can agree about the subject by now.
    fn hold_logs(&mut self, each: &[Facts], measure: &Measure<'_>) -> Moment {
        let stores = measure.stores.iter().map(|(services, _)| *services);
        let databases: Vec<_> = stores.zip(each).collect();
        for (services, facts) in &databases {
            hold_log(facts, services, &mut self.findings);
        }
        if databases.len() == 1 || measure.moment == Moment::Apart {
            return measure.moment;
        }
        let under_way = hold_travel(&databases, measure.held_up, &mut self.findings);
        self.counts.under_way += under_way.len() as u64;
        if measure.is_settled {
            under_way.into_iter().for_each(|it| it.lose(&mut self.findings));
        } else if !under_way.is_empty() {
            return Moment::Busy;
        }
        measure.moment
    }

    fn count(&mut self, facts: &Facts) {
        let counts = &mut self.counts;
        counts.orders += u64::from(facts.order.is_some());
        counts.sagas += facts.sagas.len() as u64;
        counts.payments += u64::from(facts.payment.is_some());
        counts.transactions += facts.ledger.len() as u64;
        counts.reservations += u64::from(facts.reservation.is_some());
        counts.places += facts.stock.as_ref().map_or(0, |stock| stock.places.len() as u64);
        counts.movements += facts.movements.len() as u64;
        let messages = facts.log.iter().filter_map(|row| row.messages.as_ref().ok());
        counts.messages += messages.map(|messages| messages.len() as u64).sum::<u64>();
    }

    /// What another worker has seen.
    pub fn merge(&mut self, other: Self) {
        self.totals.merge(other.totals);
        self.findings.extend(other.findings);
        self.counts += other.counts;
        self.unstated += other.unstated;
    }
}

/// What all stores know, which have told of one subject each.
fn merged(each: Vec<Facts>) -> Facts {
    let mut each = each.into_iter();
    let mut all = each.next().unwrap_or_else(|| Facts::new(""));
    each.for_each(|facts| all.merge(facts));
    all
}

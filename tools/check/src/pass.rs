//! One worker's way through a store: what it has seen, and what it makes of it.

use crate::facts::{Facts, hosted};
use crate::findings::Findings;
use crate::report::Counts;
use crate::rules::{Asked, Moment, Totals, agree, asked, hold, hold_log};
use crate::statement::Statement;
use engine::{Scan, ScannedSubject};

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
    pub statement: Option<&'a dyn Statement>,
}

impl Pass {
    /// Judges a slice.
    ///
    /// # Errors
    /// The provider's books can't be read.
    pub fn see(&mut self, scan: Scan, measure: &Measure<'_>) -> Result<(), String> {
        for stray in scan.strays {
            let row = format!("{}/#{}", stray.table, stray.key);
            self.findings.add(row, "has no name: nobody knows what it is about".into());
        }
        let mut asked = vec![];
        for scanned in scan.subjects {
            self.see_subject(scanned, measure.moment, &mut asked);
        }
        match measure.statement {
            Some(books) => self.counts.stated += agree(&asked, books, &mut self.findings)?,
            None => self.unstated += asked.len() as u64,
        }
        Ok(())
    }

    fn see_subject(
        &mut self,
        scanned: ScannedSubject,
        moment: Moment,
        operations: &mut Vec<Asked>,
    ) {
        let mut facts = Facts::new(scanned.subject.as_str());
        (facts.timers, facts.log) = (scanned.timers, scanned.log);
        for record in scanned.records {
            facts.add(&record.key, &record.row, Some(&record.columns), &mut self.findings);
        }
        self.count(&facts);
        if !scanned.is_whole {
            self.counts.in_part += 1;
            return self.totals.leave_out(&facts);
        }
        hold(&facts, moment, &mut self.findings);
        hold_log(&facts, &hosted(), &mut self.findings);
        self.totals.add(&facts);
        operations.extend(asked(&facts));
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

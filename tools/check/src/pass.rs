//! One worker's way through a store: what it has seen, and what it makes of it.

use crate::facts::{Facts, hosted};
use crate::findings::Findings;
use crate::report::Counts;
use crate::rules::{Moment, Totals, agree, asked, hold, hold_log};
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
        scan.subjects.into_iter().try_for_each(|scanned| self.see_subject(scanned, measure))
    }

    fn see_subject(
        &mut self,
        scanned: ScannedSubject,
        measure: &Measure<'_>,
    ) -> Result<(), String> {
        let mut facts = Facts::new(scanned.subject.as_str());
        (facts.timers, facts.log) = (scanned.timers, scanned.log);
        for record in scanned.records {
            facts.add(&record.key, &record.row, Some(&record.columns), &mut self.findings);
        }
        self.count(&facts);
        if !scanned.is_whole {
            self.counts.in_part += 1;
            self.totals.leave_out(&facts);
            return Ok(());
        }
        hold(&facts, measure.moment, &mut self.findings);
        hold_log(&facts, &hosted(), &mut self.findings);
        self.totals.add(&facts);
        match measure.statement {
            Some(statement) => {
                self.counts.stated += agree(&facts, statement, &mut self.findings)?;
            }
            None => self.unstated += asked(&facts).count() as u64,
        }
        Ok(())
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

//! The whole benchmark: every cell, as often as asked.

use crate::arguments::Arguments;
use crate::cell::{self, Cell, Settings};
use crate::figures::{Figure, Figures};
use crate::ground::Ground;
use crate::proof::{self, Shown};
use crate::report::Report;
use terminal::{Failure, Interrupt, Notes};

/// Runs every cell and adds what it gives to the report, until somebody asks it to end.
///
/// # Errors
/// The server can't be started, is lost, or answers what no sound server does.
pub async fn run(
    arguments: &Arguments,
    ground: &mut Ground,
    interrupt: &Interrupt,
    notes: Notes,
    report: &mut Report,
) -> Result<(), Failure> {
    for _ in 0..arguments.rounds {
        let mut settings = arguments.settings();
        for cell in arguments.cells() {
            let ran = one(cell, ground, &settings, interrupt, report).await?;
            let Some((figures, broken)) = ran else { return Ok(()) };
            let sagas = figures.get(Figure::SagasPerSecond).unwrap_or_default();
            let name = cell.workload.name();
            notes.say(format_args!("{name}, {}: {sagas:.0} sagas/s", cell.load));
            for what in &broken {
                notes.say(format_args!("  BROKEN: {what}"));
            }
            report.add(cell, figures, broken);
            // The others would be as idle.
            settings.idle = 0.0;
        }
    }
    Ok(())
}

/// One run of a cell: its figures, and what was broken; nothing if it was asked to end before there
/// was anything to measure.
async fn one(
    cell: Cell,
    ground: &mut Ground,
    settings: &Settings,
    interrupt: &Interrupt,
    report: &mut Report,
) -> Result<Option<(Figures, Vec<String>)>, Failure> {
    if interrupt.is_asked() {
        return Ok(None);
    }
    let target = ground.target().await?;
    report.version = target.version().await?;
    let before = Shown::read(&target).await?;
    let measured = cell::measure(cell, &target, settings, interrupt, before.ends).await?;
    let Some((mut figures, desk)) = measured else { return Ok(None) };
    let mut broken = proof::broken(&desk, &target, &before).await?;
    if let Some(site) = &target.site {
        broken.extend(proof::checked_at_work(site).await?);
    }
    let Some(site) = target.stop().await? else { return Ok(Some((figures, broken))) };
    broken.extend(proof::checked_at_rest(&site)?);
    let sagas = desk.book(|book| book.taken().count()).max(1) as f64;
    figures.set(Figure::GrownKib, site.grown().await? as f64 / 1_024.0 / sagas);
    Ok(Some((figures, broken)))
}

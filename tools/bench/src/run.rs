//! The whole benchmark: every cell, as often as asked.

use crate::arguments::Arguments;
use crate::cell::{self, Cell, Settings, Target};
use crate::client::Connection;
use crate::ending::Ending;
use crate::failure::Failure;
use crate::figures::{Figure, Figures};
use crate::measure::metrics::label;
use crate::proof;
use crate::report::Report;
use crate::server::{Addresses, OwnServer};
use crate::shelf;
use crate::store::Stocked;

/// What one run of a cell has given: its figures, and what was broken.
type Ran = (Figures, Vec<String>);

/// Runs every cell and adds what it gives to the report, until somebody asks it to end.
///
/// # Errors
/// The server can't be started, is lost, or answers what no sound server does.
pub async fn run(
    arguments: &Arguments,
    url: Option<&str>,
    ending: &Ending,
    report: &mut Report,
) -> Result<(), Failure> {
    let settings = arguments.settings();
    let mut ground = Ground::prepare(arguments, url).await?;
    for _ in 0..arguments.rounds {
        for cell in arguments.cells() {
            let ran = ground.run(cell, &settings, ending, report).await;
            let (figures, broken) = match ran {
                Err(failure) if arguments.keep => {
                    ground.leave(true);
                    return Err(failure);
                }
                ran => ran?,
            };
            tell(cell, &figures, &broken);
            report.add(cell, figures, broken);
            if ending.is_asked() {
                ground.leave(arguments.keep);
                return Ok(());
            }
        }
    }
    ground.leave(arguments.keep);
    Ok(())
}

fn tell(cell: Cell, figures: &Figures, broken: &[String]) {
    let sagas = figures.get(Figure::SagasPerSecond).unwrap_or_default();
    eprintln!("{}, {}: {sagas:.0} sagas/s", cell.workload.name(), cell.load);
    for what in broken {
        eprintln!("  BROKEN: {what}");
    }
}

/// What cells run on.
enum Ground {
    /// A server of our own for each, on a copy of the same store.
    Own(Stocked),
    /// A server that runs already.
    Running(Target),
}

impl Ground {
    async fn prepare(arguments: &Arguments, url: Option<&str>) -> Result<Self, Failure> {
        let Some(url) = url else {
            return Ok(Self::Own(Stocked::make(&arguments.folder).await?));
        };
        let addresses = Addresses::parse(url)?;
        shelf::fill(&addresses).await?;
        Ok(Self::Running(Target { addresses, pid: None, data: None }))
    }

    async fn run(
        &mut self,
        cell: Cell,
        settings: &Settings,
        ending: &Ending,
        report: &mut Report,
    ) -> Result<Ran, Failure> {
        let stocked = match self {
            Self::Running(target) => return measured(cell, target, settings, ending).await,
            Self::Own(stocked) => stocked,
        };
        let data = stocked.copy()?;
        let server = OwnServer::start(&data).await?;
        report.version = version(&server.addresses).await?;
        let target = Target {
            addresses: server.addresses.clone(),
            pid: Some(server.pid()),
            data: Some(data.clone()),
        };
        let (mut figures, mut broken) = measured(cell, &target, settings, ending).await?;
        broken.extend(proof::checked(&data)?);
        server.stop().await?;
        broken.extend(proof::checked(&data)?);
        let sagas = figures.get(Figure::AllSagas).filter(|sagas| *sagas > 0.0);
        let grown = stocked.grown(&data) as f64 / 1_024.0;
        figures.set(Figure::GrownKib, sagas.map(|sagas| grown / sagas));
        Ok((figures, broken))
    }

    fn leave(self, keep: bool) {
        if let (Self::Own(stocked), true) = (self, keep) {
            eprintln!("The data stays in {}.", stocked.keep().display());
        }
    }
}

async fn measured(
    cell: Cell,
    target: &Target,
    settings: &Settings,
    ending: &Ending,
) -> Result<Ran, Failure> {
    let reserved = proof::reserved(&target.addresses).await?;
    let measured = cell::measure(cell, target, settings, ending).await?;
    let broken = proof::broken(&measured.desk, &target.addresses, &reserved).await?;
    Ok((measured.figures, broken))
}

async fn version(addresses: &Addresses) -> Result<String, Failure> {
    let page = Connection::open(&addresses.orders).await?.get("/metrics").await?;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let found = |name| label(&page, "orderweaver_build_info", name);
    let words = [found("version"), found("commit")].into_iter().flatten();
    Ok(words.collect::<Vec<_>>().join(" "))
}

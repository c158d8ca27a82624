//! Opening the bus that the settings name. Kafka is a feature of the build: librdkafka takes longer
//! to build than all of the rest, and a newcomer needs none.

use crate::configuration::{BusAddress, Configuration, Role};
use engine::Publishing;
use terminal::{Failure, again_with};

/// What a process with these settings publishes.
///
/// # Errors
/// One service alone, and nothing that carries its messages.
pub fn publishing(configuration: &Configuration) -> Result<Publishing, Failure> {
    let Configuration { role, bus, bus_disabled, .. } = configuration;
    match (role, bus) {
        (Role::All, BusAddress::None) if !bus_disabled => Ok(Publishing::Nothing),
        (Role::All, _) => Ok(Publishing::Events),
        (_, BusAddress::None) if !bus_disabled => {
            let what = "one service alone needs a bus to the others: name it with --bus, or host \
                        all of them with --role all";
            Err(Failure::usage(what, again_with("--bus", "kafka://127.0.0.1:9092")))
        }
        (_, _) => Ok(Publishing::EventsAndCommands),
    }
}

/// What is wanted of the bus, if there shall be one. Nobody is asked for it yet.
///
/// # Errors
/// The settings can't be, or this program has no such bus.
pub fn wanted(configuration: &Configuration) -> Result<Option<Settings>, Failure> {
    match &configuration.bus {
        BusAddress::Kafka(brokers) if !configuration.bus_disabled => {
            settings(configuration, brokers).map(Some)
        }
        BusAddress::Kafka(_) | BusAddress::None => Ok(None),
    }
}

#[cfg(feature = "kafka")]
use with_kafka::settings;
#[cfg(feature = "kafka")]
pub use with_kafka::{REMOVE_TOPICS, Settings, open};
#[cfg(not(feature = "kafka"))]
use without_kafka::settings;
#[cfg(not(feature = "kafka"))]
pub use without_kafka::{REMOVE_TOPICS, Settings, open};

#[cfg(feature = "kafka")]
mod with_kafka {
    use super::Configuration;
    use crate::serve::runtime;
    use bench::RemoveTopics;
    use bus_kafka::KafkaBus;
    use terminal::Failure;

    pub use bus_kafka::Settings;

    const NEXT: &str = "orderweaver config explain";

    /// As the configuration has them.
    pub fn settings(configuration: &Configuration, brokers: &str) -> Result<Settings, Failure> {
        let brokers = brokers.parse().map_err(|what: String| Failure::usage(what, NEXT))?;
        let settings = Settings {
            prefix: configuration.bus_prefix.clone().unwrap_or_default(),
            replica: configuration.replica.clone(),
            partitions: u16::try_from(configuration.bus_partitions).unwrap_or(u16::MAX),
            replication: u16::try_from(configuration.bus_replication).unwrap_or(u16::MAX),
            ..Settings::new(brokers)
        };
        settings.check().map_err(|error| Failure::usage(error, NEXT))?;
        Ok(settings)
    }

    /// Opens the bus. Brokers that are away are waited for while the process works.
    pub async fn open(
        settings: Settings,
        configuration: &Configuration,
    ) -> Result<KafkaBus, Failure> {
        let (services, routing) = (configuration.role.services(), hosting::routing());
        let opened = KafkaBus::open(settings, &services, &routing).await;
        opened.map_err(|error| Failure::usage(error, NEXT))
    }

    /// How topics are removed that were made for a while.
    pub const REMOVE_TOPICS: Option<RemoveTopics> = Some(|brokers, prefix| {
        let next = "orderweaver bench --help";
        let brokers = brokers.parse().map_err(|what: String| Failure::usage(what, next))?;
        let settings = Settings { prefix: prefix.into(), ..Settings::new(brokers) };
        let removed = runtime()?.block_on(bus_kafka::remove_topics(&settings));
        removed.map_err(|error| Failure::failed(error, next))
    });
}

#[cfg(not(feature = "kafka"))]
mod without_kafka {
    use super::Configuration;
    use bench::RemoveTopics;
    use engine::NoBus;
    use terminal::Failure;

    /// There are none.
    pub enum Settings {}

    /// This program can't.
    pub fn settings(_: &Configuration, _: &str) -> Result<Settings, Failure> {
        let what = "this program was built without Kafka";
        let next = "cargo build --release --locked --package orderweaver --features kafka";
        Err(Failure::usage(what, next))
    }

    /// Nobody comes here.
    pub async fn open(settings: Settings, _: &Configuration) -> Result<NoBus, Failure> {
        match settings {}
    }

    /// This program can't.
    pub const REMOVE_TOPICS: Option<RemoveTopics> = None;
}

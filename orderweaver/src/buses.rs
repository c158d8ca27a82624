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

/// The brokers, if there shall be a bus.
pub fn brokers(configuration: &Configuration) -> Option<&str> {
    match &configuration.bus {
        BusAddress::Kafka(brokers) if !configuration.bus_disabled => Some(brokers),
        BusAddress::Kafka(_) | BusAddress::None => None,
    }
}

#[cfg(feature = "kafka")]
pub use with_kafka::{REMOVE_TOPICS, kafka};
#[cfg(not(feature = "kafka"))]
pub use without_kafka::{REMOVE_TOPICS, kafka};

#[cfg(feature = "kafka")]
mod with_kafka {
    use super::Configuration;
    use crate::serve::runtime;
    use bench::RemoveTopics;
    use bus_kafka::{KafkaBus, Settings};
    use terminal::Failure;

    /// The bus on Kafka.
    pub type Kafka = KafkaBus;

    /// Opens it. Brokers that are away are waited for while the process works.
    pub async fn kafka(configuration: &Configuration, brokers: &str) -> Result<Kafka, Failure> {
        let next = "orderweaver config explain";
        let brokers = brokers.parse().map_err(|what: String| Failure::usage(what, next))?;
        let settings = Settings {
            prefix: configuration.bus_prefix.clone().unwrap_or_default(),
            replica: configuration.replica.clone(),
            partitions: u16::try_from(configuration.bus_partitions).unwrap_or(u16::MAX),
            replication: u16::try_from(configuration.bus_replication).unwrap_or(u16::MAX),
            ..Settings::new(brokers)
        };
        let (services, routing) = (configuration.role.services(), hosting::routing());
        let opened = KafkaBus::open(settings, &services, &routing).await;
        opened.map_err(|error| Failure::usage(error, next))
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

    /// There is none.
    pub type Kafka = NoBus;

    /// This program can't.
    pub const REMOVE_TOPICS: Option<RemoveTopics> = None;

    /// This program can't.
    pub async fn kafka(_: &Configuration, _: &str) -> Result<Kafka, Failure> {
        let what = "this program was built without Kafka";
        let next = "cargo build --release --locked --package orderweaver --features kafka";
        Err(Failure::usage(what, next))
    }
}

//! The suite that every bus passes, on a real Kafka.

mod common;

use bus_kafka::KafkaBus;
use bus_kafka::wire::{self, Outgoing};
use common::cluster::Cluster;
use conformance::Crossing;
use contracts::{Message, ServiceName};
use engine::{Bus as _, Routing};
use std::time::Duration;

/// Topics and groups of its own.
struct Kafka(Cluster);

fn play(rule: &'static str) {
    conformance::run(conformance::tell_of_bus(rule, Kafka(Cluster::new())));
}

impl Crossing for Kafka {
    type Bus = KafkaBus;

    async fn open(&self, hosted: &'static [ServiceName], routing: Routing) -> KafkaBus {
        KafkaBus::open(self.0.settings(), hosted, &routing).await.expect("a bus")
    }

    async fn close(&self, bus: KafkaBus) {
        bus.close().await;
    }

    async fn kill(&self, bus: KafkaBus) {
        drop(bus);
    }

    async fn spoil(&self, message: Message, bytes: &'static [u8]) {
        let record = Outgoing { value: bytes.to_vec(), ..wire::write(&message) };
        self.0.write(message.body.message_type().topic().expect("a topic"), &record);
    }

    async fn pause(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

conformance::bus_suite!(play);

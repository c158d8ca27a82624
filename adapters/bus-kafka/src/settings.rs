//! Where Kafka is, and what we want of it.

use crate::error::OpenError;
use engine::INBOX_KEPT;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The port of a broker that is named without one.
const DEFAULT_PORT: u16 = 9092;
/// A list of brokers only has to lead to one that is up.
const BROKERS_MAX: usize = 64;
/// For how long a topic writes into one file. It deletes whole files, so a message is kept for so
/// much longer than its retention.
pub(crate) const SEGMENT_LASTS: Duration = Duration::from_secs(24 * 3_600);
/// Clocks differ, and brokers look for what is too old only now and then.
const RETENTION_MARGIN: Duration = Duration::from_secs(24 * 3_600);
/// A message of ours and what travels with it fit into this.
const MESSAGE_BYTES_MIN: usize = 16 * 1024;
/// Of a larger one nothing good comes: each process that reads holds several in its memory.
const MESSAGE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Kafka refuses longer names; `.commands.dlq` and the like come behind it.
const NAME_BYTES_MAX: usize = 200;

/// The brokers to begin with: `kafka://host:port,host:port`, or the same without the scheme, as the
/// predecessor's `KAFKA_BROKERS` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brokers(String);

impl FromStr for Brokers {
    type Err = String;

    /// # Errors
    /// The text is no such list. The sentence repeats no password.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            return Err("a Kafka address with a user or password isn't supported: name a \
                        listener without, such as kafka://host:9092"
                .into());
        }
        let list = match text.split_once("://") {
            Some(("kafka", list)) => list,
            Some((scheme, _)) => {
                return Err(format!(
                    "{scheme}:// isn't supported: name a listener without TLS, such as \
                     kafka://host:9092"
                ));
            }
            None => text,
        };
        if list.contains('?') {
            return Err("the address of Kafka has a `?`: name hosts and ports only, such as \
                        kafka://host:9092"
                .into());
        }
        let hosts = list.strip_suffix('/').unwrap_or(list).split(',').map(str::trim);
        let hosts = hosts.map(broker).collect::<Result<Vec<_>, _>>()?;
        if hosts.len() > BROKERS_MAX {
            return Err(format!("{} brokers are named, at most {BROKERS_MAX} may be", hosts.len()));
        }
        Ok(Self(hosts.join(",")))
    }
}

/// A host with its port.
fn broker(text: &str) -> Result<String, String> {
    let wrong =
        || format!("{text:?} is no Kafka broker: name them as kafka://host:9092,other-host:9092");
    // The colons of an IPv6 address stand in brackets.
    let behind = text.rfind(']').unwrap_or(0);
    let (host, port) = match text[behind..].rfind(':') {
        Some(colon) => (&text[..behind + colon], &text[behind + colon + 1..]),
        None => (text, ""),
    };
    let port = if port.is_empty() { Ok(DEFAULT_PORT) } else { port.parse::<u16>() };
    let port = port.ok().filter(|port| *port != 0).ok_or_else(wrong)?;
    let name = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let is_address = name.is_some_and(|it| it.parse::<std::net::Ipv6Addr>().is_ok());
    let is_letter = |it: u8| it.is_ascii_alphanumeric() || b".-_".contains(&it);
    let is_host = !host.is_empty() && host.bytes().all(is_letter);
    if is_host || is_address { Ok(format!("{host}:{port}")) } else { Err(wrong()) }
}

impl fmt::Display for Brokers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is wanted of Kafka.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it is.
    pub brokers: Brokers,
    /// Before the names of topics and groups, so that several shops, or tests, share a cluster.
    pub prefix: String,
    /// What tells this process from other replicas of its service, the same after a restart. With
    /// it a process that was killed and started again has its partitions back at once (static
    /// membership); without it the group waits until the old one is given up.
    pub replica: Option<String>,
    /// Of topics that are made, and at least of those that are there.
    pub partitions: u16,
    /// Of topics that are made.
    pub replication: u16,
    /// For how long topics that are made keep messages.
    pub retention: Duration,
    /// A message is at most so large, with everything that travels with it.
    pub message_bytes_max: usize,
}

impl Settings {
    /// What a shop of its own on one broker needs.
    pub const fn new(brokers: Brokers) -> Self {
        Self {
            brokers,
            prefix: String::new(),
            replica: None,
            partitions: 4,
            replication: 1,
            retention: INBOX_KEPT.saturating_sub(SEGMENT_LASTS).saturating_sub(RETENTION_MARGIN),
            message_bytes_max: 1_000_000,
        }
    }

    /// The name of one of our topics on the cluster.
    pub fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Whether they can be, without asking anybody.
    ///
    /// # Errors
    /// They contradict each other, or ask for what can't be.
    pub fn check(&self) -> Result<(), OpenError> {
        let is_letter = |it: u8| it.is_ascii_alphanumeric() || b".-_".contains(&it);
        let is_name = |it: &str| it.len() <= NAME_BYTES_MAX && it.bytes().all(is_letter);
        let names = [Some(&self.prefix), self.replica.as_ref()];
        if let Some(name) = names.into_iter().flatten().find(|name| !is_name(name)) {
            return Err(OpenError::Settings(format!(
                "{name:?} can't be part of a name on Kafka: use at most {NAME_BYTES_MAX} letters, \
                 digits, dots, hyphens and underscores"
            )));
        }
        if self.replica.as_ref().is_some_and(String::is_empty) {
            let what = "the name of the replica is empty: give it one, or leave it out";
            return Err(OpenError::Settings(what.into()));
        }
        if self.partitions == 0 || self.replication == 0 {
            let what = "a topic has at least 1 partition and 1 replica: choose higher numbers";
            return Err(OpenError::Settings(what.into()));
        }
        if !(MESSAGE_BYTES_MIN..=MESSAGE_BYTES_MAX).contains(&self.message_bytes_max) {
            return Err(OpenError::Settings(format!(
                "messages of at most {} bytes are too small or too large: choose \
                 {MESSAGE_BYTES_MIN} to {MESSAGE_BYTES_MAX}",
                self.message_bytes_max
            )));
        }
        let (retention, longest) = (self.retention, INBOX_KEPT.saturating_sub(SEGMENT_LASTS));
        if retention.is_zero() || retention >= longest {
            return Err(OpenError::Settings(format!(
                "a retention of {retention:?} is none that the inbox outlives, which knows a \
                 message for {INBOX_KEPT:?}: choose one under {longest:?}"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        match (text.parse::<Brokers>(), expected) {
            (Ok(brokers), Ok(expected)) => assert_eq!(brokers.to_string(), expected),
            (Err(said), Err(part)) => assert!(said.contains(part), "{said:?} is no {part:?}"),
            (said, _) => panic!("{text:?} gave {said:?}"),
        }
    }

    #[test]
    fn brokers_are_read_with_and_without_scheme_and_port() {
        check("kafka://a.example:9093,b:9094/", Ok("a.example:9093,b:9094"));
        check("127.0.0.1:29092", Ok("127.0.0.1:29092"));
        check("redpanda, other_host:1", Ok("redpanda:9092,other_host:1"));
        check("kafka://[::1]:9093,[fe80::2]", Ok("[::1]:9093,[fe80::2]:9092"));
    }

    #[test]
    fn what_is_no_list_of_brokers_is_refused_with_a_remedy() {
        let example = "name them as kafka://host:9092";
        for text in ["", "kafka://", "a,,b", "a:0", "a:70000", "a:x", "a b:1", "::1:9092", "[x]:1"]
        {
            check(text, Err(example));
        }
        check("a?acks=0", Err("has a `?`: name hosts and ports only"));
        check("ssl://a:9092", Err("ssl:// isn't supported: name a listener without TLS"));
        check(&["a"; 65].join(","), Err("65 brokers are named, at most 64 may be"));
    }

    #[test]
    fn a_password_is_never_repeated() {
        for url in ["kafka://user:secret@host:9092", "kafka://host:9092?sasl.password=secret"] {
            let said = url.parse::<Brokers>().expect_err("a refusal");
            assert!(!said.contains("secret") && !said.contains("user:"), "{said}");
        }
    }

    fn refused(change: impl FnOnce(&mut Settings)) -> String {
        let mut settings = Settings::new("a".parse().expect("brokers"));
        assert_eq!(settings.check(), Ok(()));
        change(&mut settings);
        settings.check().expect_err("a refusal").to_string()
    }

    #[test]
    fn settings_that_can_t_be_are_refused_with_a_remedy() {
        let said = refused(|it| it.retention = INBOX_KEPT.saturating_sub(SEGMENT_LASTS));
        assert!(said.ends_with("choose one under 518400s"), "{said}");
        assert!(refused(|it| it.retention = Duration::ZERO).contains("choose one under"));
        assert!(refused(|it| it.partitions = 0).contains("choose higher numbers"));
        assert!(refused(|it| it.replication = 0).contains("choose higher numbers"));
        assert!(refused(|it| it.message_bytes_max = 100).contains("choose 16384 to 33554432"));
        assert!(refused(|it| it.prefix = "a/b".into()).contains("use at most 200 letters"));
        assert!(refused(|it| it.replica = Some("ä".into())).contains("use at most 200 letters"));
        assert!(refused(|it| it.replica = Some(String::new())).contains("or leave it out"));
    }
}

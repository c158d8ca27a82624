//! Which services of this process read what.

use contracts::{Message, MessageType, ServiceName, Source};
use engine::Routing;
use std::collections::BTreeSet;

/// A service that is hosted here, with what it reads.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub service: ServiceName,
    accepted: BTreeSet<MessageType>,
    /// Who hands its messages over without a bus.
    hosted: Vec<Source>,
}

impl Reader {
    /// Those of the services hosted here that read anything by a bus.
    pub fn all(hosted: &[ServiceName], routing: &Routing) -> Vec<Self> {
        let sources: Vec<Source> = hosted.iter().copied().map(Source::Service).collect();
        let reader = |service: &ServiceName| {
            let accepts = |it: &MessageType| routing.readers(*it).any(|it| it == *service);
            let accepted = MessageType::ALL.iter().copied().filter(accepts).collect();
            Self { service: *service, accepted, hosted: sources.clone() }
        };
        hosted.iter().map(reader).filter(|reader| !reader.topics().is_empty()).collect()
    }

    /// On which topics it listens, without the prefix of the settings.
    pub fn topics(&self) -> BTreeSet<&'static str> {
        self.accepted.iter().filter_map(|message| message.topic()).collect()
    }

    /// Whether the message is for it. Topics carry also what others read, and what was handled in
    /// the round that has sent it.
    pub fn wants(&self, message: &Message) -> bool {
        self.accepted.contains(&message.body.message_type())
            && !self.hosted.contains(&message.source)
    }
}

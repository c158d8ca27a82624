//! What stores keep of the log: a row for each subject of a round. Its messages, each behind its
//! length (4 bytes, little endian), are compressed together, behind the length of them all (LZ4, 4
//! bytes, little endian): they say the same things again and again.

use contracts::{Attributes, Message, Subject, UnreadableMessage};
use indexmap::IndexMap;
use lz4_flex::block::{compress_prepend_size, decompress_size_prepended};
use rustc_hash::FxBuildHasher;
use std::sync::Arc;

/// Bytes of a row before it was compressed: more than any round can say about one subject.
const ROW_BYTES_MAX: usize = 1 << 28;

/// The rows of a round, by subject, in the order in which the subjects come up.
pub fn rows(log: &[Arc<Message>]) -> impl Iterator<Item = (&Subject, Vec<u8>)> {
    let mut rows: IndexMap<&Subject, Vec<u8>, FxBuildHasher> = IndexMap::default();
    for message in log {
        let (row, bytes) = (rows.entry(&message.subject).or_default(), message.encode());
        row.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        row.extend(bytes);
    }
    rows.into_iter().map(|(subject, row)| (subject, compress_prepend_size(&row)))
}

/// The messages of a row.
///
/// # Errors
/// The row is damaged, or a message in it can't be read.
pub fn messages(row: &[u8]) -> Result<Vec<Message>, UnreadableMessage> {
    each(row, Message::decode)
}

/// The same without what the messages say.
///
/// # Errors
/// As of [`messages`].
pub fn attributes(row: &[u8]) -> Result<Vec<Attributes>, UnreadableMessage> {
    each(row, Attributes::decode)
}

fn each<T>(
    row: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, UnreadableMessage>,
) -> Result<Vec<T>, UnreadableMessage> {
    let row = decompressed(row)?;
    let (mut rest, mut messages) = (&row[..], vec![]);
    while !rest.is_empty() {
        let (length, behind) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (bytes, behind) = behind.split_at_checked(length).ok_or_else(cut)?;
        messages.push(decode(bytes)?);
        rest = behind;
    }
    Ok(messages)
}

/// A length that no row has is not believed: so much memory would be asked for. One that is cut
/// between two pieces can be read, and is too short.
fn decompressed(row: &[u8]) -> Result<Vec<u8>, UnreadableMessage> {
    let length = row.first_chunk().map(|length| u32::from_le_bytes(*length)).ok_or_else(cut)?;
    let length = usize::try_from(length).ok().filter(|length| *length <= ROW_BYTES_MAX);
    let length = length.ok_or_else(cut)?;
    let row = decompress_size_prepended(row).ok().filter(|row| row.len() == length);
    row.ok_or_else(cut)
}

fn cut() -> UnreadableMessage {
    UnreadableMessage("a row of the log is not as it was written".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::messages::OrderConfirmed;
    use contracts::{MessageId, Source, Timestamp};

    fn message(subject: &str, serial: u128) -> Arc<Message> {
        Arc::new(Message {
            id: MessageId(serial),
            source: Source::Client,
            subject: subject.into(),
            time: Timestamp(1),
            cause: None,
            step: None,
            version: 0,
            traceparent: None,
            body: OrderConfirmed { order_id: subject.into() }.into(),
        })
    }

    #[test]
    fn a_row_holds_the_messages_about_its_subject_in_their_order() {
        let log = [message("a", 1), message("b", 2), message("a", 3)];
        let rows: Vec<_> = rows(&log).collect();
        let read = |row: &[u8]| messages(row).expect("messages");
        assert_eq!(
            rows.iter().map(|(subject, _)| subject.as_str()).collect::<Vec<_>>(),
            ["a", "b"]
        );
        assert_eq!(read(&rows[0].1), [(*log[0]).clone(), (*log[2]).clone()]);
        assert_eq!(read(&rows[1].1), [(*log[1]).clone()]);
        assert_eq!(attributes(&rows[0].1).expect("attributes").len(), 2);
    }

    #[test]
    fn a_damaged_row_is_told_as_such_wherever_it_is_damaged() {
        let log: Vec<_> = (0..9).map(|serial| message("a", serial)).collect();
        let (_, row) = rows(&log).next().expect("a row");
        for cut in 0..row.len() {
            assert!(messages(&row[..cut]).is_err(), "cut at {cut}");
        }
        assert!(messages(&[255; 64]).is_err());
    }
}

//! What stores keep of the log for one subject and round: its messages, each behind its length (4
//! bytes, little endian).

use contracts::{Attributes, Message, UnreadableMessage};

/// Adds a message to a row.
pub fn append(row: &mut Vec<u8>, message: &Message) {
    let bytes = message.encode();
    row.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    row.extend(bytes);
}

/// The messages of a row.
///
/// # Errors
/// The row is cut, or a message in it can't be read.
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
    mut row: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, UnreadableMessage>,
) -> Result<Vec<T>, UnreadableMessage> {
    let cut = || UnreadableMessage("a row of the log ends in the middle of a message".into());
    let mut messages = vec![];
    while !row.is_empty() {
        let (length, rest) = row.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (bytes, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        messages.push(decode(bytes)?);
        row = rest;
    }
    Ok(messages)
}

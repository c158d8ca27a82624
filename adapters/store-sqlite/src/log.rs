//! The log's rows: the messages of one subject in one round, each behind its length (4 bytes,
//! little endian).

use contracts::{Message, UnreadableMessage};

pub(crate) fn append(row: &mut Vec<u8>, message: &Message) {
    let bytes = message.encode();
    row.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    row.extend(bytes);
}

pub(crate) fn read(mut row: &[u8]) -> Result<Vec<Message>, UnreadableMessage> {
    let mut messages = vec![];
    while let Some((length, rest)) = row.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let cut = || UnreadableMessage("a row of the log ends in the middle of a message".into());
        let (bytes, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        messages.push(Message::decode(bytes)?);
        row = rest;
    }
    Ok(messages)
}

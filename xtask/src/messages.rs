//! The table of messages: who owns each, who reads it, and on which topic it travels.

use contracts::{MessageType, ServiceName};

/// The table as Markdown.
pub fn table() -> String {
    let mut text = String::from(
        "# Messages\n\nWritten by `cargo xtask generate`. Don't edit.\n\n\
         | message | channel | key | owner | read by | topic |\n|---|---|---|---|---|---|\n",
    );
    for message in MessageType::ALL.iter().copied() {
        let readers: Vec<&str> = readers(message).into_iter().map(ServiceName::as_str).collect();
        let key = if message.name().ends_with("Stock") || message.name().starts_with("StockLevel") {
            "SKU"
        } else {
            "order id"
        };
        text += &format!(
            "| {} | {:?} | {key} | {} | {} | {} |\n",
            message.name(),
            message.channel(),
            message.owner(),
            if readers.is_empty() { "-".into() } else { readers.join(", ") },
            message.topic().unwrap_or("-"),
        );
    }
    text
}

/// Who accepts the message.
pub(crate) fn readers(message: MessageType) -> Vec<ServiceName> {
    hosting::routing().readers(message).collect()
}

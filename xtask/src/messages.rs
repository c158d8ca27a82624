//! The table of messages: who owns each, who reads it, and on which topic it travels.

use contracts::{MessageType, ServiceName};
use service::Service;

/// The table as Markdown.
pub fn table() -> String {
    let mut text = String::from(
        "# Messages\n\nWritten by `cargo xtask generate`. Don't edit.\n\n\
         | message | channel | key | owner | read by | topic |\n|---|---|---|---|---|---|\n",
    );
    for message in MessageType::ALL.iter().copied() {
        let readers: Vec<&str> = readers(message).map(ServiceName::as_str).collect();
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
pub(crate) fn readers(message: MessageType) -> impl Iterator<Item = ServiceName> {
    let accepted = [
        (orders::Orders::NAME, orders::Orders::accepts()),
        (payments::Payments::NAME, payments::Payments::accepts()),
        (inventory::Inventory::NAME, inventory::Inventory::accepts()),
        (orchestrator::Orchestrator::NAME, orchestrator::Orchestrator::accepts()),
    ];
    accepted
        .into_iter()
        .filter(move |(_, accepts)| accepts.contains(&message))
        .map(|(name, _)| name)
}

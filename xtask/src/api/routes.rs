//! The table of the HTTP routes.

use super::Document;
use contracts::ServiceName;

/// The table as Markdown; what every port has stands at the end.
pub(super) fn table(documents: &[Document]) -> String {
    let mut text =
        "# HTTP routes\n\nWritten by `cargo xtask generate` from the OpenAPI documents. \
                    Don't edit.\n"
            .to_string();
    for document in documents {
        let rows = rows(document, |route| !is_everywhere(documents, route));
        let (service, port) = (document.service, port(document.service));
        text += &format!("\n## {service}, port {port}\n\n{HEAD}{rows}");
    }
    if let Some(first) = documents.first() {
        let rows = rows(first, |route| is_everywhere(documents, route));
        text += &format!("\n## Every port\n\n{HEAD}{rows}");
    }
    text
}

const HEAD: &str = "| Route | What it does | Answers |\n|---|---|---|\n";

fn is_everywhere(documents: &[Document], route: &str) -> bool {
    documents.iter().all(|document| document.operations().any(|it| it.route == route))
}

fn rows(document: &Document, is_shown: impl Fn(&str) -> bool) -> String {
    let shown = document.operations().filter(|operation| is_shown(operation.route));
    let rows = shown.map(|operation| {
        let summary = operation.content["summary"].as_str().unwrap_or_default();
        let statuses = operation.content["responses"].as_object();
        let statuses: Vec<&str> = statuses.into_iter().flatten().map(|(it, _)| &**it).collect();
        let (method, route) = (&operation.method, operation.route);
        format!("| `{method} {route}` | {summary} | {} |\n", statuses.join(" "))
    });
    rows.collect()
}

pub(super) const fn port(service: ServiceName) -> u16 {
    match service {
        ServiceName::Orders => 8001,
        ServiceName::Payments => 8002,
        ServiceName::Inventory => 8003,
        ServiceName::Orchestrator => 8004,
    }
}

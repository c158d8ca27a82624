//! Files about the HTTP API that are made from the documents of its code: the OpenAPI documents
//! themselves, the table of routes, the pages of errors, and the walk through all calls for
//! Postman and for editors.

mod document;
mod errors;
mod postman;
mod rest_client;
mod routes;
mod tour;

pub use document::Document;

use contracts::ServiceName;
use std::path::PathBuf;

/// Every file: its path from the root of the workspace, and its content.
pub fn files() -> Vec<(PathBuf, String)> {
    let documents = ServiceName::ALL.map(Document::of);
    let mut files: Vec<(PathBuf, String)> = documents
        .iter()
        .map(|document| {
            let path = format!("docs/openapi/{}.json", document.service);
            (path.into(), pretty(&document.content))
        })
        .collect();
    files.extend([
        ("docs/api/orderweaver.postman_collection.json".into(), postman::collection(&documents)),
        ("docs/api/orderweaver.http".into(), rest_client::text()),
        ("docs/generated/routes.md".into(), routes::table(&documents)),
        ("docs/errors/README.md".into(), errors::page()),
    ]);
    files
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}

//! `orderweaver status`: the four services at one look.

use crate::globals::Context;
use crate::request::Request;
use contracts::ServiceName;
use serde_json::{Map, Value, json};
use std::thread;
use terminal::{Card, Exit, Failure, Outcome, Section, Shown, column};

const CARD: Card = Card {
    fields: &[],
    sections: &[
        Section {
            title: "SERVICES",
            path: "/services",
            columns: &[
                column("SERVICE", "/service", Shown::Text),
                column("ADDRESS", "/address", Shown::Text),
                column("HEALTH", "/health", Shown::State),
                column("READY", "/ready", Shown::State),
                column("VERSION", "/version", Shown::Text),
                column("MISSING", "/missing", Shown::Text),
            ],
        },
        Section {
            title: "SAGAS",
            path: "/sagas",
            columns: &[
                column("DEFINITION", "/definition", Shown::Text),
                column("STATE", "/state", Shown::State),
                column("COUNT", "/count", Shown::Number),
            ],
        },
    ],
};

/// What one service says of itself.
struct Seen {
    document: Value,
    is_reachable: bool,
    is_ready: bool,
}

/// Does it.
///
/// # Errors
/// A service does not answer, or is not ready.
pub fn run(context: &Context) -> Outcome {
    let (seen, counts) = thread::scope(|scope| {
        let looks = ServiceName::ALL.map(|service| scope.spawn(move || look(context, service)));
        let seen = looks.map(thread::ScopedJoinHandle::join);
        (seen, context.client.once(&Request::get(ServiceName::Orchestrator, &["saga-counts"])))
    });
    let seen: Vec<Seen> = seen.into_iter().flatten().collect();
    let sagas = counts.map_or(Value::Null, |answer| answer.body["counts"].clone());
    let services: Vec<&Value> = seen.iter().map(|seen| &seen.document).collect();
    context.output.one(&json!({ "services": services, "sagas": sagas }), &CARD)?;
    let count = |is: fn(&Seen) -> bool| seen.iter().filter(|seen| is(seen)).count();
    let failed = |exit, what: &str| Err(Failure::new(exit, what, "orderweaver doctor").into());
    match (count(|it| it.is_reachable), count(|it| it.is_ready)) {
        (0, _) => failed(Exit::Unreachable, "no service answers"),
        (reachable, _) if reachable < seen.len() => {
            failed(Exit::Partial, "not all services answer")
        }
        (_, ready) if ready < seen.len() => failed(Exit::Failed, "not all services are ready"),
        _ => Ok(()),
    }
}

/// Which checks of `/ready` are not ok, and what they say.
pub fn missing(ready: &Value) -> String {
    let checks = ready["checks"].as_object().into_iter().flatten();
    let missing = checks.filter(|(_, found)| *found != "ok");
    let said = missing.map(|(check, found)| match found.as_str() {
        Some(found) => format!("{check}: {found}"),
        None => format!("{check}: {found}"),
    });
    said.collect::<Vec<_>>().join("; ")
}

fn look(context: &Context, service: ServiceName) -> Seen {
    let ask = |path| context.client.once(&Request::get(service, &[path]));
    let mut document = Map::new();
    document.insert("service".into(), service.as_str().into());
    document.insert("address".into(), context.client.addresses().of(service).into());
    let health = ask("health");
    let is_reachable = health.is_ok();
    let health = health.map_or_else(|_| json!({ "status": "unreachable" }), |answer| answer.body);
    document.insert("health".into(), health["status"].clone());
    let ready = ask("ready").map_or(Value::Null, |answer| answer.body);
    document.insert("ready".into(), ready["status"].clone());
    document.insert("version".into(), health["version"].clone());
    document.insert("checks".into(), ready["checks"].clone());
    document.insert("missing".into(), missing(&ready).into());
    Seen { document: document.into(), is_reachable, is_ready: ready["status"] == "ready" }
}

//! Router and document, compared both ways.

mod common;

use common::{Operation, Shop};
use contracts::ServiceName;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const METHODS: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"];

fn document(service: ServiceName) -> Value {
    serde_json::to_value(http_api::document(service)).expect("JSON")
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

/// Each path of a service, filled in with its examples, and its methods.
fn paths(service: ServiceName) -> BTreeMap<String, BTreeSet<String>> {
    let mut paths = BTreeMap::<String, BTreeSet<String>>::new();
    for operation in Operation::all().into_iter().filter(|it| it.service == service) {
        paths.entry(operation.path()).or_default().insert(operation.method);
    }
    paths
}

#[tokio::test]
async fn every_documented_operation_is_answered() {
    let shop = Shop::open().await;
    for operation in Operation::all() {
        let answer = shop.call(operation.service, &operation.line(), &[], "").await;
        let is_unknown = answer.status == 405 || answer.code() == "not_found";
        assert!(!is_unknown, "{} -> {answer:?}", operation.name());
    }
}

#[tokio::test]
async fn nothing_is_answered_that_is_not_documented() {
    let shop = Shop::open().await;
    let known: BTreeSet<String> =
        ServiceName::ALL.into_iter().flat_map(paths).map(|it| it.0).collect();
    for service in ServiceName::ALL {
        let own = paths(service);
        for path in &known {
            let mut allowed = own.get(path).cloned().unwrap_or_default();
            if allowed.contains("GET") {
                allowed.insert("HEAD".into());
            }
            for method in METHODS.iter().filter(|method| !allowed.contains(**method)) {
                let answer = shop.call(service, &format!("{method} {path}"), &[], "").await;
                let said: BTreeSet<String> =
                    answer.header("allow").split(',').map(ToString::to_string).collect();
                let expected = if allowed.is_empty() { 404 } else { 405 };
                assert_eq!(answer.status, expected, "{service}: {method} {path}");
                if *method != "HEAD" {
                    answer.verdict();
                }
                assert!(allowed.is_empty() || said == allowed, "{service}: {path}: {said:?}");
            }
        }
    }
}

/// Whether a path of the first is also one of the second, which has a parameter there.
fn hides(first: &str, second: &str) -> bool {
    let (first, second): (Vec<_>, Vec<_>) =
        (first.split('/').collect(), second.split('/').collect());
    let is_taken = |(a, b): (&&str, &&str)| a == b || b.starts_with('{');
    first != second && first.len() == second.len() && first.iter().zip(&second).all(is_taken)
}

#[test]
fn no_path_hides_another_whose_parameter_may_be_the_same_word() {
    assert!(hides("/sagas/definitions", "/sagas/{saga_id}"));
    assert!(!hides("/sagas/definitions/{name}", "/sagas/{saga_id}"));
    for service in ServiceName::ALL {
        let operations = Operation::all().into_iter().filter(|it| it.service == service);
        let templates: BTreeSet<String> = operations.map(|it| it.template).collect();
        for first in &templates {
            let hidden = templates.iter().find(|second| hides(first, second));
            assert_eq!(hidden, None, "{service}: it is hidden by {first}");
        }
    }
}

#[test]
fn every_operation_says_who_it_is_and_what_it_answers() {
    for service in ServiceName::ALL {
        let document = document(service);
        let mut ids = BTreeSet::new();
        let items = object(&document["paths"]);
        for (path, item) in items {
            for (method, operation) in object(item) {
                let what = format!("{service}: {method} {path}");
                let id = operation["operationId"].as_str().expect("an id");
                assert!(ids.insert(id.to_string()), "{what}: {id} is there twice");
                assert!(operation["description"].is_string(), "{what} has no description");
                assert!(operation["tags"][0].is_string(), "{what} has no tag");
                check_responses(&what, &document, operation);
            }
        }
    }
}

fn check_responses(what: &str, document: &Value, operation: &Value) {
    for (status, response) in object(&operation["responses"]) {
        let response = match response["$ref"].as_str() {
            Some(place) => document.pointer(place.trim_start_matches('#')).expect(place),
            None => response,
        };
        let is_error = status.starts_with(['4', '5']);
        let Some(content) = response["content"].as_object() else { continue };
        let has_examples = content.values().all(|it| it["examples"].is_object());
        let is_json = content.keys().all(|it| it.contains("json"));
        if is_error && !content.contains_key("application/json") {
            assert!(content.contains_key("application/problem+json"), "{what} {status}");
        }
        let is_document = what.ends_with("/openapi.json");
        assert!(has_examples || !is_json || is_document, "{what} {status} has no example");
    }
}

//! What every operation has in common in the OpenAPI document: the errors, and their type.

use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response};

const PROBLEM_JSON: &str = "application/problem+json";
/// Errors that every operation can end with.
const EVERYWHERE: &[(&str, &str)] = &[
    ("400", "The path, the query or the body can't be read"),
    ("422", "A value is not allowed"),
    ("500", "A rule failed"),
    ("503", "Not now: too much load, or the store can't be used"),
];
/// Errors of the operations that take a body.
const WITH_BODY: &[(&str, &str)] =
    &[("413", "The body is too large"), ("415", "The body has the wrong content type")];

/// Gives every operation the errors that it can end with, all of them problems.
pub(crate) fn with_problems(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post];
        operations.into_iter().flatten().for_each(complete);
    }
    document
}

fn complete(operation: &mut Operation) {
    let with_body = operation.request_body.iter().flat_map(|_| WITH_BODY);
    let responses = &mut operation.responses.responses;
    for (status, description) in EVERYWHERE.iter().chain(with_body) {
        let response = || RefOr::T(Response::new(*description));
        responses.entry((*status).to_string()).or_insert_with(response);
    }
    for (status, response) in responses {
        let RefOr::T(response) = response else { continue };
        if status.starts_with(['4', '5']) {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content.clear();
            response.content.insert(PROBLEM_JSON.into(), RefOr::T(problem));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::with_problems;

    fn check(service: &str, document: utoipa::openapi::OpenApi) {
        let document = serde_json::to_value(with_problems(document)).expect("JSON");
        let paths = document["paths"].as_object().expect("paths");
        let operations = paths.values().flat_map(|path| path.as_object().expect("a path"));
        for (method, operation) in operations {
            let responses = operation["responses"].as_object().expect("responses");
            for (status, response) in responses.iter().filter(|it| it.0.starts_with(['4', '5'])) {
                let is_problem = response["content"]["application/problem+json"].is_object();
                assert!(is_problem, "{service} {method} {status}: {response}");
            }
            let expected = match operation["requestBody"].is_object() {
                true => vec!["400", "413", "415", "422", "500", "503"],
                false => vec!["400", "422", "500", "503"],
            };
            let is_there = |status: &&str| responses.contains_key(*status);
            assert!(expected.iter().all(is_there), "{service} {method}: {responses:?}");
        }
    }

    #[test]
    fn every_documented_error_is_a_problem() {
        check("orders", crate::orders::routes().into_openapi());
        check("payments", crate::payments::routes().into_openapi());
        check("inventory", crate::inventory::routes().into_openapi());
        check("orchestrator", crate::orchestrator::routes().into_openapi());
    }
}

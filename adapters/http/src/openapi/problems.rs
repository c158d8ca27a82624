//! The errors of an operation: which codes each status has, all of them problems.

use super::headers;
use super::schemas::words;
use crate::problem::{Kind, Problem};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AllOfBuilder, Components, ObjectBuilder};
use utoipa::openapi::{Content, Ref, RefOr, Response};

const PROBLEM_JSON: &str = "application/problem+json";
/// A response stands once among the components; its name is made of its codes, with this between.
const AND: char = '.';

/// Adds a response for every status that the operation can be refused with.
pub(super) fn complete(operation: &mut Operation, kinds: Vec<&'static Kind>) {
    let mut by_status: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
    for kind in kinds {
        by_status.entry(kind.status).or_default().insert(kind.code);
    }
    for (status, codes) in by_status {
        let codes: Vec<&str> = codes.into_iter().collect();
        let name = codes.join(&AND.to_string());
        // What is said of a status by hand is not a problem: what a probe is told.
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_string())
            .or_insert_with(|| RefOr::Ref(Ref::from_response_name(name)));
    }
}

/// The responses and examples that the operations refer to.
pub(super) fn components<'a>(
    operations: impl Iterator<Item = &'a Operation>,
    components: &mut Components,
) {
    let responses = operations.flat_map(|operation| operation.responses.responses.values());
    for response in responses {
        let RefOr::Ref(refers) = response else { continue };
        let name = refers.ref_location.rsplit('/').next().unwrap_or_default();
        let kinds: Vec<&Kind> = name.split(AND).filter_map(Kind::of).collect();
        for kind in &kinds {
            components.examples.insert(kind.code.into(), example(kind));
        }
        components.responses.insert(name.into(), RefOr::T(self::response(&kinds)));
    }
}

fn response(kinds: &[&Kind]) -> Response {
    let said: Vec<String> =
        kinds.iter().map(|kind| format!("`{}`: {}", kind.code, kind.title)).collect();
    let codes = words(kinds.iter().map(|kind| kind.code));
    let narrowed = ObjectBuilder::new().property("code", codes);
    let schema = AllOfBuilder::new().item(Ref::from_schema_name("Problem")).item(narrowed);
    let mut content = Content::new(Some(schema));
    for kind in kinds {
        let example = Ref::new(format!("#/components/examples/{}", kind.code));
        content.examples.insert(kind.code.into(), RefOr::Ref(example));
    }
    let mut response = Response::new(said.join("; "));
    response.content.insert(PROBLEM_JSON.into(), RefOr::T(content));
    headers::of_a_limit(&mut response);
    if kinds.iter().any(|kind| matches!(kind.status, 429 | 503)) {
        headers::refer(&mut response, headers::RETRY_AFTER);
    }
    response
}

/// An example of that kind of problem.
fn example(kind: &Kind) -> RefOr<Example> {
    let problem = serde_json::to_value(Problem::example(kind)).unwrap_or_default();
    ExampleBuilder::new().summary(kind.title).value(Some(problem)).into()
}

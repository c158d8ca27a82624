//! One operation in the making: the handler, what it can be refused with, its examples, and where
//! its answer leads to. What follows from its shape is added here for all of them.

use super::{headers, parameters, problems, schemas};
use crate::common::Port;
use crate::problem::{
    BAD_REQUEST, CARD_NUMBER_REFUSED, HEADERS_TOO_LARGE, IDEMPOTENCY_KEY_REUSED, INTERNAL_ERROR,
    Kind, MALFORMED_JSON, OUTCOME_UNKNOWN, OVERLOADED, PAYLOAD_TOO_LARGE, RATE_LIMITED,
    REQUEST_TIMEOUT, STOPPING, STORAGE_FULL, STORE_UNAVAILABLE, UNSUPPORTED_MEDIA_TYPE,
    URI_TOO_LONG, VALIDATION_FAILED, VERSION_MISMATCH,
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::link::Link;
use utoipa::openapi::path::{Operation as Described, ParameterStyle};
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema};
use utoipa::openapi::{Content, RefOr, Response};
use utoipa_axum::router::UtoipaMethodRouter;

/// Where a page leads: to the next one.
pub(crate) const NEXT_PAGE: &[(&str, &str)] = &[("page_token", "$response.body#/next_page_token")];

/// One route with one method: what the router answers and what the document says of it.
pub(crate) struct Operation {
    route: UtoipaMethodRouter<Port>,
    kinds: Vec<&'static Kind>,
}

/// The operation of one handler: `operation(routes!(get_order))`.
pub(crate) fn operation(route: UtoipaMethodRouter<Port>) -> Operation {
    let operation = Operation { route, kinds: vec![&STORE_UNAVAILABLE] };
    let operation = operation.refuses(&[&INTERNAL_ERROR, &RATE_LIMITED, &OVERLOADED]);
    operation.refuses(&[&URI_TOO_LONG, &HEADERS_TOO_LARGE]).of_its_shape()
}

impl Operation {
    fn of_its_shape(mut self) -> Self {
        let is_write = self.item().is_some_and(|it| it.post.is_some() || it.put.is_some());
        let has_parameters = self.described().is_some_and(|it| it.parameters.is_some());
        let has_body = self.described().is_some_and(|it| it.request_body.is_some());
        if is_write {
            self = self.refuses(&[&STOPPING, &STORAGE_FULL, &OUTCOME_UNKNOWN]);
        }
        if has_parameters || has_body {
            self = self.refuses(&[&BAD_REQUEST, &VALIDATION_FAILED, &CARD_NUMBER_REFUSED]);
        }
        if has_body {
            self = self.refuses(&[&MALFORMED_JSON, &REQUEST_TIMEOUT]);
            self = self.refuses(&[&PAYLOAD_TOO_LARGE, &UNSUPPORTED_MEDIA_TYPE]);
        }
        self
    }

    /// What it can be refused with, beside what its shape says.
    pub fn refuses(mut self, kinds: &[&'static Kind]) -> Self {
        self.kinds.extend(kinds);
        self
    }

    /// It needs no store.
    pub fn without_store(mut self) -> Self {
        self.kinds.retain(|kind| kind.code != STORE_UNAVAILABLE.code);
        self
    }

    /// It is always answered, however much there is to do.
    pub fn unlimited(mut self) -> Self {
        let is_limit = |code| code == RATE_LIMITED.code || code == OVERLOADED.code;
        self.kinds.retain(|kind| !is_limit(kind.code));
        self.without_store()
    }

    /// That parameter of its query chooses some of these words, with commas between them.
    pub fn chooses(mut self, name: &str, words: &[&str]) -> Self {
        let parameters = self.described().and_then(|it| it.parameters.as_mut());
        for parameter in parameters.into_iter().flatten() {
            if let RefOr::T(parameter) = parameter
                && parameter.name == name
            {
                let words = ArrayBuilder::new().items(schemas::words(words.iter().copied()));
                parameter.schema = Some(words.min_items(Some(1)).into());
                parameter.style = Some(ParameterStyle::Form);
                parameter.explode = Some(false);
            }
        }
        self
    }

    /// A repetition is known by its key.
    pub fn keyed(self) -> Self {
        self.refuses(&[&IDEMPOTENCY_KEY_REUSED]).with_parameter(parameters::IDEMPOTENCY_KEY)
    }

    /// It can be made to depend on the version of what it shows or changes.
    pub fn conditional(self) -> Self {
        self.refuses(&[&VERSION_MISMATCH]).with_parameter(parameters::IF_MATCH)
    }

    /// It can be made to leave alone what is there already.
    pub fn creating(self) -> Self {
        self.with_parameter(parameters::IF_ABSENT)
    }

    /// It may wait for what comes of it.
    pub fn waiting(mut self, status: &str) -> Self {
        if let Some(response) = self.response(status) {
            headers::refer(response, headers::PREFERENCE_APPLIED);
        }
        self.with_parameter(parameters::PREFER)
    }

    /// What it answers with that status has a version. A reader who knows it isn't sent it again,
    /// and one who wants another is refused.
    pub fn versioned(mut self, status: &str) -> Self {
        if let Some(response) = self.response(status) {
            headers::refer(response, headers::ETAG);
        }
        if self.item().is_some_and(|item| item.get.is_none()) {
            return self;
        }
        let mut response = Response::new("The reader has this version already");
        headers::refer(&mut response, headers::ETAG);
        if let Some(described) = self.described() {
            described.responses.responses.insert("304".into(), RefOr::T(response));
        }
        self.with_parameter(parameters::IF_NONE_MATCH).conditional()
    }

    /// It says where the new resource is.
    pub fn located(mut self, status: &str) -> Self {
        if let Some(response) = self.response(status) {
            headers::refer(response, headers::LOCATION);
        }
        self
    }

    fn with_parameter(mut self, component: &str) -> Self {
        if let Some(described) = self.described() {
            described.parameters.get_or_insert_default().push(parameters::refer(component));
        }
        self
    }

    /// What is sent to it has at least one of these fields, and not as `null`.
    pub fn asked_any_of<const N: usize>(mut self, fields: [(&str, RefOr<Schema>); N]) -> Self {
        let with = |(name, schema): (&str, RefOr<Schema>)| {
            ObjectBuilder::new().property(name, schema).required(name).build()
        };
        let any =
            fields.into_iter().map(with).fold(AnyOfBuilder::new(), AnyOfBuilder::item).build();
        let body = self.described().and_then(|it| it.request_body.as_mut());
        if let Some(RefOr::T(body)) = body {
            for content in body.content.values_mut() {
                let RefOr::T(content) = content else { continue };
                let Some(schema) = content.schema.take() else { continue };
                let both = AllOfBuilder::new().item(schema).item(Schema::AnyOf(any.clone()));
                content.schema = Some(both.into());
            }
        }
        self
    }

    /// An example of what is sent to it.
    pub fn asked(mut self, name: &str, example: Value) -> Self {
        let body = self.described().and_then(|it| it.request_body.as_mut());
        if let Some(RefOr::T(body)) = body {
            body.content.values_mut().for_each(|content| add(content, name, &example));
        }
        self
    }

    /// An example of what it answers with that status, as JSON.
    pub fn answered(mut self, status: &str, name: &str, example: &impl Serialize) -> Self {
        let example = serde_json::to_value(example).unwrap_or(Value::Null);
        let response = self.response(status);
        if let Some(content) = response.and_then(|it| it.content.get_mut("application/json")) {
            add(content, name, &example);
        }
        self
    }

    /// What the answer with that status leads to: another operation, and where in the answer its
    /// parameters stand.
    pub fn leads_to(mut self, status: &str, next: &str, parameters: &[(&str, &str)]) -> Self {
        let value = |(name, at): &(&str, &str)| ((*name).to_string(), json!(at));
        if let Some(response) = self.response(status) {
            let mut link = Link::default();
            link.operation_id = next.into();
            link.parameters = parameters.iter().map(value).collect();
            response.links.insert(next.into(), RefOr::T(link));
        }
        self
    }

    /// The route, with everything said.
    pub fn done(mut self) -> UtoipaMethodRouter<Port> {
        let kinds = std::mem::take(&mut self.kinds);
        let is_limited = kinds.iter().any(|kind| kind.code == RATE_LIMITED.code);
        if let Some(described) = self.described() {
            if described.description.is_none() {
                described.description = described.summary.clone();
            }
            let answers = described.responses.responses.values_mut().filter(|_| is_limited);
            for answer in answers {
                if let RefOr::T(answer) = answer {
                    headers::of_a_limit(answer);
                }
            }
            problems::complete(described, kinds);
        }
        self.route
    }

    fn item(&mut self) -> Option<&mut utoipa::openapi::PathItem> {
        self.route.1.paths.values_mut().next()
    }

    fn described(&mut self) -> Option<&mut Described> {
        let item = self.item()?;
        [&mut item.get, &mut item.post, &mut item.put].into_iter().find_map(Option::as_mut)
    }

    fn response(&mut self, status: &str) -> Option<&mut Response> {
        match self.described()?.responses.responses.get_mut(status)? {
            RefOr::T(response) => Some(response),
            RefOr::Ref(_) => None,
        }
    }
}

fn add(content: &mut RefOr<Content>, name: &str, example: &Value) {
    if let RefOr::T(content) = content {
        let example = ExampleBuilder::new().value(Some(example.clone()));
        content.examples.insert(name.into(), example.into());
    }
}

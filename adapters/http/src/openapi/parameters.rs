//! Headers of requests. Each is described once, under the components of the document.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Required};

pub(super) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
pub(super) const IF_MATCH: &str = "If-Match";
pub(super) const IF_NONE_MATCH: &str = "If-None-Match";
pub(super) const PREFER: &str = "Prefer";

/// A header: its name, what it is for, a pattern, and an example.
const HEADERS: &[(&str, &str, Option<&str>, &str)] = &[
    (
        IDEMPOTENCY_KEY,
        "Makes a repetition safe: the same key with the same request gets the same answer, for 7 \
         days. Quoted or bare",
        Some(r#"^("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-~]{1,255})$"#),
        "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"",
    ),
    (
        IF_MATCH,
        "Only if the resource has this version still: an ETag, a list of them, or `*`",
        Some(r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#),
        "\"3\"",
    ),
    (IF_NONE_MATCH, "Versions that the reader has already", None, "\"3\""),
    (
        PREFER,
        "`wait=10` waits until the order has left `pending`, at most 60 seconds (RFC 7240)",
        None,
        "wait=10",
    ),
];

/// Every header, for the components of a document.
pub(super) fn components() -> impl Iterator<Item = (String, RefOr<Parameter>)> {
    HEADERS.iter().map(|(name, description, pattern, example)| {
        let schema = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .pattern(*pattern)
            .examples([*example]);
        let parameter = ParameterBuilder::new()
            .name(*name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(*description))
            .schema(Some(schema));
        ((*name).to_string(), RefOr::T(parameter.build()))
    })
}

/// The parameter as an operation has it.
pub(super) fn refer(name: &str) -> RefOr<Parameter> {
    RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")))
}

//! The headers of answers. Each is described once, under the components of the document.

use serde_json::{Value, json};
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Response};

pub(super) const ETAG: &str = "ETag";
pub(super) const LOCATION: &str = "Location";
pub(super) const RETRY_AFTER: &str = "Retry-After";
pub(super) const PREFERENCE_APPLIED: &str = "Preference-Applied";

/// A header of answers: its name, what it says, its type, and an example.
struct Described {
    name: &'static str,
    description: &'static str,
    is_number: bool,
    example: &'static str,
}

const HEADERS: &[Described] = &[
    Described {
        name: ETAG,
        description: "The version of the resource, to be sent in If-Match or If-None-Match",
        is_number: false,
        example: "\"3\"",
    },
    Described {
        name: LOCATION,
        description: "The path of the new resource",
        is_number: false,
        example: "/orders/o-1",
    },
    Described {
        name: PREFERENCE_APPLIED,
        description: "The preference that was honoured (RFC 7240)",
        is_number: false,
        example: "wait=10",
    },
    Described {
        name: "RateLimit",
        description: "Requests that are left to this client, and the seconds until all are \
                      again; only where a rate limit is configured",
        is_number: false,
        example: "\"default\";r=50;t=30",
    },
    Described {
        name: "RateLimit-Policy",
        description: "Requests that each client may send, and in how many seconds, from its \
                      first one on; only where a rate limit is configured",
        is_number: false,
        example: "\"default\";q=100;w=60",
    },
    Described {
        name: RETRY_AFTER,
        description: "Seconds after which to try again",
        is_number: true,
        example: "1",
    },
];

/// Every header, for the components of a document.
pub(super) fn components() -> impl Iterator<Item = (String, RefOr<Header>)> {
    HEADERS.iter().map(|it| {
        let (kind, example) = match it.is_number {
            true => (Type::Integer, it.example.parse::<u32>().map_or(Value::Null, Value::from)),
            false => (Type::String, json!(it.example)),
        };
        let schema = ObjectBuilder::new().schema_type(SchemaType::Type(kind));
        let header = HeaderBuilder::new()
            .schema(Some(schema))
            .description(Some(it.description))
            .example(Some(example));
        (it.name.to_string(), RefOr::T(header.build()))
    })
}

/// An answer that may tell of the rate limit.
pub(super) fn of_a_limit(response: &mut Response) {
    refer(response, "RateLimit");
    refer(response, "RateLimit-Policy");
}

/// The response has that header.
pub(super) fn refer(response: &mut Response, name: &str) {
    let header = RefOr::Ref(Ref::new(format!("#/components/headers/{name}")));
    response.headers.insert(name.into(), header);
}

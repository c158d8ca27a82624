//! Headers of requests. Each is described once, under the components of the document.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Required};

pub(super) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
pub(super) const IF_ABSENT: &str = "If-None-Match-Any";
pub(super) const IF_MATCH: &str = "If-Match";
pub(super) const IF_NONE_MATCH: &str = "If-None-Match";
pub(super) const PREFER: &str = "Prefer";

/// A header of requests.
struct Described {
    /// Of its description: a header may say one thing to a look and another to a change.
    component: &'static str,
    name: &'static str,
    description: &'static str,
    allowed: Allowed,
    example: &'static str,
}

/// What a header may say.
enum Allowed {
    Anything,
    Pattern(&'static str),
    Word(&'static str),
}

impl Allowed {
    fn schema(&self) -> ObjectBuilder {
        let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        match self {
            Self::Anything => text,
            Self::Pattern(pattern) => text.pattern(Some(*pattern)),
            Self::Word(word) => text.enum_values(Some([*word])),
        }
    }
}

const HEADERS: &[Described] = &[
    Described {
        component: IDEMPOTENCY_KEY,
        name: "Idempotency-Key",
        description: "Makes a repetition safe: the same key with the same request gets the same \
                      answer, for 7 days. Quoted or bare",
        allowed: Allowed::Pattern(r#"^("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-~]{1,255})$"#),
        example: "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"",
    },
    Described {
        component: IF_ABSENT,
        name: "If-None-Match",
        description: "`*`: only if the resource is not there yet",
        allowed: Allowed::Word("*"),
        example: "*",
    },
    Described {
        component: IF_MATCH,
        name: "If-Match",
        description: "Only if the resource has this version still: an ETag, a list of them, or `*`",
        allowed: Allowed::Pattern(r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#),
        example: "\"3\"",
    },
    Described {
        component: IF_NONE_MATCH,
        name: "If-None-Match",
        description: "Versions that the reader has already",
        allowed: Allowed::Anything,
        example: "\"3\"",
    },
    Described {
        component: PREFER,
        name: "Prefer",
        description: "`wait=10` waits until the order has left `pending`, at most 60 seconds \
                      (RFC 7240)",
        allowed: Allowed::Anything,
        example: "wait=10",
    },
];

/// Every header, for the components of a document.
pub(super) fn components() -> impl Iterator<Item = (String, RefOr<Parameter>)> {
    HEADERS.iter().map(|it| {
        let schema = it.allowed.schema().examples([it.example]);
        let parameter = ParameterBuilder::new()
            .name(it.name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(it.description))
            .schema(Some(schema));
        (it.component.to_string(), RefOr::T(parameter.build()))
    })
}

/// The parameter as an operation has it.
pub(super) fn refer(component: &str) -> RefOr<Parameter> {
    RefOr::Ref(Ref::new(format!("#/components/parameters/{component}")))
}

//! The OpenAPI document of each service. Router and document are made of the same operations, so
//! that neither has what the other lacks.

mod headers;
mod operation;
mod parameters;
mod problems;
pub(crate) mod schemas;

pub(crate) use operation::{NEXT_PAGE, Operation, operation};

use crate::common::{self, Port};
use crate::input::{DerivedId, Id};
use crate::problem::{FieldError, Problem};
use crate::{inventory, orchestrator, orders, payments};
use contracts::ServiceName;
use utoipa::PartialSchema;
use utoipa::openapi::info::ContactBuilder;
use utoipa::openapi::path::{Operation as PathOperation, PathItem, Paths};
use utoipa::openapi::server::{ServerBuilder, ServerVariableBuilder};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, Info, License, OpenApi, Server, Tag};
use utoipa_axum::router::OpenApiRouter;

/// The routes of a service's port, each with what the document says of it.
#[derive(Default)]
pub(crate) struct Routes(OpenApiRouter<Port>);

impl Routes {
    /// With one more.
    #[must_use]
    pub fn with(self, operation: Operation) -> Self {
        Self(self.0.routes(operation.done()))
    }

    fn of(service: ServiceName) -> Self {
        let own = match service {
            ServiceName::Orders => orders::routes(),
            ServiceName::Payments => payments::routes(),
            ServiceName::Inventory => inventory::routes(),
            ServiceName::Orchestrator => orchestrator::routes(),
        };
        Self(own.0.merge(common::routes(service).0))
    }
}

/// The OpenAPI 3.1 document of a service, as it stands in `docs/openapi/` and, but for the address
/// of the server, at `/openapi.json`.
pub fn document(service: ServiceName) -> OpenApi {
    let (_, document) = router_and_document(service);
    document
}

/// The routes of a service, and the document that describes them.
pub(crate) fn router_and_document(service: ServiceName) -> (axum::Router<Port>, OpenApi) {
    let (router, mut document) = Routes::of(service).0.split_for_parts();
    document.info = info(service);
    document.servers = Some(vec![server(service)]);
    document.tags = Some(tags(service));
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.extend([
        ("Problem".into(), Problem::schema()),
        ("FieldError".into(), FieldError::schema()),
        ("Id".into(), Id::schema()),
        ("DerivedId".into(), DerivedId::schema()),
    ]);
    components.headers.extend(headers::components());
    components.parameters.extend(parameters::components());
    problems::components(operations(&document.paths), components);
    drop_unused(&mut document);
    (router, document)
}

fn operations(paths: &Paths) -> impl Iterator<Item = &PathOperation> {
    fn of_item(item: &PathItem) -> impl Iterator<Item = &PathOperation> {
        [&item.get, &item.post, &item.put].into_iter().flatten()
    }
    paths.paths.values().flat_map(of_item)
}

/// What the components describe and no operation of this service refers to.
fn drop_unused(document: &mut OpenApi) {
    let text = serde_json::to_string(&document).unwrap_or_default();
    let is_used =
        |folder: &str, name: &str| text.contains(&format!("components/{folder}/{name}\""));
    if let Some(components) = &mut document.components {
        components.headers.retain(|name, _| is_used("headers", name));
        components.parameters.retain(|name, _| is_used("parameters", name));
        components.schemas.retain(|name, _| is_used("schemas", name));
    }
}

fn info(service: ServiceName) -> Info {
    let title = format!("OrderWeaver {service}");
    let mut info = Info::new(title, env!("CARGO_PKG_VERSION").to_string());
    info.description = Some(format!("{} {COMMON}", about(service)));
    let mut license = License::new("MIT");
    license.identifier = Some("MIT".into());
    info.license = Some(license);
    info.contact = Some(ContactBuilder::new().name(Some("OrderWeaver")).build());
    info
}

const COMMON: &str = "Errors are `application/problem+json` (RFC 9457) with a stable `code`; \
    `type` leads to a page with cause and remedy. Money is exact: amounts come as a number or a \
    text in major units and are shown with their minor units. Times are RFC 3339 in UTC.";

const fn about(service: ServiceName) -> &'static str {
    match service {
        ServiceName::Orders => "Takes orders and tells what became of them.",
        ServiceName::Payments => "Shows payments, their operations at a provider, and the ledger.",
        ServiceName::Inventory => "Counts stock and shows what is reserved for orders.",
        ServiceName::Orchestrator => "Shows the sagas of orders and what they are made of.",
    }
}

const fn port(service: ServiceName) -> &'static str {
    match service {
        ServiceName::Orders => "8001",
        ServiceName::Payments => "8002",
        ServiceName::Inventory => "8003",
        ServiceName::Orchestrator => "8004",
    }
}

fn server(service: ServiceName) -> Server {
    let port = ServerVariableBuilder::new()
        .default_value(port(service))
        .description(Some("8001 to 8004 by service, plus the offset of --port-offset"));
    ServerBuilder::new()
        .url("http://localhost:{port}")
        .description(Some("A server on this machine"))
        .parameter("port", port)
        .build()
}

fn tags(service: ServiceName) -> Vec<Tag> {
    let tag = |name: &str, description: &str| {
        TagBuilder::new().name(name).description(Some(description)).build()
    };
    vec![
        tag(service.as_str(), about(service)),
        tag("service", "Health, metrics and documents, as on every port."),
    ]
}

/// For the port itself: the address is the one that the document was fetched from.
pub(crate) fn served(mut document: OpenApi) -> OpenApi {
    document.servers = Some(vec![Server::new("/")]);
    document
}

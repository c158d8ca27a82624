//! One walk through the whole API: calls in an order that works on an empty shop. The Postman
//! collection and the `.http` file are written from it.

use contracts::ServiceName::{self, Inventory, Orchestrator, Orders, Payments};

/// Names and values.
type Headers = &'static [(&'static str, &'static str)];

/// Calls that belong together.
pub struct Chapter {
    /// What they show.
    pub title: &'static str,
    /// In their order.
    pub calls: &'static [Call],
}

/// One request, and what must come back.
pub struct Call {
    /// What it does.
    pub title: &'static str,
    /// Whose port.
    pub service: ServiceName,
    /// The HTTP method.
    pub method: &'static str,
    /// As it stands in the document: `/orders/{order_id}`.
    pub route: &'static str,
    /// What stands for the parts of the route in braces, in their order.
    pub values: &'static [&'static str],
    /// What follows the question mark.
    pub query: &'static str,
    /// Headers besides the content type.
    pub headers: Headers,
    /// The JSON that is sent.
    pub body: Option<&'static str>,
    /// The status that must come back.
    pub status: u16,
    /// Fields of the answer and what they must hold.
    pub holds: &'static [(&'static str, &'static str)],
}

impl Call {
    const fn get(title: &'static str, service: ServiceName, route: &'static str) -> Self {
        Self {
            title,
            service,
            method: "GET",
            route,
            values: &[],
            query: "",
            headers: &[],
            body: None,
            status: 200,
            holds: &[],
        }
    }

    const fn send(
        title: &'static str,
        service: ServiceName,
        (method, route): (&'static str, &'static str),
        body: &'static str,
        status: u16,
    ) -> Self {
        Self { method, body: Some(body), status, ..Self::get(title, service, route) }
    }

    const fn at(self, values: &'static [&'static str]) -> Self {
        Self { values, ..self }
    }

    const fn query(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    const fn headers(self, headers: Headers) -> Self {
        Self { headers, ..self }
    }

    const fn holds(self, holds: &'static [(&'static str, &'static str)]) -> Self {
        Self { holds, ..self }
    }

    const fn fails(self, status: u16, code: &'static [(&'static str, &'static str)]) -> Self {
        Self { status, holds: code, ..self }
    }

    /// The route with its values, and the query.
    pub fn path(&self) -> String {
        let mut path = String::new();
        let mut values = self.values.iter();
        let mut rest = self.route;
        while let Some((before, inside)) = rest.split_once('{') {
            path += before;
            path += values.next().copied().unwrap_or_default();
            rest = inside.split_once('}').map_or("", |(_, after)| after);
        }
        path += rest;
        match self.query {
            "" => path,
            query => format!("{path}?{query}"),
        }
    }
}

const WAIT: (&str, &str) = ("Prefer", "wait=10");

/// The walk.
pub const CHAPTERS: &[Chapter] = &[
    Chapter {
        title: "Fill the shelf",
        calls: &[
            Call::send(
                "Set the counted stock",
                Inventory,
                ("PUT", "/stock/{sku}"),
                r#"{"on_hand": 100}"#,
                200,
            )
            .at(&["tea"])
            .holds(&[("on_hand", "100"), ("available", "100")]),
            Call::send(
                "Add a delivery",
                Inventory,
                ("POST", "/stock/{sku}/adjustments"),
                r#"{"delta": 20, "reason": "delivery"}"#,
                201,
            )
            .at(&["tea"])
            .headers(&[("Idempotency-Key", "delivery-1")])
            .holds(&[("on_hand", "120")]),
            Call::get("See one SKU", Inventory, "/stock/{sku}").at(&["tea"]),
            Call::get("List the stock", Inventory, "/stock").query("page_size=10"),
        ],
    },
    Chapter {
        title: "An order completes",
        calls: &[
            Call::send(
                "Place an order and wait for it",
                Orders,
                ("POST", "/orders"),
                r#"{
  "order_id": "o-1",
  "user_id": "u-1",
  "lines": [{"sku": "tea", "quantity": 2, "unit_price": "4.50"}]
}"#,
                201,
            )
            .headers(&[("Idempotency-Key", "order-1"), WAIT])
            .holds(&[("status", "\"created\""), ("state", "\"confirmed\"")]),
            Call::get("See the order", Orders, "/orders/{order_id}")
                .at(&["o-1"])
                .holds(&[("order_id", "\"o-1\"")]),
            Call::get("See its events", Orders, "/orders/{order_id}/events").at(&["o-1"]),
            Call::get("See its saga", Orchestrator, "/sagas/{saga_id}")
                .at(&["o-1"])
                .holds(&[("state", "\"COMPLETED\"")]),
            Call::get("See its reservation", Inventory, "/reservations/{order_id}")
                .at(&["o-1"])
                .holds(&[("state", "\"committed\"")]),
            Call::get("List its payments", Payments, "/payments").query("order_id=o-1"),
            Call::get("See its payment", Payments, "/payments/{payment_id}")
                .at(&["o-1!1"])
                .holds(&[("state", "\"captured\"")]),
            Call::get("See what was booked", Payments, "/ledger/transactions")
                .query("order_id=o-1"),
            Call::get("See the balances", Payments, "/ledger/balances"),
        ],
    },
    Chapter {
        title: "Orders end otherwise",
        calls: &[
            Call::send(
                "Place an order with an amount alone",
                Orders,
                ("POST", "/orders"),
                r#"{"order_id": "o-2", "user_id": "u-1", "amount": 123.45}"#,
                201,
            )
            .headers(&[WAIT]),
            Call::send(
                "Place an order whose card is declined",
                Orders,
                ("POST", "/orders"),
                r#"{
  "order_id": "o-3",
  "user_id": "u-2",
  "lines": [{"sku": "tea", "quantity": 1, "unit_price": "4.50"}],
  "payment_method": "pm_card_declined"
}"#,
                201,
            )
            .headers(&[WAIT])
            .holds(&[("state", "\"rejected\""), ("reason", "\"payment_declined\"")]),
            Call::send(
                "Cancel the first order",
                Orders,
                ("POST", "/orders/{order_id}/cancel"),
                r#"{"reason": "changed my mind"}"#,
                202,
            )
            .at(&["o-1"])
            .holds(&[("cancel_requested", "true")]),
            Call::get("List the orders of a user", Orders, "/orders").query("user_id=u-1"),
            Call::get("List what is compensated", Orchestrator, "/sagas")
                .query("state=COMPENSATED"),
            Call::get("Count the sagas", Orchestrator, "/saga-counts"),
        ],
    },
    Chapter {
        title: "What is refused",
        calls: &[
            Call::send(
                "An amount below zero",
                Orders,
                ("POST", "/orders"),
                r#"{"user_id": "u-1", "amount": "-1.00"}"#,
                422,
            )
            .holds(&[("code", "\"validation_failed\"")]),
            Call::send(
                "The same order id with another content",
                Orders,
                ("POST", "/orders"),
                r#"{"order_id": "o-2", "user_id": "u-1", "amount": 99}"#,
                409,
            )
            .holds(&[("code", "\"order_exists\"")]),
            Call::get("An order that nobody placed", Orders, "/orders/{order_id}")
                .at(&["nobody"])
                .fails(404, &[("code", "\"order_not_found\"")]),
            Call::get("A SKU that nobody counted", Inventory, "/stock/{sku}")
                .at(&["nothing"])
                .fails(404, &[("code", "\"sku_not_found\"")]),
        ],
    },
    Chapter {
        title: "Definitions",
        calls: &[
            Call::get("All definitions", Orchestrator, "/saga-definitions"),
            Call::get("The saga of an order", Orchestrator, "/sagas/definitions/{name}")
                .at(&["place_order"]),
        ],
    },
];

/// What every port has: title, route, values, headers.
type OfPort = (&'static str, &'static str, &'static [&'static str], Headers);

const JSON: Headers = &[("Accept", "application/json")];

const OF_EVERY_PORT: &[OfPort] = &[
    ("Health", "/health", &[], &[]),
    ("Ready", "/ready", &[], &[]),
    ("Alive, for probes", "/livez", &[], &[]),
    ("Ready, for probes", "/readyz", &[], &[]),
    ("Metrics", "/metrics", &[], &[]),
    ("All errors", "/errors", &[], JSON),
    ("What an error means", "/errors/{code}", &["order_not_found"], JSON),
    ("The OpenAPI document", "/openapi.json", &[], &[]),
    ("The page that shows it", "/docs", &[], &[]),
];

/// What is not walked, and why.
pub const LEFT_OUT: &[(&str, &str)] =
    &[("/events", "a stream that does not end"), ("/docs/{file}", "what the page at /docs loads")];

/// The calls that every port has, on that port.
pub fn of_port(service: ServiceName) -> impl Iterator<Item = Call> {
    OF_EVERY_PORT.iter().map(move |(title, route, values, headers)| {
        Call::get(title, service, route).at(values).headers(headers)
    })
}

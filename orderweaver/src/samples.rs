//! Sample orders for `orderweaver dev`: one is settled, one finds no stock, one is compensated
//! after its payment was declined. They go in by HTTP, like anybody's.

use contracts::ServiceName;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use terminal::{Failure, again, line};

/// How long a sample may take to be settled.
const PATIENCE: u32 = 100;
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

type Http = Client<HttpConnector, Full<Bytes>>;
type Addresses = [(ServiceName, SocketAddr)];

/// Fills the shelf, places the orders, and shows what became of them.
///
/// # Errors
/// The shop does not answer.
pub async fn place(addresses: &Addresses) -> Result<(), Failure> {
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    let stock = url(addresses, ServiceName::Inventory, "/stock/tea");
    call(&http, Method::PUT, &stock, Some(json!({ "on_hand": 1_000_000 }))).await?;
    line("\nSample orders:")?;
    let samples = [
        ("good stock and a good card", "tea", "pm_card_visa"),
        ("a SKU that nobody has", "unobtainium", "pm_card_visa"),
        ("a card that is declined", "tea", "pm_card_declined"),
    ];
    for (what, sku, payment_method) in samples {
        let order = json!({
            "user_id": "sample",
            "lines": [{ "sku": sku, "quantity": 2, "unit_price": "4.50" }],
            "payment_method": payment_method,
        });
        let orders = url(addresses, ServiceName::Orders, "/orders");
        let placed = call(&http, Method::POST, &orders, Some(order)).await?;
        let order_id = placed["order_id"].as_str().unwrap_or_default().to_string();
        let settled = settled(&http, addresses, &order_id).await?;
        let saga = url(addresses, ServiceName::Orchestrator, &format!("/sagas/{order_id}"));
        let saga = call(&http, Method::GET, &saga, None).await?;
        line(format_args!("  {what:<27} {} -> {}", outcome(&settled), story(&saga)))?;
        line(format_args!(
            "  {:<27} {}",
            "",
            url(addresses, ServiceName::Orders, &format!("/orders/{order_id}"))
        ))?;
    }
    Ok(())
}

fn outcome(order: &Value) -> String {
    let state = order["state"].as_str().unwrap_or("?");
    match order["reason"].as_str() {
        Some(reason) => format!("{state} ({reason})"),
        None => state.into(),
    }
}

/// What each step came to.
fn story(saga: &Value) -> String {
    let state = saga["state"].as_str().unwrap_or("?");
    let steps = saga["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let done = steps.iter().filter(|step| step["state"] != "PENDING");
    let told = done.map(|step| {
        let name = step["name"].as_str().unwrap_or("?");
        format!("{name} {}", step["state"].as_str().unwrap_or("?").to_lowercase())
    });
    format!("saga {state}: {}", told.collect::<Vec<_>>().join(", "))
}

async fn settled(http: &Http, addresses: &Addresses, order_id: &str) -> Result<Value, Failure> {
    let order = url(addresses, ServiceName::Orders, &format!("/orders/{order_id}"));
    let mut seen = Value::Null;
    for _ in 0..PATIENCE {
        seen = call(http, Method::GET, &order, None).await?;
        if seen["settled"] == true {
            break;
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    Ok(seen)
}

async fn call(
    http: &Http,
    method: Method,
    url: &str,
    body: Option<Value>,
) -> Result<Value, Failure> {
    let failed =
        |error: String| Failure::failed(format!("{url}: {error}"), again() + " --no-samples");
    let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
    let request = Request::builder()
        .method(method)
        .uri(url)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(body))
        .map_err(|error| failed(error.to_string()))?;
    let response = http.request(request).await.map_err(|error| failed(error.to_string()))?;
    let whole = response.into_body().collect().await;
    let whole = whole.map_err(|error| failed(error.to_string()))?.to_bytes();
    serde_json::from_slice(&whole).map_err(|error| failed(error.to_string()))
}

fn url(addresses: &Addresses, service: ServiceName, path: &str) -> String {
    let found = addresses.iter().find(|(name, _)| *name == service);
    found.map_or_else(String::new, |(_, address)| format!("http://{address}{path}"))
}

/// The request that the predecessor's readers know.
pub fn curl_line(addresses: &Addresses) -> String {
    let orders = url(addresses, ServiceName::Orders, "/orders");
    format!(
        "curl -X POST {orders} -H 'Content-Type: application/json' \
         -d '{{\"order_id\":\"o-1\",\"user_id\":\"u-1\",\"amount\":123.45}}'"
    )
}

//! The shelf that orders are filled from.

use crate::client::Connection;
use crate::shop::Addresses;
use crate::workload::{EMPTY_SKU, ON_HAND, SKUS, sku_name};
use hyper::Method;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use terminal::Failure;
use tokio::task::JoinSet;

/// Clients that fill it.
const CLIENTS: usize = 64;

/// Puts every SKU on the shelf, and a shelf for the empty one.
///
/// # Errors
/// The server doesn't take it.
pub async fn fill(addresses: &Addresses) -> Result<(), Failure> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (mut connection, next) = (Connection::open(&addresses.inventory).await?, next.clone());
        clients.spawn(async move {
            loop {
                let rank = next.fetch_add(1, Ordering::Relaxed);
                match rank {
                    ..SKUS => put(&mut connection, &sku_name(Some(rank)), ON_HAND).await?,
                    SKUS => put(&mut connection, EMPTY_SKU, 0).await?,
                    _ => return Ok(()),
                }
            }
        });
    }
    while let Some(done) = clients.join_next().await {
        done.map_err(|error| Failure::failed(error, "orderweaver bench"))??;
    }
    Ok(())
}

async fn put(connection: &mut Connection, sku: &str, on_hand: u64) -> Result<(), Failure> {
    let body = format!("{{\"on_hand\":{on_hand}}}");
    let answer = connection.call(Method::PUT, &format!("/stock/{sku}"), body).await?;
    if answer.status == 200 {
        return Ok(());
    }
    let what = format!("PUT /stock/{sku} answers {}: {}", answer.status, answer.text());
    Err(Failure::failed(what, "orderweaver stock get bench-00000"))
}

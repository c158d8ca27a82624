//! The built-in provider as a server of its own: any number of payments processes share it.

use crate::contract::{
    BODY_BYTES_MAX, COUNT, Count, Entry, HEALTH, Health, ID_BYTES_MAX, IDS_MAX, OPERATIONS, Page,
    Problem, SEARCH, SEARCH_BYTES_MAX, SERVICE, STATEMENT, Search,
};
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use contracts::messages::{OperationKind, ProviderAnswered, ProviderRequest};
use engine::Clock;
use payment_fake::{BooksError, FakeProvider, Statement};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Everything that the port of the provider serves.
pub fn router<C: Clock>(provider: FakeProvider<C>, statement: Statement) -> Router {
    let statement = Arc::new(statement);
    Router::new()
        .route(OPERATIONS, post(operate::<C>))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::new(provider))
        .merge(
            Router::new()
                .route(STATEMENT, get(page))
                .route(SEARCH, post(search))
                .route(COUNT, get(count))
                .layer(DefaultBodyLimit::max(SEARCH_BYTES_MAX))
                .with_state(statement),
        )
        .route(HEALTH, get(health))
}

/// The status and what is wrong.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, detail) = self;
        let title = status.canonical_reason().unwrap_or_default().into();
        let problem = Problem { title, status: status.as_u16(), detail };
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, content_type, Json(problem)).into_response()
    }
}

impl From<BooksError> for Refusal {
    fn from(error: BooksError) -> Self {
        Self(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
    }
}

type Answer<T> = Result<Json<T>, Refusal>;

async fn health() -> Json<Health> {
    Json(Health { status: "ok".into(), service: SERVICE.into() })
}

async fn operate<C: Clock>(
    State(provider): State<Arc<FakeProvider<C>>>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<ProviderAnswered> {
    let request: ProviderRequest = read(body)?;
    for (name, id) in [("order_id", &request.order_id), ("operation_id", &request.operation_id)] {
        if id.is_empty() || id.len() > ID_BYTES_MAX {
            return Err(invalid(format!("{name} must have 1 to {ID_BYTES_MAX} bytes")));
        }
    }
    if request.kind() == OperationKind::Unspecified {
        let what = format!("kind is {}: 1 authorize, 2 capture, 3 void, 4 refund", request.kind);
        return Err(invalid(what));
    }
    let silent = || {
        let what = "no answer was made: it may or may not have happened; ask again";
        Refusal(StatusCode::SERVICE_UNAVAILABLE, what.into())
    };
    provider.answer(&request).await.map(Json).ok_or_else(silent)
}

/// Which page of the statement is wanted.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    page_token: String,
    page_size: usize,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { page_token: String::new(), page_size: IDS_MAX }
    }
}

async fn page(
    State(statement): State<Arc<Statement>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Answer<Page> {
    let Query(Wanted { page_token, page_size }) =
        wanted.map_err(|error| Refusal(StatusCode::BAD_REQUEST, error.body_text()))?;
    if !(1..=IDS_MAX).contains(&page_size) {
        return Err(invalid(format!("page_size is {page_size}: 1 to {IDS_MAX}")));
    }
    looked(move || {
        let operations: Vec<Entry> =
            statement.page(&page_token, page_size)?.into_iter().map(entry).collect();
        let last = operations.last().filter(|_| operations.len() == page_size);
        let next_page_token = last.map(|last| last.operation_id.clone()).unwrap_or_default();
        Ok(Page { operations, next_page_token })
    })
    .await
}

async fn count(State(statement): State<Arc<Statement>>) -> Answer<Count> {
    looked(move || Ok(Count { succeeded: statement.succeeded()? })).await
}

async fn search(
    State(statement): State<Arc<Statement>>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Page> {
    let Search { mut operation_ids } = read(body)?;
    if operation_ids.len() > IDS_MAX {
        let count = operation_ids.len();
        return Err(invalid(format!("{count} operations are looked for, at most {IDS_MAX}")));
    }
    operation_ids.sort_unstable();
    operation_ids.dedup();
    looked(move || {
        let ids: Vec<&str> = operation_ids.iter().map(String::as_str).collect();
        let done = statement.done(&ids)?;
        let found = operation_ids.into_iter().zip(done);
        let operations = found.filter_map(|(id, done)| Some(entry((id, done?)))).collect();
        Ok(Page { operations, next_page_token: String::new() })
    })
    .await
}

fn entry((operation_id, entry): (String, payment_fake::Entry)) -> Entry {
    let payment_fake::Entry { order_id, kind, amount, .. } = entry;
    Entry { operation_id, order_id, kind: kind.into(), amount }
}

/// Reads the books on a thread that may wait for the disk.
async fn looked<T: Send + 'static>(
    look: impl FnOnce() -> Result<T, BooksError> + Send + 'static,
) -> Answer<T> {
    let failed = |what: String| Refusal(StatusCode::SERVICE_UNAVAILABLE, what);
    let looked = tokio::task::spawn_blocking(look).await;
    Ok(Json(looked.map_err(|error| failed(error.to_string()))??))
}

fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, Refusal> {
    let body = body.map_err(|error| Refusal(error.status(), error.body_text()))?;
    let wrong = |error: serde_json::Error| Refusal(StatusCode::BAD_REQUEST, error.to_string());
    serde_json::from_slice(&body).map_err(wrong)
}

fn invalid(what: String) -> Refusal {
    Refusal(StatusCode::UNPROCESSABLE_ENTITY, what)
}

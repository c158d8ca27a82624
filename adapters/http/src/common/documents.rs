//! The OpenAPI document, and Swagger UI to read and try it without any outside address.

use super::Document;
use crate::input::Path;
use crate::openapi::{Routes, operation};
use crate::problem::{INTERNAL_ERROR, NOT_FOUND, Problem};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::{Arc, LazyLock};
use utoipa::IntoParams;
use utoipa_axum::routes;
use utoipa_swagger_ui::Config;

static SWAGGER: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::new(["/openapi.json"])));

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .with(operation(routes!(get_openapi)).without_store())
        .with(operation(routes!(get_docs)).without_store())
        .with(operation(routes!(get_docs_file)).without_store().refuses(&[&NOT_FOUND]))
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "service",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
async fn get_openapi(State(document): State<Document>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document.0)
}

/// To read this document, and to try it.
#[utoipa::path(get, path = "/docs", tag = "service",
    responses((status = 303, description = "Swagger UI is at /docs/index.html")))]
async fn get_docs() -> Redirect {
    Redirect::to("/docs/index.html")
}

/// A file of Swagger UI.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct DocsPath {
    /// A file of Swagger UI.
    #[param(min_length = 1, max_length = 64, pattern = "^[a-z0-9.-]+$", example = "index.html")]
    file: String,
}

/// The files of Swagger UI.
#[utoipa::path(get, path = "/docs/{file}", tag = "service", params(DocsPath),
    responses((status = 200, description = "The file", content(
        (String = "text/html"), (String = "text/css"), (String = "text/javascript"),
        (String = "image/png")))))]
async fn get_docs_file(Path(asked): Path<DocsPath>) -> Result<Response, Problem> {
    let wrong =
        |error: Box<dyn std::error::Error>| Problem::new(&INTERNAL_ERROR, error.to_string());
    let missing = || Problem::new(&NOT_FOUND, "Swagger UI has no such file: see /docs");
    let file = match asked.file.as_str() {
        "/" => None,
        file => utoipa_swagger_ui::serve(file, SWAGGER.clone()).map_err(wrong)?,
    };
    let file = file.ok_or_else(missing)?;
    let encoding = file.gzpipped.then_some([(header::CONTENT_ENCODING, "gzip")]);
    Ok(([(header::CONTENT_TYPE, file.content_type)], encoding, file.bytes).into_response())
}

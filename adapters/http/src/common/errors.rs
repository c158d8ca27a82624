//! The pages that the `type` of a problem leads to.

use crate::accept::preferred;
use crate::input::Path;
use crate::openapi::{Routes, operation};
use crate::problem::{KINDS, Kind, NOT_FOUND, Problem, VALIDATION_FAILED};
use axum::Json;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

const FORMS: &[&str] = &["text/html", JSON];
const JSON: &str = "application/json";

pub(super) fn add(routes: Routes) -> Routes {
    let all = KindsView { errors: vec![KindView::of(&VALIDATION_FAILED)] };
    routes.with(operation(routes!(list_errors)).without_store().answered("200", "one", &all)).with(
        operation(routes!(get_error)).without_store().refuses(&[&NOT_FOUND]).answered(
            "200",
            "validation_failed",
            &KindView::of(&VALIDATION_FAILED),
        ),
    )
}

/// Every kind of problem.
#[derive(Serialize, ToSchema)]
struct KindsView {
    /// By status.
    errors: Vec<KindView>,
}

/// A kind of problem.
#[derive(Serialize, ToSchema)]
struct KindView {
    /// Stable, to be matched on.
    code: &'static str,
    /// The HTTP status.
    status: u16,
    /// What kind of problem it is.
    title: &'static str,
    /// What leads to it.
    cause: &'static str,
    /// What to do about it.
    remedy: &'static str,
}

impl KindView {
    const fn of(kind: &Kind) -> Self {
        let Kind { code, status, title, cause, remedy, .. } = *kind;
        Self { code, status, title, cause, remedy }
    }
}

/// Every code that a problem can have, with cause and remedy; a page or JSON, as `Accept` says.
#[utoipa::path(get, path = "/errors", tag = "service",
    responses((status = 200, description = "All of them", content(
        (KindsView = "application/json"), (String = "text/html")))))]
async fn list_errors(headers: HeaderMap) -> Response {
    if preferred(&headers, FORMS) == JSON {
        let errors = KINDS.iter().map(|kind| KindView::of(kind)).collect();
        return Json(KindsView { errors }).into_response();
    }
    let mut page = String::from("<h1>Errors</h1><table><tr><th>Status<th>Code<th>What");
    for Kind { code, status, title, .. } in KINDS {
        // Writing to a text can't fail.
        let _ =
            write!(page, "<tr><td>{status}<td><a href=\"/errors/{code}\">{code}</a><td>{title}");
    }
    html("Errors", &(page + "</table>"))
}

/// A code of a problem.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ErrorPath {
    /// A code of a problem.
    #[param(min_length = 1, max_length = 64, pattern = "^[a-z_]+$", example = "validation_failed")]
    code: String,
}

/// What a code means: cause and remedy; a page or JSON, as `Accept` says.
#[utoipa::path(get, path = "/errors/{code}", tag = "service", params(ErrorPath),
    responses((status = 200, description = "What it means", content(
        (KindView = "application/json"), (String = "text/html")))))]
async fn get_error(headers: HeaderMap, Path(asked): Path<ErrorPath>) -> Result<Response, Problem> {
    let missing = || Problem::new(&NOT_FOUND, "there is no such error code: see /errors");
    let kind = Kind::of(&asked.code).ok_or_else(missing)?;
    if preferred(&headers, FORMS) == JSON {
        return Ok(Json(KindView::of(kind)).into_response());
    }
    let Kind { code, status, title, cause, remedy, example } = kind;
    let example = match *example {
        "" => String::new(),
        example => format!("<h2>For example</h2><p><code>{}</code></p>", escaped(example)),
    };
    let body = format!(
        "<h1>{title}</h1><p>Code <code>{code}</code>, HTTP status {status}.</p>\
         <h2>Why</h2><p>{}</p><h2>What to do</h2><p>{}</p>{example}\
         <p><a href=\"/errors\">All errors</a></p>",
        escaped(cause),
        escaped(remedy),
    );
    Ok(html(code, &body))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn html(title: &str, body: &str) -> Response {
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <style>body{{font:1em/1.5 system-ui;max-width:45em;margin:2em auto;padding:0 1em}}\
         th,td{{text-align:left;padding-right:1em}}</style>{body}</html>"
    ))
    .into_response()
}

//! The query of a list: its filters, and which page.

use crate::input::{Whole, read_part, read_query, refuse_card_numbers_in};
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

const PAGE_SIZE: &str = "page_size";
const PAGE_TOKEN: &str = "page_token";
const PAGE_SIZE_DEFAULT: usize = 50;
type PageSize = Whole<1, 200>;

/// Which page of a list.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageParameters {
    /// At most so many; 50 if absent. A page may be shorter, even empty, though there are more.
    #[param(inline)]
    page_size: Option<PageSize>,
    /// The `next_page_token` of the page before, with the same filters.
    #[param(pattern = "^([0-9a-f]{16}[!-~]+)?$", max_length = 512)]
    page_token: Option<String>,
}

/// Which page of a list, as read.
pub struct Part {
    /// At most so many.
    pub size: usize,
    /// Where it begins.
    pub token: Option<String>,
}

/// The filters of a list, and which page.
pub struct Listed<F> {
    /// The filters.
    pub filter: F,
    /// Which page.
    pub part: Part,
}

impl<F: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Listed<F> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = || query.split('&').filter(|pair| !pair.is_empty());
        let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_string();
        // A token is made here, of digits that may look like anything.
        let given: Vec<&str> = pairs().filter(|pair| name(pair) != PAGE_TOKEN).collect();
        refuse_card_numbers_in(&given.join("&"))?;
        let (pages, filters): (Vec<&str>, Vec<&str>) =
            pairs().partition(|pair| matches!(name(pair).as_str(), PAGE_SIZE | PAGE_TOKEN));
        let PageParameters { page_size, page_token } = read_query(&pages.join("&"))?;
        let size = page_size
            .map_or(PAGE_SIZE_DEFAULT, |size| usize::try_from(size.count()).unwrap_or(usize::MAX));
        let token = page_token.filter(|token| !token.is_empty());
        let filter = read_part(&filters.join("&"), &[PAGE_SIZE, PAGE_TOKEN])?;
        Ok(Self { filter, part: Part { size, token } })
    }
}

/// A list without filters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

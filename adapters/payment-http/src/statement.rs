//! The reader of a provider's statement, for a tool that waits: it has a thread of its own.

use crate::address::Address;
use crate::contract::{
    COUNT, Count, Entry, HEALTH, Health, IDS_MAX, PAGE_BYTES_MAX, Page, Problem, SEARCH, SERVICE,
    STATEMENT, Search,
};
use serde::de::DeserializeOwned;
use std::time::Duration;
use ureq::http::Response;
use ureq::{Agent, Body};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a part of the statement may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The statement of the provider at an address. As many threads read as like to.
pub struct HttpStatement {
    address: Address,
    agent: Agent,
}

impl HttpStatement {
    /// Of the provider there, which must answer.
    ///
    /// # Errors
    /// Nobody does, or somebody else.
    pub fn open(address: Address) -> Result<Self, String> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(ANSWER_TIMEOUT))
            .max_redirects(0)
            .build();
        let statement = Self { address, agent: config.new_agent() };
        let health = statement.agent.get(statement.address.at(HEALTH)).call();
        let health = health.map_err(|error| statement.failed(error))?;
        let read = health.into_body().with_config().limit(PAGE_BYTES_MAX as u64).read_json();
        match read.ok().filter(|health: &Health| health.service == SERVICE) {
            Some(_) => Ok(statement),
            None => Err(statement.failed("somebody else answers there")),
        }
    }

    /// Which of the operations were done, in the order of their ids.
    ///
    /// # Errors
    /// No answer comes, or none that can be read.
    pub fn search(&self, operation_ids: &[&str]) -> Result<Vec<Entry>, String> {
        let mut found = vec![];
        for ids in operation_ids.chunks(IDS_MAX) {
            let search = Search { operation_ids: ids.iter().map(ToString::to_string).collect() };
            let answer = self.agent.post(self.address.at(SEARCH)).send_json(search);
            let page: Page = self.read(answer)?;
            found.extend(page.operations);
        }
        Ok(found)
    }

    /// The next operations after that one, at most so many, and no more than [`IDS_MAX`].
    ///
    /// # Errors
    /// No answer comes, or none that can be read.
    pub fn page(&self, after: &str, rows_max: usize) -> Result<Page, String> {
        let page_size = rows_max.clamp(1, IDS_MAX).to_string();
        let request = self.agent.get(self.address.at(STATEMENT));
        self.read(request.query("page_token", after).query("page_size", page_size).call())
    }

    /// How many operations were done.
    ///
    /// # Errors
    /// No answer comes, or none that can be read.
    pub fn succeeded(&self) -> Result<u64, String> {
        let count: Count = self.read(self.agent.get(self.address.at(COUNT)).call())?;
        Ok(count.succeeded)
    }

    fn read<T: DeserializeOwned>(
        &self,
        answer: Result<Response<Body>, ureq::Error>,
    ) -> Result<T, String> {
        let answer = answer.map_err(|error| self.failed(error))?;
        let status = answer.status();
        let mut body = answer.into_body();
        let body = body.with_config().limit(PAGE_BYTES_MAX as u64);
        if status.is_success() {
            return body.read_json().map_err(|error| self.failed(error));
        }
        let problem = body.read_json::<Problem>().map(|problem| problem.detail);
        Err(self.failed(format_args!("{status}: {}", problem.unwrap_or_default())))
    }

    fn failed(&self, error: impl std::fmt::Display) -> String {
        format!("the statement of the payment provider at {}: {error}", self.address)
    }
}

//! `orderweaver healthcheck`: the probe of a container, which has no other program to ask with.

use crate::cli::HealthcheckArguments;
use crate::configuration::Configuration;
use crate::process::port;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;
use terminal::Failure;
use ureq::Agent;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Succeeds where everybody who is asked can take requests.
pub fn run(
    arguments: &HealthcheckArguments,
    configuration: &Configuration,
) -> Result<ExitCode, Failure> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(TIMEOUT))
        .max_redirects(0)
        .build();
    let agent = config.new_agent();
    match &arguments.url {
        Some(url) => ask(&agent, url)?,
        None => urls(configuration).iter().try_for_each(|url| ask(&agent, url))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the services of the role say whether they can take requests.
fn urls(configuration: &Configuration) -> Vec<String> {
    let Configuration { host, port_offset, role, .. } = configuration;
    let host = match host {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => *address,
    };
    let address = |service| SocketAddr::new(host, port(service) + port_offset);
    let services = role.services().into_iter();
    services.map(|service| format!("http://{}/readyz", address(service))).collect()
}

fn ask(agent: &Agent, url: &str) -> Result<(), Failure> {
    let next = "orderweaver doctor";
    let answered = agent.get(url).call();
    let answered =
        answered.map_err(|error| Failure::unreachable(format!("{url}: {error}"), next))?;
    match answered.status() {
        status if status.is_success() => Ok(()),
        status => Err(Failure::failed(format!("{url}: {status}"), next)),
    }
}

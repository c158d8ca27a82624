//! `orderweaver doctor`: what could be wrong, each with the next command to try.

mod disk;

use crate::client::Answer;
use crate::globals::Context;
use crate::pages;
use crate::request::Request;
use crate::status::missing;
use crate::target::Target;
use clap::Args;
use contracts::ServiceName;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use terminal::{Column, Exit, Failure, Outcome, Shown, column, duration};

/// Clocks that differ by more make times hard to compare. The header counts whole seconds.
const SKEW_MAX: Duration = Duration::from_secs(2);

/// What to look at.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver doctor
  orderweaver doctor --profile staging -o json

Each line is ok, or a problem with the next command to try. Exit code 1: there is a problem.")]
pub struct DoctorArguments {
    /// The folder that holds the data of services on this machine (or ORDERWEAVER_DATA;
    /// .orderweaver if nothing is said).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Which shop to look at.
    #[command(flatten)]
    pub target: Target,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// What was found.
    pub found: String,
    /// The next command to try, where it is a problem.
    pub problem: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(check: impl Into<String>, found: impl Into<String>) -> Self {
        Self { check: check.into(), found: found.into(), problem: None }
    }

    /// Something must be done.
    pub fn problem(
        check: impl Into<String>,
        found: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self { problem: Some(next.into()), ..Self::ok(check, found) }
    }

    fn row(&self) -> Value {
        let result = if self.problem.is_some() { "problem" } else { "ok" };
        json!({
            "result": result, "check": self.check, "found": self.found, "next": self.problem,
        })
    }
}

const COLUMNS: &[Column] = &[
    column("RESULT", "/result", Shown::State),
    column("CHECK", "/check", Shown::Text),
    column("FOUND", "/found", Shown::Text),
    column("NEXT", "/next", Shown::Text),
];

/// Does it.
///
/// # Errors
/// There is a problem.
pub fn run(context: &Context, arguments: &DoctorArguments) -> Outcome {
    let mut findings = vec![];
    let mut versions = vec![];
    for service in ServiceName::ALL {
        look(context, service, &mut findings, &mut versions);
    }
    findings.push(compare_versions(&versions));
    if !versions.is_empty() {
        findings.push(sagas(context));
    }
    if context.client.addresses().are_local() {
        findings.extend(disk::look(arguments.data.as_deref()));
    }
    for next in findings.iter_mut().filter_map(|finding| finding.problem.as_mut()) {
        *next = context.target.lead(next);
    }
    let rows: Vec<Value> = findings.iter().map(Finding::row).collect();
    let mut list = context.output.list(COLUMNS);
    list.push(&rows)?;
    list.end()?;
    let problems = findings.iter().filter(|finding| finding.problem.is_some()).count();
    match (problems, versions.len()) {
        (0, _) => Ok(()),
        (_, 0) => {
            let next = context.client.addresses().start(ServiceName::Orders);
            Err(Failure::new(Exit::Unreachable, "no service answers", next).into())
        }
        (problems, _) => {
            let what = format!("{problems} of {} checks found a problem", findings.len());
            let next = findings.into_iter().find_map(|finding| finding.problem);
            Err(Failure::new(Exit::Failed, what, next.unwrap_or_default()).into())
        }
    }
}

/// Looks at one service; what it says of its version is added to the versions.
fn look(
    context: &Context,
    service: ServiceName,
    findings: &mut Vec<Finding>,
    versions: &mut Vec<(ServiceName, String)>,
) {
    let address = context.client.addresses().of(service);
    let asked = Instant::now();
    let health = match context.client.once(&Request::get(service, &["health"])) {
        Ok(health) => health,
        Err(_) => {
            let found = format!("no answer at {address}");
            let next = context.client.addresses().start(service);
            return findings.push(Finding::problem(service.as_str(), found, next));
        }
    };
    let took = asked.elapsed();
    let name = health.body["service"].as_str().unwrap_or("something else");
    if name != service.as_str() {
        let found = format!("{address} is {name}");
        return findings.push(Finding::problem(
            service.as_str(),
            found,
            "orderweaver profile list",
        ));
    }
    let version = health.body["version"].as_str().unwrap_or("?");
    versions.push((service, version.into()));
    let found = format!("answers at {address} in {}", duration::fine(took));
    findings.push(Finding::ok(service.as_str(), found));
    findings.push(readiness(service, context.client.once(&Request::get(service, &["ready"])).ok()));
    findings.push(clock(service, health.header("date"), Timestamp::now()));
}

fn readiness(service: ServiceName, answer: Option<Answer>) -> Finding {
    let check = format!("{service} ready");
    let body = answer.map_or(Value::Null, |answer| answer.body);
    match body["status"].as_str() {
        Some("ready") => Finding::ok(check, "ready"),
        _ => {
            let found = format!("not ready (its log says why); {}", missing(&body));
            Finding::problem(check, found, "orderweaver status")
        }
    }
}

/// Compares the clocks; `date` is the header of an answer that has just come.
fn clock(service: ServiceName, date: &str, now: Timestamp) -> Finding {
    let check = format!("{service} clock");
    let parser = rfc2822::DateTimeParser::new();
    let Ok(theirs) = parser.parse_timestamp(date) else {
        let found = format!("the Date header {date:?} is no date: does a proxy drop it?");
        return Finding::problem(check, found, "orderweaver profile list");
    };
    let skew = now.duration_since(theirs);
    let found = format!("{} apart", duration::rough(skew.unsigned_abs()));
    match skew.unsigned_abs() <= SKEW_MAX {
        true => Finding::ok(check, found),
        false => Finding::problem(check, found, "timedatectl status"),
    }
}

fn compare_versions(versions: &[(ServiceName, String)]) -> Finding {
    let ours = env!("CARGO_PKG_VERSION");
    let said = |(service, version): &(ServiceName, String)| format!("{service} {version}");
    let all: Vec<String> = versions.iter().map(said).collect();
    match versions.iter().all(|(_, version)| version == ours) {
        _ if versions.is_empty() => {
            let found = format!("only ours is known: {ours}");
            Finding::problem("versions", found, "orderweaver version --verbose")
        }
        true => Finding::ok("versions", format!("all are {ours}")),
        false => {
            let found = format!("they must be the same: this command {ours}, {}", all.join(", "));
            Finding::problem("versions", found, "orderweaver version --verbose")
        }
    }
}

fn sagas(context: &Context) -> Finding {
    let request = Request::get(ServiceName::Orchestrator, &["saga-counts"]);
    let counts = context.client.once(&request).ok().filter(|counts| counts.status == 200);
    let Some(counts) = counts else {
        return Finding::problem("sagas", "they can't be counted", "orderweaver saga count");
    };
    let stuck = pages::things(&counts.body, "counts").iter();
    let stuck = stuck.filter(|count| count["state"] == "COMPENSATION_FAILED");
    match stuck.filter_map(|count| count["count"].as_u64()).sum::<u64>() {
        0 => Finding::ok("sagas", "no compensation has failed"),
        count => {
            let found = format!("the compensation of {count} has failed: somebody must decide");
            Finding::problem("sagas", found, "orderweaver saga list --state COMPENSATION_FAILED")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(finding: &Finding, found: &str, problem: Option<&str>) {
        assert_eq!((finding.found.as_str(), finding.problem.as_deref()), (found, problem));
    }

    #[test]
    fn clocks_may_differ_by_two_seconds() {
        let date = "Fri, 02 Jan 2026 03:04:05 GMT";
        let clock = |now: &str| clock(ServiceName::Orders, date, now.parse().expect("a time"));
        check(&clock("2026-01-02T03:04:06.9Z"), "1s apart", None);
        let next = "timedatectl status";
        check(&clock("2026-01-02T03:05:15Z"), "1m apart", Some(next));
        check(&clock("2026-01-02T03:03:55Z"), "10s apart", Some(next));
        let now = Timestamp::UNIX_EPOCH;
        let found = "the Date header \"\" is no date: does a proxy drop it?";
        let next = Some("orderweaver profile list");
        check(&super::clock(ServiceName::Orders, "", now), found, next);
    }

    #[test]
    fn versions_must_be_the_same_everywhere() {
        let ours = env!("CARGO_PKG_VERSION");
        let same = [(ServiceName::Orders, ours.to_string())];
        check(&compare_versions(&same), &format!("all are {ours}"), None);
        let other = [(ServiceName::Orders, "9.9.9".to_string())];
        let found = format!("they must be the same: this command {ours}, orders 9.9.9");
        check(&compare_versions(&other), &found, Some("orderweaver version --verbose"));
    }

    #[test]
    fn what_is_not_ready_is_named() {
        let check = |body: Value, expected: &str| {
            let headers = ureq::http::HeaderMap::new();
            let answer = Answer { status: 503, headers, text: String::new(), body };
            let finding = readiness(ServiceName::Orders, Some(answer));
            assert_eq!(finding.found, expected);
        };
        check(json!({ "status": "ready" }), "ready");
        let checks = json!({ "store": "ok", "broker": "away", "loops": 3 });
        let body = json!({ "status": "not_ready", "checks": checks });
        check(body, "not ready (its log says why); broker: away; loops: 3");
    }
}

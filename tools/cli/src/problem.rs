//! What a server refuses (`application/problem+json`, RFC 9457), told as a failure.

use crate::request::Request;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use terminal::{Exit, Failure, quoted};

/// What to do after a refusal.
#[derive(Clone, Copy)]
enum Next {
    /// This command.
    Command(&'static str),
    /// Look at what the request was about.
    Look,
}

/// What to do after a refusal with this code, and what more there is to say of it; what is not here
/// is for the documents of the command, of the server, or for the doctor.
const NEXT: &[(&str, Next, &str)] = &[
    ("order_not_found", Next::Command("orderweaver order list"), ""),
    ("saga_not_found", Next::Command("orderweaver saga list"), ""),
    ("payment_not_found", Next::Command("orderweaver payment list"), ""),
    ("reservation_not_found", Next::Command("orderweaver stock list"), ""),
    ("sku_not_found", Next::Command("orderweaver stock list"), ""),
    ("definition_not_found", Next::Command("orderweaver saga definition place_order"), ""),
    ("order_exists", Next::Look, "another order needs another --id"),
    ("order_not_cancellable", Next::Look, ""),
    ("stock_below_reserved", Next::Look, ""),
    ("version_mismatch", Next::Look, "repeat it with the version that it has now"),
    ("idempotency_key_reused", Next::Look, "another request needs another --key"),
    ("not_found", Next::Command("orderweaver status"), "is the server of another version?"),
    ("method_not_allowed", Next::Command("orderweaver status"), "is it of another version?"),
    ("storage_full", Next::Command("orderweaver doctor"), "the server's disk is full"),
    ("internal_error", Next::Command("orderweaver doctor"), "the server's log says more"),
];

/// How to look at what stands at a path of the services.
const LOOKS: &[(&str, &str)] = &[
    ("orders", "order get"),
    ("payments", "payment get"),
    ("sagas", "saga get"),
    ("stock", "stock get"),
];

/// The failure that an answer with that status and body stands for; `help` is the command whose
/// values the server refused.
pub fn failure(request: &Request, status: u16, body: &Value, help: &str) -> Failure {
    let text = |field: &str| body.get(field).and_then(Value::as_str).unwrap_or_default();
    let code = text("code");
    if code.is_empty() {
        let service = request.service;
        let what = format!("{service} answered with status {status} and no code");
        return Failure::new(Exit::Failed, what, "orderweaver doctor");
    }
    let exit = exit(status, code);
    let fields = body.get("errors").and_then(Value::as_array).map(Vec::as_slice);
    let fields = fields.unwrap_or_default().iter().map(|error| {
        let text = |field: &str| error.get(field).and_then(Value::as_str).unwrap_or_default();
        format!("{}: {}", text("field"), text("message"))
    });
    let details: Vec<String> = fields.collect();
    let what = match details.is_empty() {
        true => format!("{code}: {}", text("detail")),
        false => format!("{code}: {}", text("title")),
    };
    let known = NEXT.iter().find(|(of, ..)| *of == code);
    let next = match (known, exit) {
        (Some((_, Next::Command(next), _)), _) => (*next).into(),
        (Some((_, Next::Look, _)), _) => look(request).unwrap_or_else(|| documents(help)),
        (None, Exit::Usage) => documents(help),
        (None, _) => "orderweaver doctor".into(),
    };
    let mut failure = Failure { exit, what, details, next };
    let more = known.map(|(.., more)| (*more).to_string()).filter(|more| !more.is_empty());
    failure.details.extend(more);
    if status >= 500 && !text("trace_id").is_empty() {
        failure.details.push(format!("trace id {}", text("trace_id")));
    }
    failure
}

fn exit(status: u16, code: &str) -> Exit {
    match (status, code) {
        (_, "idempotency_key_reused") | (409 | 412, _) => Exit::Conflict,
        (_, "not_found") => Exit::Failed,
        (404, _) => Exit::NotFound,
        (400 | 413 | 415 | 422, _) => Exit::Usage,
        _ => Exit::Failed,
    }
}

fn documents(help: &str) -> String {
    format!("orderweaver {help} --help")
}

/// The command that shows what a request was about: what its path names, or the order in it.
fn look(request: &Request) -> Option<String> {
    let path = request.path.split('?').next()?;
    let mut parts = path.split('/').skip(1);
    let (_, command) = LOOKS.iter().find(|(kind, _)| parts.clone().next() == Some(kind))?;
    let id = match parts.nth(1) {
        Some(part) => percent_decode_str(part).decode_utf8().ok()?.into_owned(),
        None => {
            let body: Value = serde_json::from_str(request.body.as_deref()?).ok()?;
            body["order_id"].as_str()?.into()
        }
    };
    Some(format!("orderweaver {command} {}", quoted(&id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;
    use contracts::ServiceName;
    use serde_json::json;

    fn create() -> Request {
        Request::post(ServiceName::Orders, &["orders"], r#"{"order_id":"o 1"}"#.into(), "k")
    }

    fn check(status: u16, code: &str, exit: Exit, next: &str) {
        let body = json!({ "code": code, "title": "The title", "detail": "the detail" });
        let failure = failure(&create(), status, &body, "order create");
        assert_eq!((failure.exit, failure.next.as_str()), (exit, next), "{status} {code}");
        assert_eq!(failure.what, format!("{code}: the detail"));
    }

    #[test]
    fn the_exit_code_follows_from_status_and_code() {
        check(404, "order_not_found", Exit::NotFound, "orderweaver order list");
        check(409, "order_exists", Exit::Conflict, "orderweaver order get 'o 1'");
        check(422, "validation_failed", Exit::Usage, "orderweaver order create --help");
        check(400, "malformed_json", Exit::Usage, "orderweaver order create --help");
        check(422, "idempotency_key_reused", Exit::Conflict, "orderweaver order get 'o 1'");
        check(503, "overloaded", Exit::Failed, "orderweaver doctor");
        check(404, "not_found", Exit::Failed, "orderweaver status");
    }

    #[test]
    fn what_a_request_was_about_is_looked_at() {
        let check = |path: &[&str], expected: Option<&str>| {
            let request = Request::get(ServiceName::Orders, path).query("a", "b");
            assert_eq!(look(&request).as_deref(), expected, "{path:?}");
        };
        check(&["orders", "o-1", "cancel"], Some("orderweaver order get o-1"));
        check(&["stock", "green tea", "adjustments"], Some("orderweaver stock get 'green tea'"));
        check(&["sagas", "o-1"], Some("orderweaver saga get o-1"));
        check(&["payments", "p-1"], Some("orderweaver payment get p-1"));
        check(&["orders"], None);
        check(&["ledger", "balances"], None);
    }

    #[test]
    fn every_next_command_can_be_typed() {
        let target = Target { url: Some("http://shop:1".into()), ..Target::default() };
        for (code, next, _) in NEXT {
            let command = match next {
                Next::Command(command) => (*command).to_string(),
                Next::Look => look(&create()).expect("an order"),
            };
            assert!(target.lead(&command).ends_with("--url http://shop:1"), "{code}: {command}");
        }
    }

    #[test]
    fn the_fields_at_fault_are_told_one_by_one() {
        let errors = json!([{ "field": "amount", "message": "is -1" }]);
        let title = "A value is not allowed";
        let body = json!({ "code": "validation_failed", "title": title, "errors": errors });
        let failure = failure(&create(), 422, &body, "order create");
        assert_eq!(failure.what, "validation_failed: A value is not allowed");
        assert_eq!(failure.details, ["amount: is -1"]);
    }

    #[test]
    fn what_is_no_problem_document_is_told_by_its_status() {
        let failure = failure(&create(), 502, &Value::Null, "order get");
        assert_eq!(failure.what, "orders answered with status 502 and no code");
        assert_eq!((failure.exit, failure.next.as_str()), (Exit::Failed, "orderweaver doctor"));
    }
}

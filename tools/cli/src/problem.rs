//! What a server refuses (`application/problem+json`, RFC 9457), told as a failure.

use serde_json::Value;
use terminal::{Exit, Failure};

/// The next command after a refusal with this code; what is not here is for the documents of the
/// command, of the server, or for the doctor.
const NEXT: &[(&str, &str)] = &[
    ("order_not_found", "orderweaver order list"),
    ("saga_not_found", "orderweaver saga list"),
    ("payment_not_found", "orderweaver payment list"),
    ("reservation_not_found", "orderweaver stock list"),
    ("sku_not_found", "orderweaver stock list, or orderweaver stock set SKU UNITS"),
    ("definition_not_found", "orderweaver saga definition place_order"),
    ("order_exists", "orderweaver order get ID, or another --id"),
    ("order_not_cancellable", "orderweaver order get ID"),
    ("stock_below_reserved", "orderweaver stock get SKU"),
    ("version_mismatch", "get it again, and repeat with the version that it has now"),
    ("idempotency_key_reused", "repeat it with another --key"),
    ("not_found", "orderweaver status: is the server of another version?"),
    ("method_not_allowed", "orderweaver status: is the server of another version?"),
    ("storage_full", "free space on the server's disk, then orderweaver doctor"),
    ("internal_error", "look for the trace id in the server's log"),
];

/// The failure that an answer with that status and body stands for; `help` is the command whose
/// values the server refused.
pub fn failure(service: &str, status: u16, body: &Value, help: &str) -> Failure {
    let text = |field: &str| body.get(field).and_then(Value::as_str).unwrap_or_default();
    let code = text("code");
    if code.is_empty() {
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
    let mut failure = Failure { exit, what, details, next: next(code, exit, help) };
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

fn next(code: &str, exit: Exit, help: &str) -> String {
    let known = NEXT.iter().find(|(of, _)| *of == code);
    match (known, exit) {
        (Some((_, next)), _) => (*next).into(),
        (None, Exit::Usage) => format!("orderweaver {help} --help"),
        (None, _) => "orderweaver doctor".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(status: u16, code: &str, exit: Exit, next: &str) {
        let body = json!({ "code": code, "title": "The title", "detail": "the detail" });
        let failure = failure("orders", status, &body, "order create");
        assert_eq!((failure.exit, failure.next.as_str()), (exit, next), "{status} {code}");
        assert_eq!(failure.what, format!("{code}: the detail"));
    }

    #[test]
    fn the_exit_code_follows_from_status_and_code() {
        check(404, "order_not_found", Exit::NotFound, "orderweaver order list");
        check(409, "order_exists", Exit::Conflict, "orderweaver order get ID, or another --id");
        check(422, "validation_failed", Exit::Usage, "orderweaver order create --help");
        check(400, "malformed_json", Exit::Usage, "orderweaver order create --help");
        check(422, "idempotency_key_reused", Exit::Conflict, "repeat it with another --key");
        check(503, "overloaded", Exit::Failed, "orderweaver doctor");
        let versions = "orderweaver status: is the server of another version?";
        check(404, "not_found", Exit::Failed, versions);
    }

    #[test]
    fn the_fields_at_fault_are_told_one_by_one() {
        let errors = json!([{ "field": "amount", "message": "is -1" }]);
        let title = "A value is not allowed";
        let body = json!({ "code": "validation_failed", "title": title, "errors": errors });
        let failure = failure("orders", 422, &body, "order create");
        assert_eq!(failure.what, "validation_failed: A value is not allowed");
        assert_eq!(failure.details, ["amount: is -1"]);
    }

    #[test]
    fn what_is_no_problem_document_is_told_by_its_status() {
        let failure = failure("orders", 502, &Value::Null, "order get");
        assert_eq!(failure.what, "orders answered with status 502 and no code");
        assert_eq!((failure.exit, failure.next.as_str()), (Exit::Failed, "orderweaver doctor"));
    }
}

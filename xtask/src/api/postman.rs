//! The walk as a Postman collection (v2.1), with tests of status, fields and values.

use super::routes::port;
use super::tour::{CHAPTERS, Call, of_port};
use super::{Document, pretty};
use contracts::ServiceName;
use serde_json::{Value, json};

const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
const DESCRIPTION: &str = "A walk through the API that works on an empty shop: `orderweaver dev \
                           --ephemeral --no-samples`. Written by `cargo xtask generate`.";

/// The collection.
pub(super) fn collection(documents: &[Document]) -> String {
    let mut folders: Vec<Value> = CHAPTERS
        .iter()
        .map(|chapter| {
            let items: Vec<Value> =
                chapter.calls.iter().map(|call| item(call, documents)).collect();
            json!({ "name": chapter.title, "item": items })
        })
        .collect();
    folders.extend(ServiceName::ALL.map(|service| {
        let items: Vec<Value> = of_port(service).map(|call| item(&call, documents)).collect();
        json!({ "name": format!("The port of {service}"), "item": items })
    }));
    let variables = ServiceName::ALL.map(|service| {
        let address = format!("http://localhost:{}", port(service));
        json!({ "key": service.as_str(), "value": address })
    });
    pretty(&json!({
        "info": { "name": "OrderWeaver", "description": DESCRIPTION, "schema": SCHEMA },
        "item": folders,
        "variable": variables,
    }))
}

fn item(call: &Call, documents: &[Document]) -> Value {
    json!({
        "name": call.title,
        "request": request(call),
        "event": [{
            "listen": "test",
            "script": { "type": "text/javascript", "exec": tests(call, documents) },
        }],
    })
}

fn request(call: &Call) -> Value {
    let json_type = call.body.map(|_| ("Content-Type", "application/json"));
    let headers = json_type.iter().chain(call.headers);
    let headers: Vec<Value> =
        headers.map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let host = format!("{{{{{}}}}}", call.service);
    let path = call.path();
    let (before, _) = path.split_once('?').unwrap_or((&path, ""));
    let parts: Vec<&str> = before.trim_start_matches('/').split('/').collect();
    let query = call.query.split('&').filter_map(|pair| pair.split_once('='));
    let query: Vec<Value> =
        query.map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let mut request = json!({
        "method": call.method,
        "header": headers,
        "url": { "raw": format!("{host}{path}"), "host": [host], "path": parts, "query": query },
    });
    if let Some(body) = call.body {
        let options = json!({ "raw": { "language": "json" } });
        request["body"] = json!({ "mode": "raw", "raw": body, "options": options });
    }
    request
}

/// Lines of JavaScript, as Postman runs them.
fn tests(call: &Call, documents: &[Document]) -> Vec<String> {
    let status = call.status;
    let mut lines =
        vec![format!("pm.test('answers {status}', () => pm.response.to.have.status({status}));")];
    let document = documents.iter().find(|document| document.service == call.service);
    let fields = document.map(|it| it.required_fields(call.method, call.route, status));
    let fields = fields.filter(|fields| !fields.is_empty());
    lines.extend(fields.map(|fields| {
        let fields = json!(fields);
        format!(
            "pm.test('has its fields', () => \
             pm.expect(pm.response.json()).to.include.all.keys({fields}));"
        )
    }));
    lines.extend(call.holds.iter().map(|(field, value)| {
        format!(
            "pm.test('{field} is right', () => \
             pm.expect(pm.response.json().{field}).to.equal({value}));"
        )
    }));
    lines
}

#[cfg(test)]
mod tests {
    use super::super::tour::LEFT_OUT;
    use super::*;
    use std::collections::BTreeSet;

    type Operations = BTreeSet<(ServiceName, String, String)>;

    #[test]
    fn every_operation_is_called_or_left_out_with_a_reason() {
        let ports = ServiceName::ALL.into_iter().flat_map(of_port);
        let own = CHAPTERS.iter().flat_map(|chapter| chapter.calls);
        let key = |call: &Call| (call.service, call.method.to_string(), call.route.to_string());
        let mut called: Operations = own.map(key).collect();
        called.extend(ports.map(|call| key(&call)));
        let documents = ServiceName::ALL.map(Document::of);
        let documented = documents.iter().flat_map(|document| {
            let operations = document.operations();
            operations.map(move |it| (document.service, it.method, it.route.to_string()))
        });
        let is_walked = |operation: &(ServiceName, String, String)| {
            LEFT_OUT.iter().all(|(route, _)| *route != operation.2)
        };
        let documented: Operations = documented.filter(is_walked).collect();
        let missing: Vec<_> = documented.difference(&called).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn values_stand_where_the_route_has_braces() {
        let mut errors = of_port(ServiceName::Orders).filter(|call| !call.values.is_empty());
        let mut call = errors.next().unwrap();
        assert_eq!(call.path(), "/errors/order_not_found");
        call.query = "a=b";
        let url = &request(&call)["url"];
        assert_eq!(url["raw"], "{{orders}}/errors/order_not_found?a=b");
        assert_eq!(url["path"], json!(["errors", "order_not_found"]));
        assert_eq!(url["query"], json!([{ "key": "a", "value": "b" }]));
    }
}

//! An OpenAPI document, and what the other files need to know of it.

use contracts::ServiceName;
use serde_json::Value;

/// The document of a service.
pub struct Document {
    /// Whose it is.
    pub service: ServiceName,
    /// As JSON.
    pub content: Value,
}

/// One operation of it.
pub struct Operation<'document> {
    /// As in the document: `/orders/{order_id}`.
    pub route: &'document str,
    /// In capitals.
    pub method: String,
    /// What the document says of it.
    pub content: &'document Value,
}

impl Document {
    /// As the code makes it.
    pub fn of(service: ServiceName) -> Self {
        let content = serde_json::to_value(http_api::document(service)).unwrap_or_default();
        Self { service, content }
    }

    /// Every operation, in the order of the document.
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let paths = self.content["paths"].as_object().into_iter().flatten();
        paths.flat_map(|(route, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            let methods = methods.filter(|(_, content)| content.is_object());
            methods.map(move |(method, content)| {
                let method = method.to_uppercase();
                Operation { route, method, content }
            })
        })
    }

    /// The fields that the JSON of an answer always has.
    pub fn required_fields(&self, method: &str, route: &str, status: u16) -> Vec<&str> {
        let is_meant = |it: &Operation<'_>| it.method == method && it.route == route;
        let Some(operation) = self.operations().find(is_meant) else { return vec![] };
        let response = self.resolved(&operation.content["responses"][status.to_string()]);
        let content = response["content"].as_object().into_iter().flatten();
        let mut json = content.filter(|(media_type, _)| media_type.ends_with("json"));
        let schema = json.next().map_or(&Value::Null, |(_, content)| &content["schema"]);
        let mut fields = vec![];
        self.add_required(schema, &mut fields);
        fields
    }

    fn add_required<'document>(
        &'document self,
        schema: &'document Value,
        fields: &mut Vec<&'document str>,
    ) {
        let schema = self.resolved(schema);
        let required = schema["required"].as_array().into_iter().flatten();
        fields.extend(required.filter_map(Value::as_str));
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.add_required(part, fields);
        }
    }

    /// What a reference refers to.
    fn resolved<'document>(&'document self, value: &'document Value) -> &'document Value {
        let pointer = value["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
        match pointer {
            Some(pointer) => self.content.pointer(pointer).unwrap_or(&Value::Null),
            None => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn required_fields_are_found_behind_references_and_in_parts() {
        let parts = json!({ "allOf": [{ "$ref": "#/components/schemas/Base" }, {
            "required": ["state"],
        }] });
        let content = json!({
            "paths": { "/orders": { "post": { "responses": { "201": {
                "content": { "application/json": { "schema": parts } },
            } } } } },
            "components": { "schemas": { "Base": { "required": ["order_id"] } } },
        });
        let document = Document { service: ServiceName::Orders, content };
        assert_eq!(document.required_fields("POST", "/orders", 201), ["order_id", "state"]);
        assert!(document.required_fields("GET", "/orders", 201).is_empty());
    }
}

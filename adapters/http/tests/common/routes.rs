//! The operations of the route table, as the documents of the services describe them.

use contracts::ServiceName;
use serde_json::{Map, Value};

/// One route with one method.
pub struct Operation {
    pub service: ServiceName,
    pub method: String,
    /// With names in braces.
    pub template: String,
    described: Value,
}

impl Operation {
    /// Every operation of every service.
    pub fn all() -> Vec<Self> {
        ServiceName::ALL.into_iter().flat_map(Self::of).collect()
    }

    fn of(service: ServiceName) -> Vec<Self> {
        let mut document = serde_json::to_value(http_api::document(service)).expect("JSON");
        let components = document["components"]["parameters"].take();
        let mut operations = vec![];
        for (template, item) in object(&document["paths"]) {
            for (method, described) in object(item) {
                let (method, template) = (method.to_uppercase(), template.clone());
                let mut described = described.clone();
                let parameters = described["parameters"].as_array_mut().into_iter().flatten();
                for parameter in parameters {
                    let name = parameter["$ref"].as_str().and_then(|it| it.rsplit('/').next());
                    if let Some(name) = name.map(ToString::to_string) {
                        *parameter = components[name].clone();
                    }
                }
                operations.push(Self { service, method, template, described });
            }
        }
        operations
    }

    /// Its name in a message.
    pub fn name(&self) -> String {
        format!("{}: {} {}", self.service, self.method, self.template)
    }

    /// The path with the examples of its parameters.
    pub fn path(&self) -> String {
        self.path_with(|parameter| parameter["example"].as_str().expect("an example").into())
    }

    /// The path with such a text in place of each parameter.
    pub fn path_with(&self, text: impl Fn(&Value) -> String) -> String {
        let parameters = self.parameters("path");
        parameters.fold(self.template.clone(), |path, parameter| {
            let name = parameter["name"].as_str().expect("a name");
            path.replace(&format!("{{{name}}}"), &text(parameter))
        })
    }

    /// Method and path, as they are sent.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path())
    }

    /// Its parameters in `path`, `query` or `header`.
    pub fn parameters(&self, place: &str) -> impl Iterator<Item = &Value> {
        let all = self.described["parameters"].as_array().into_iter().flatten();
        all.filter(move |parameter| parameter["in"] == place)
    }

    pub fn takes(&self, place: &str, name: &str) -> bool {
        self.parameters(place).any(|parameter| parameter["name"] == name)
    }

    /// The examples of what is sent to it; none where nothing is.
    pub fn bodies(&self) -> Vec<Value> {
        let examples = &self.described["requestBody"]["content"]["application/json"]["examples"];
        let examples = examples.as_object().into_iter().flat_map(Map::values);
        examples.map(|example| example["value"].clone()).collect()
    }

    /// Whether the document says that it may be answered so.
    pub fn answers(&self, status: u16) -> bool {
        self.described["responses"][status.to_string()].is_object()
    }

    /// Whether it may be refused because there is too much to do.
    pub fn is_limited(&self) -> bool {
        self.answers(429)
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

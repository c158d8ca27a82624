//! Dockerfile and docker-compose.yml, held against what the binary knows. No container is started.

mod common;

use common::{Server, orderweaver, with_environment};
use serde_norway::{Mapping, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// Runs commands over all databases, when it is asked for.
const TOOL: &str = "orderweaver";

fn text(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The services of the compose file.
struct Compose(Mapping);

impl Compose {
    fn read() -> Self {
        let mut whole: Value = serde_norway::from_str(&text("docker-compose.yml")).expect("YAML");
        whole.apply_merge().expect("what is merged is a mapping");
        Self(whole["services"].as_mapping().expect("services").clone())
    }

    fn services(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, service)| (name.as_str().expect("a name"), service))
    }

    /// Ours, and not somebody else's program.
    fn ours(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.services().filter(|(_, service)| !service["build"].is_null())
    }

    /// The ports of this machine that lead to it.
    fn ports(service: &Value) -> Vec<String> {
        let ports = service["ports"].as_sequence().into_iter().flatten();
        let port = |port: &Value| {
            let port = port.as_str().expect("HOST:PORT:PORT").to_string();
            let at_home = port.strip_prefix("127.0.0.1:");
            at_home.unwrap_or_else(|| panic!("{port} is open to the network")).to_string()
        };
        ports.map(port).collect()
    }
}

/// Its variables, which are all text: YAML has no other idea of `one` or `8009` then.
fn environment(service: &Value) -> BTreeMap<&str, &str> {
    let all = service["environment"].as_mapping().into_iter().flatten();
    let text = |value: &Value| panic!("{value:?} is no text");
    all.map(|(name, value)| {
        (name.as_str().unwrap_or_else(|| text(name)), value.as_str().unwrap_or_else(|| text(value)))
    })
    .collect()
}

fn words(value: &Value) -> Vec<&str> {
    value.as_sequence().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn the_services_of_the_predecessor_are_there_at_its_ports() {
    let compose = Compose::read();
    let expected = BTreeMap::from([
        ("orders", vec!["8001:8001"]),
        ("payments", vec!["8002:8002"]),
        ("inventory", vec!["8003:8003"]),
        ("orchestrator", vec!["8004:8004"]),
        ("provider-fake", vec!["8009:8009"]),
        ("orders-db", vec![]),
        ("payments-db", vec![]),
        ("inventory-db", vec![]),
        ("orchestrator-db", vec![]),
        ("redpanda", vec!["29092:29092"]),
        ("redpanda-console", vec!["8081:8080"]),
        ("jaeger", vec!["16686:16686", "4317:4317", "4318:4318"]),
        (TOOL, vec![]),
    ]);
    let found = compose.services().map(|(name, service)| (name, Compose::ports(service)));
    let expected = expected
        .into_iter()
        .map(|(name, ports)| (name, ports.into_iter().map(String::from).collect::<Vec<_>>()));
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected.collect());
    for (name, service) in compose.services() {
        assert_eq!(words(&service["profiles"]).contains(&"tools"), name == TOOL, "{name}");
    }
}

#[test]
fn the_tool_looks_at_the_databases_of_the_services() {
    let compose = Compose::read();
    let of = |name: &str| environment(&compose.0[name]);
    let every = of(TOOL)["ORDERWEAVER_STORE"];
    for role in ["orders", "payments", "inventory", "orchestrator"] {
        let own = of(role)["DATABASE_URL"].replace("postgresql+asyncpg", "postgres");
        assert_eq!(every.replace("{role}", role), own);
    }
}

#[test]
fn every_image_of_others_has_a_version_and_everything_that_is_waited_for_a_condition() {
    let compose = Compose::read();
    let healthy: Vec<&str> = compose
        .services()
        .filter(|(_, service)| {
            !service["healthcheck"]["test"].is_null() || !service["build"].is_null()
        })
        .map(|(name, _)| name)
        .collect();
    for (name, service) in compose.services() {
        let image = service["image"].as_str().expect("an image");
        let version = image.rsplit_once(':').map_or("", |(_, version)| version);
        let is_pinned = version.trim_start_matches('v').starts_with(|it: char| it.is_ascii_digit());
        assert!(is_pinned || !service["build"].is_null(), "{name}: {image}");
        let needed = service["depends_on"].as_mapping();
        assert!(needed.is_some() || service["depends_on"].is_null(), "{name}: no conditions");
        for (needed, how) in needed.into_iter().flatten() {
            assert_eq!(how["condition"], "service_healthy", "{name}: {needed:?}");
            let needed = needed.as_str().expect("a name");
            assert!(healthy.contains(&needed), "{name} waits for {needed}, which has no probe");
        }
    }
    for (name, service) in compose.ours() {
        let url = environment(service).get("DATABASE_URL").copied().unwrap_or_default();
        if let Some((_, place)) = url.split_once('@') {
            assert_eq!(place, format!("{name}-db:5432/{name}"));
            assert!(!service["depends_on"][format!("{name}-db").as_str()].is_null(), "{name}");
        }
    }
}

#[test]
fn every_variable_of_our_services_is_one_that_the_binary_takes() {
    let compose = Compose::read();
    for (name, service) in compose.ours() {
        let mut given = environment(service);
        given.extend(image_environment());
        let output = with_environment(&["config", "explain", "-o", "jsonl"], &given);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.is_empty(), "{name}: {said}");
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        for variable in given.keys() {
            assert!(shown.contains(&format!("variable {variable}\"")), "{name}: {variable}");
        }
        let has_role = !["provider-fake", TOOL].contains(&name);
        assert_eq!(
            given.get("ORDERWEAVER_ROLE"),
            has_role.then_some(&name),
            "its role is its name"
        );
    }
}

/// The instructions of the Dockerfile, each on one line.
fn instructions() -> Vec<(String, String)> {
    let text = text("Dockerfile").replace("\\\n", " ");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.filter(|line| !line.starts_with('#'));
    let split = |line: &str| line.split_once(' ').map(|(name, rest)| (name.into(), rest.into()));
    lines.map(|line| split(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

/// What the image sets.
fn image_environment() -> BTreeMap<&'static str, &'static str> {
    let known = [("ORDERWEAVER_DATA", "/data"), ("ORDERWEAVER_HOST", "0.0.0.0")];
    let known = [&known[..], &[("ORDERWEAVER_LOG_FORMAT", "json")]].concat();
    let set = instructions().into_iter().filter(|(name, _)| name == "ENV");
    let set: String = set.map(|(_, rest)| rest).collect();
    let expected: Vec<String> =
        known.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(set, expected.join(" "));
    known.into_iter().collect()
}

#[test]
fn the_image_is_built_in_stages_and_nobody_in_it_is_root() {
    let instructions = instructions();
    let all = |name: &str| -> Vec<&str> {
        let found = instructions.iter().filter(|(found, _)| found == name);
        found.map(|(_, rest)| rest.as_str()).collect()
    };
    let rust = env!("CARGO_PKG_RUST_VERSION");
    let stages = all("FROM");
    assert!(stages[0].starts_with(&format!("rust:{rust}.")) && stages[0].ends_with(" AS build"));
    assert_eq!(stages[1..], ["scratch"], "nothing is in it that isn't copied there");
    assert_eq!(all("USER"), ["10001:10001"]);
    assert_eq!(all("ENTRYPOINT"), [r#"["/orderweaver"]"#]);
    let parsed = |json: &str| -> Vec<String> { serde_json::from_str(json).expect("a list") };
    assert_understood(&parsed(all("CMD")[0]));
    let (_, probe) = all("HEALTHCHECK")[0].split_once("CMD ").expect("a command");
    let probe = parsed(probe);
    assert_eq!(probe[0], "/orderweaver");
    assert_understood(&probe[1..]);
    let build = all("RUN").concat();
    assert!(build.contains("--features kafka") && build.contains("--locked"), "{build}");
}

#[test]
fn the_commands_of_our_services_are_command_lines_of_the_binary() {
    for (name, service) in Compose::read().ours() {
        let own = |words: Vec<&str>| words.into_iter().map(String::from).collect::<Vec<_>>();
        assert_understood(&own(words(&service["command"])));
        let probe = own(words(&service["healthcheck"]["test"]));
        if let [kind, program, arguments @ ..] = &probe[..] {
            assert_eq!((kind.as_str(), program.as_str()), ("CMD", "/orderweaver"), "{name}");
            assert_understood(arguments);
        }
    }
}

/// With `--help` at its end a command line is read, and nothing is done.
fn assert_understood(arguments: &[String]) {
    let arguments = arguments.iter().map(String::as_str).chain(["--help"]).collect::<Vec<_>>();
    let output = orderweaver(&arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
}

#[test]
fn what_the_image_is_made_of_reaches_the_build() {
    let ignored = text(".dockerignore");
    let kept: Vec<&str> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let manifest: toml::Table = text("Cargo.toml").parse().expect("TOML");
    let members = manifest["workspace"]["members"].as_array().expect("members");
    for member in members.iter().filter_map(|member| member.as_str()) {
        let folder = member.trim_end_matches("/*");
        assert!(kept.contains(&folder), "{folder} is part of the workspace");
    }
    for needed in ["Cargo.toml", "Cargo.lock", "proto", "scripts/image_root.sh"] {
        assert!(kept.contains(&needed), "{needed} is needed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_says_yes_while_the_services_of_the_role_can_take_requests() {
    let data = TempDir::new().expect("a folder");
    let server = Server::start(data.path()).await;
    let offset = server.offset().to_string();
    let (health, nothing) = (server.url(8_002, "/health"), server.url(8_002, "/no-such"));
    let check = |arguments: &[&str], code: i32| {
        let arguments = [&["healthcheck", "--port-offset", &offset], arguments].concat();
        let output = orderweaver(&arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert_eq!(said.contains("next: "), code != 0, "{arguments:?}: {said}");
    };
    check(&[], 0);
    check(&["--role", "payments", "--host", "0.0.0.0"], 0);
    check(&[&health], 0);
    check(&[&nothing], 1);
    server.stop();
    check(&[], 6);
    check(&["no address"], 6);
}

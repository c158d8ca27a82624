//! What comes of what is given, and what is refused with which words.

use super::setting::{Setting, VARIABLE_PREFIX};
use super::settings::{Configuration, SETTINGS};
use super::sources::{FILE_BYTES_MAX, Gathered, Inputs, gather};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use tempfile::TempDir;

fn setting(name: &str) -> &'static Setting {
    SETTINGS.iter().find(|setting| setting.name == name).expect("a setting of that name")
}

fn inputs(folder: &Path, flags: &[(&str, &str)], variables: &[(&str, &str)]) -> Inputs {
    let flags = flags.iter().map(|(name, text)| (setting(name), OsString::from(text)));
    let variables = variables.iter().map(|(name, text)| (name.into(), text.into()));
    Inputs {
        flags: flags.collect(),
        is_quiet: false,
        config: None,
        variables: variables.collect(),
        folder: folder.into(),
    }
}

/// Every fault, or else what the settings are that somebody gave, and the warnings.
fn told(inputs: &Inputs) -> Vec<String> {
    let Gathered { values, warnings } = match gather(inputs) {
        Ok(gathered) => gathered,
        Err(faults) => return faults,
    };
    if let Err(faults) = Configuration::read(&values) {
        return faults;
    }
    let given = values.iter().filter(|value| value.source.to_string() != "default");
    let given = given.map(|value| format!("{} = {} ({})", value.name, value.text, value.source));
    given.chain(warnings).collect()
}

/// What is told in a folder with that `orderweaver.toml`, with its path left out.
fn check(flags: &[(&str, &str)], variables: &[(&str, &str)], toml: &str, expected: &[&str]) {
    let folder = TempDir::new().unwrap();
    if !toml.is_empty() {
        std::fs::write(folder.path().join("orderweaver.toml"), toml).unwrap();
    }
    std::fs::write(folder.path().join("secret"), "EUR\n").unwrap();
    let told = told(&inputs(folder.path(), flags, variables));
    let place = format!("{}/", folder.path().display());
    let told: Vec<String> = told.iter().map(|line| line.replace(&place, "")).collect();
    assert_eq!(told, expected, "{flags:?} {variables:?} {toml:?}");
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let (flag, variable) = ([("currency", "CHF")], [("ORDERWEAVER_CURRENCY", "EUR")]);
    let toml = "currency = \"JPY\"";
    check(&flag, &variable, toml, &["currency = CHF (flag --currency)"]);
    check(&[], &variable, toml, &["currency = EUR (variable ORDERWEAVER_CURRENCY)"]);
    check(&[], &[], toml, &["currency = JPY (file orderweaver.toml)"]);
    check(&[], &[], "", &[]);
    check(&[], &[("ORDERWEAVER_CURRENCY", "")], toml, &["currency = JPY (file orderweaver.toml)"]);
    check(&[], &[], "port_offset = 10", &["port_offset = 10 (file orderweaver.toml)"]);
}

#[test]
fn the_predecessor_s_name_of_a_store_is_taken_too_but_not_beside_ours() {
    let (former, url) = ("DATABASE_URL", "postgresql+asyncpg://u:p@h/shop");
    check(&[], &[(former, url)], "", &[&format!("store = {url} (variable {former})")]);
    check(
        &[],
        &[(former, url), ("ORDERWEAVER_STORE", "sqlite")],
        "",
        &["ORDERWEAVER_STORE and DATABASE_URL are both set: unset one"],
    );
    check(&[("store", "sqlite")], &[(former, url)], "", &["store = sqlite (flag --store)"]);
}

#[test]
fn a_folder_on_the_command_line_means_the_store_in_it() {
    let variables = [("ORDERWEAVER_STORE", "postgres://me:secret@h/shop")];
    let told = "--data names the folder of the store, so postgres://***@h/shop (variable \
                ORDERWEAVER_STORE) is not used: name that with --store if it is meant";
    check(&[("data", "here")], &variables, "", &["data = here (flag --data)", told]);
    check(&[("data", "here")], &[], "", &["data = here (flag --data)"]);
    check(
        &[("data", "here"), ("store", "postgres://h/shop")],
        &variables,
        "",
        &["data = here (flag --data)", "store = postgres://h/shop (flag --store)"],
    );
}

#[test]
fn a_url_that_is_not_allowed_is_told_without_its_password() {
    check(
        &[],
        &[("ORDERWEAVER_STORE", "host=h password=secret")],
        "",
        &["store = \"***\" (variable ORDERWEAVER_STORE) is not allowed; allowed is sqlite, or \
           postgres://user:password@host:5432/database; {role} in it stands for the service's \
           name"],
    );
    check(
        &[("store", "mysql://me:secret@host/shop")],
        &[],
        "",
        &["store = \"mysql://***@host/shop\" (flag --store) is not allowed; allowed is sqlite, \
           or postgres://user:password@host:5432/database; {role} in it stands for the service's \
           name"],
    );
}

#[test]
fn a_value_may_stand_in_a_file_of_its_own() {
    let name = "ORDERWEAVER_CURRENCY_FILE";
    check(&[], &[(name, "secret")], "", &["currency = EUR (file secret)"]);
    check(
        &[],
        &[(name, "nowhere")],
        "",
        &["ORDERWEAVER_CURRENCY_FILE: nowhere: No such file or directory (os error 2)"],
    );
    check(
        &[],
        &[(name, "secret"), ("ORDERWEAVER_CURRENCY", "EUR")],
        "",
        &["ORDERWEAVER_CURRENCY and ORDERWEAVER_CURRENCY_FILE are both set: unset one"],
    );
}

#[test]
fn nonsense_is_refused_with_its_source_and_what_is_allowed() {
    let cases = [
        ("data", "", "the path of a folder"),
        ("host", "localhost", "an IP address such as 127.0.0.1, 0.0.0.0 (all of IPv4) or :: (all)"),
        ("port_offset", "70000", "a whole number from 0 to 57526"),
        ("port_offset", "57527", "a whole number from 0 to 57526"),
        ("port_offset", "-1", "a whole number from 0 to 57526"),
        ("port_offset", "ten", "a whole number from 0 to 57526"),
        ("port_offset", "99999999999999999999", "a whole number from 0 to 57526"),
        ("currency", "XXY", "a code of ISO 4217 such as USD, EUR or JPY"),
        ("log_format", "xml", "one of auto, json, pretty"),
    ];
    for (name, text, allowed) in cases {
        let flag = setting(name).flag();
        let expected =
            format!("{name} = {text:?} (flag {flag}) is not allowed; allowed is {allowed}");
        check(&[(name, text)], &[], "", &[&expected]);
    }
    for filter in ["loud", "warn,engine", "engine=", "", "warn,,info"] {
        let folder = TempDir::new().unwrap();
        let told = told(&inputs(folder.path(), &[("log", filter)], &[]));
        assert!(told[0].contains("is not allowed"), "{filter}: {told:?}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    check(
        &[],
        &[("ORDERWEAVER_HOST", "here"), ("ORDERWEAVER_CURRENCY", "?")],
        "",
        &[
            "host = \"here\" (variable ORDERWEAVER_HOST) is not allowed; allowed is an IP address \
             such as 127.0.0.1, 0.0.0.0 (all of IPv4) or :: (all)",
            "currency = \"?\" (variable ORDERWEAVER_CURRENCY) is not allowed; allowed is a code \
             of ISO 4217 such as USD, EUR or JPY",
        ],
    );
}

#[test]
fn an_unknown_name_is_told_with_the_nearest_one() {
    let cases = [
        ("CURENCY", ": is ORDERWEAVER_CURRENCY meant?"),
        ("PORT", ": is ORDERWEAVER_PORT_OFFSET meant?"),
        ("PORTS", ": is ORDERWEAVER_PORT_OFFSET meant?"),
        ("HOSTS", ": is ORDERWEAVER_HOST meant?"),
        ("LOG_LEVEL", ": is ORDERWEAVER_LOG meant?"),
        ("CURENCY_FILE", ": is ORDERWEAVER_CURRENCY_FILE meant?"),
        ("ZZZ", ""),
    ];
    for (name, hint) in cases {
        let name = format!("{VARIABLE_PREFIX}{name}");
        check(&[], &[(&name, "1")], "", &[&format!("{name} is no setting{hint}")]);
    }
    let fault = "orderweaver.toml: port-ofset is no setting: is port_offset meant?";
    check(&[], &[], "port-ofset = 1", &[fault]);
    check(&[], &[], "zzz = 1", &["orderweaver.toml: zzz is no setting"]);
    let fault = "orderweaver.toml: data is of type array; allowed is the path of a folder";
    check(&[], &[], "data = []", &[fault]);
}

#[test]
fn a_name_of_the_predecessor_is_never_taken_in_silence() {
    check(&[], &[("OTEL_DISABLED", "1")], "", &[]);
    check(
        &[],
        &[("KAFKA_BROKERS", "localhost:29092"), ("KAFKA_DISABLED", "True")],
        "",
        &[
            "bus = localhost:29092 (variable KAFKA_BROKERS)",
            "bus_disabled = True (variable KAFKA_DISABLED)",
        ],
    );
    for name in super::names::FORMER.iter().map(|former| former.name) {
        let folder = TempDir::new().unwrap();
        let told = told(&inputs(folder.path(), &[], &[(name, "some://user:secret@where")]));
        assert!(told[0].starts_with(&format!("{name} is not used: ")), "{told:?}");
        assert!(!told[0].contains("secret"), "{told:?}");
    }
}

#[test]
fn what_is_no_text_is_refused() {
    let folder = TempDir::new().unwrap();
    let bytes = OsStr::from_bytes(b"\xff").to_os_string();
    let mut given = inputs(folder.path(), &[], &[]);
    given.variables.push((format!("{VARIABLE_PREFIX}DATA").into(), bytes.clone()));
    assert_eq!(told(&given), ["data (variable ORDERWEAVER_DATA) is not UTF-8"]);
    given.flags.push((setting("data"), bytes));
    assert_eq!(told(&given), ["data (flag --data) is not UTF-8"]);
}

#[test]
fn a_config_file_that_can_not_be_read_is_refused() {
    let folder = TempDir::new().unwrap();
    let place = |name: &str| folder.path().join(name);
    std::fs::create_dir(place("folder")).unwrap();
    std::fs::write(place("bytes"), b"\xff").unwrap();
    std::fs::write(place("broken"), "data =").unwrap();
    std::fs::write(place("unquoted"), "\nstore = postgres://me:hunter2@h").unwrap();
    let large = "#".repeat(usize::try_from(FILE_BYTES_MAX).unwrap() + 1);
    std::fs::write(place("large"), large).unwrap();
    let cases = [
        ("nowhere", "No such file or directory"),
        ("folder", "Is a directory"),
        ("bytes", "it is not UTF-8"),
        ("large", "it has more than 65536 bytes"),
        ("broken", "line 1 is no TOML: "),
        ("unquoted", "line 2 is no TOML: string values must be quoted"),
    ];
    for (name, expected) in cases {
        let mut by_flag = inputs(folder.path(), &[], &[]);
        by_flag.config = Some(name.into());
        let by_variable = inputs(folder.path(), &[], &[("ORDERWEAVER_CONFIG", name)]);
        for told in [told(&by_flag), told(&by_variable)] {
            let is_told = told.len() == 1 && told[0].contains(name) && told[0].contains(expected);
            assert!(is_told && !told[0].contains("hunter2"), "{name}: {told:?}");
        }
    }
}

//! Encrypted connections to PostgreSQL: what a URL asks for comes about, or it is refused.

mod common;

use common::orderweaver;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use servers::OwnServer;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut parameters = CertificateParams::new(vec![]).expect("parameters");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(parameters, key).expect("a certificate")
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("a file");
    path.display().to_string()
}

/// Makes the server write a file of its own, and nobody else's.
fn written(server: &OwnServer, name: &str, text: &str) {
    server.run(&format!(
        "COPY (SELECT * FROM string_to_table($text${text}$text$, E'\\n'))
         TO PROGRAM 'umask 077 && cat > \"{name}\"'"
    ));
}

/// A server that takes encrypted connections alone, as that host.
fn encrypted(authority: &Authority, host: &str) -> OwnServer {
    let server = OwnServer::postgres();
    let key = KeyPair::generate().expect("a key");
    let parameters = CertificateParams::new(vec![host.into()]).expect("parameters");
    let certificate = parameters.signed_by(&key, authority).expect("a certificate");
    written(&server, "server.crt", &certificate.pem());
    written(&server, "server.key", &key.serialize_pem());
    written(&server, "pg_hba.conf", "hostssl all all 127.0.0.1/32 trust");
    server.run("ALTER SYSTEM SET ssl = on");
    server.run("SELECT pg_reload_conf()");
    server
}

#[test]
fn a_connection_is_as_secret_and_as_certain_as_the_url_asks() {
    let folder = TempDir::new().expect("a folder");
    let (ours, other) = (authority(), authority());
    let own = file(folder.path(), "own.pem", &ours.pem());
    let foreign = file(folder.path(), "foreign.pem", &other.pem());
    let empty = file(folder.path(), "empty.pem", "");
    let (here, elsewhere) = (encrypted(&ours, "127.0.0.1"), encrypted(&ours, "elsewhere"));
    let plain = OwnServer::postgres();
    let untrusted = "invalid peer certificate";
    let cases = [
        (&here, "".into(), Ok(())),
        (&here, "sslmode=prefer".into(), Ok(())),
        (&here, "sslmode=require".into(), Ok(())),
        (&here, format!("sslmode=require&sslrootcert={own}"), Ok(())),
        (&here, format!("sslrootcert={own}&sslmode=verify-ca"), Ok(())),
        (&here, format!("sslmode=verify-full&sslrootcert={own}&application_name=me"), Ok(())),
        (&elsewhere, "sslmode=require".into(), Ok(())),
        (&elsewhere, format!("sslmode=verify-ca&sslrootcert={own}"), Ok(())),
        (&plain, "".into(), Ok(())),
        (&plain, "sslmode=disable".into(), Ok(())),
        (&here, "sslmode=disable".into(), Err("doesn't let us in")),
        (&here, "sslmode=verify-full".into(), Err(untrusted)),
        (&here, format!("sslmode=require&sslrootcert={foreign}"), Err(untrusted)),
        (&here, format!("sslmode=verify-full&sslrootcert={foreign}"), Err(untrusted)),
        (&elsewhere, format!("sslmode=verify-full&sslrootcert={own}"), Err(untrusted)),
        (&plain, "sslmode=require".into(), Err("server does not support TLS")),
        (&here, "sslmode=always".into(), Err("sslmode is one of disable, prefer, require")),
        (&here, format!("sslmode=verify-ca&sslrootcert={empty}"), Err("holds no certificate")),
        (&here, "sslmode=verify-ca&sslrootcert=/nowhere".into(), Err("No such file")),
    ];
    for (server, options, expected) in cases {
        let url = format!("postgres://postgres:hunter2@{}/postgres?{options}", server.place());
        let output = orderweaver(&["migrate", "status", "--store", &url]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("hunter2"), "{options}: {said}");
        match expected {
            // Its tables are not there yet.
            Ok(()) => assert_eq!(output.status.code(), Some(1), "{options}: {said}"),
            Err(expected) => {
                assert_eq!(output.status.code(), Some(2), "{options}: {said}");
                assert!(said.contains(expected) && said.contains("next: "), "{options}: {said}");
            }
        }
    }
    let url = format!("{}?sslmode=verify-full&sslrootcert={own}", here.url());
    let output = orderweaver(&["migrate", "up", "--store", &url]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

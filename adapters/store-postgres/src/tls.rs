//! How a connection is encrypted, and whom it trusts: `sslmode` and `sslrootcert` of a URL, as
//! libpq reads them.

use crate::error::OpenError;
use percent_encoding::percent_decode_str;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Bytes of a file with certificates.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// What `sslrootcert` says for the public authorities, as if it were left out.
const PUBLIC: &str = "system";

/// What a certificate of a server is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    /// Nothing: nobody can read along, but whoever stands between is not noticed.
    Nothing,
    /// An authority that is trusted has signed it.
    Authority,
    /// And it is for this host.
    Host,
}

/// What a URL says of encryption.
pub(crate) struct Encryption {
    /// Whether there is any.
    pub mode: SslMode,
    /// How it comes about.
    pub connector: MakeRustlsConnect,
}

impl Encryption {
    /// Takes what is said of it out of a URL.
    ///
    /// # Errors
    /// It says what there isn't, or the certificates can't be read.
    pub fn taken(url: &str) -> Result<(String, Self), OpenError> {
        // A password may hold any letter but an @.
        let behind = url.find('@').unwrap_or(0);
        let query = url[behind..].find('?').map_or(url.len(), |at| behind + at);
        let (place, query) = (&url[..query], url[query..].trim_start_matches('?'));
        let (mut mode, mut authorities, mut others) = (None, None, vec![]);
        for option in query.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("sslmode", value)) => mode = Some(decoded(value)?),
                Some(("sslrootcert", value)) => authorities = Some(decoded(value)?),
                _ => others.push(option),
            }
        }
        let authorities = authorities.filter(|file| file != PUBLIC);
        let (mode, check) = meaning(mode.as_deref(), authorities.is_some())?;
        let connector = MakeRustlsConnect::new(config(check, authorities.as_deref())?);
        let query =
            if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
        Ok((format!("{place}{query}"), Self { mode, connector }))
    }
}

fn decoded(value: &str) -> Result<String, OpenError> {
    let decoded = percent_decode_str(value).decode_utf8();
    let wrong = |_| OpenError::Url("the store's URL: an option is not UTF-8".into());
    decoded.map(Into::into).map_err(wrong)
}

/// Whoever names authorities and wants encryption wants them asked.
fn meaning(mode: Option<&str>, has_authorities: bool) -> Result<(SslMode, Check), OpenError> {
    match mode {
        Some("disable") => Ok((SslMode::Disable, Check::Nothing)),
        None | Some("prefer") => Ok((SslMode::Prefer, Check::Nothing)),
        Some("require") if !has_authorities => Ok((SslMode::Require, Check::Nothing)),
        Some("require" | "verify-ca") => Ok((SslMode::Require, Check::Authority)),
        Some("verify-full") => Ok((SslMode::Require, Check::Host)),
        Some(_) => Err(OpenError::Url(
            "the store's URL: sslmode is one of disable, prefer, require, verify-ca, verify-full"
                .into(),
        )),
    }
}

fn config(check: Check, authorities: Option<&str>) -> Result<ClientConfig, OpenError> {
    let provider = Arc::new(ring::default_provider());
    let wrong = |error: &dyn std::fmt::Display| OpenError::Url(format!("sslrootcert: {error}"));
    let builder = ClientConfig::builder_with_provider(provider.clone());
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| wrong(&error))?;
    if check == Check::Host {
        let roots = roots(authorities)?;
        return Ok(builder.with_root_certificates(roots).with_no_client_auth());
    }
    let authority = match check {
        Check::Nothing => None,
        Check::Authority | Check::Host => {
            let roots = Arc::new(roots(authorities)?);
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
            Some(verifier.build().map_err(|error| wrong(&error))?)
        }
    };
    let verifier = Arc::new(AnyHost { authority, provider });
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// The authorities of a file, or the public ones.
fn roots(file: Option<&str>) -> Result<RootCertStore, OpenError> {
    let mut roots = RootCertStore::empty();
    let Some(path) = file.map(Path::new) else {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(roots);
    };
    let wrong = |what: &dyn std::fmt::Display| {
        OpenError::Url(format!("sslrootcert={}: {what}", path.display()))
    };
    let mut text = vec![];
    let file = File::open(path).map_err(|error| wrong(&error))?;
    let read = file.take(FILE_BYTES_MAX).read_to_end(&mut text);
    read.map_err(|error| wrong(&error))?;
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| wrong(&error))?;
        roots.add(certificate).map_err(|error| wrong(&error))?;
    }
    match roots.is_empty() {
        true => Err(wrong(&"it holds no certificate in PEM form")),
        false => Ok(roots),
    }
}

/// Takes a certificate for any host, if its authority is trusted, where that is asked.
#[derive(Debug)]
struct AnyHost {
    authority: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyHost {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authority) = &self.authority else { return Ok(ServerCertVerified::assertion()) };
        match authority.verify_server_cert(certificate, others, host, ocsp, now) {
            // The host is looked at last: everything else is as it should be.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

//! How large the head of a request may be. Less than the server reads, so that whoever has more is
//! told so as of any other error.

use crate::problem::{HEADERS_TOO_LARGE, Problem, URI_TOO_LONG};
use axum::extract::Request;

/// Bytes of path and query.
pub const URI_BYTES_MAX: usize = 8 * 1024;
/// Bytes of the names and values of all headers.
const HEADER_BYTES_MAX: usize = 32 * 1024;
/// How many headers a request may have.
const HEADERS_MAX: usize = 64;

/// Goes on if the head isn't too large.
///
/// # Errors
/// It is.
pub fn check<B>(request: &Request<B>) -> Result<(), Problem> {
    let path_and_query = request.uri().path_and_query().map_or(0, |it| it.as_str().len());
    if path_and_query > URI_BYTES_MAX {
        let detail = format!("path and query have {path_and_query} bytes, not {URI_BYTES_MAX}");
        return Err(Problem::new(&URI_TOO_LONG, detail));
    }
    let headers = request.headers();
    if headers.len() > HEADERS_MAX {
        let detail = format!("there are {} headers, not {HEADERS_MAX}", headers.len());
        return Err(Problem::new(&HEADERS_TOO_LARGE, detail));
    }
    let bytes: usize = headers.iter().map(|(name, it)| name.as_str().len() + it.len()).sum();
    if bytes > HEADER_BYTES_MAX {
        let detail = format!("the headers have {bytes} bytes, not {HEADER_BYTES_MAX}");
        return Err(Problem::new(&HEADERS_TOO_LARGE, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;
    use axum::extract::Request;

    fn check_head(uri_bytes: usize, headers: usize, value_bytes: usize, expected: &str) {
        let mut request = Request::get(format!("/{}", "x".repeat(uri_bytes - 1)));
        for number in 0..headers {
            // Ten bytes with its name.
            request = request.header(format!("name-{number:02}"), "abc");
        }
        if value_bytes > 0 {
            request = request.header("x", "v".repeat(value_bytes - 1));
        }
        let checked = check(&request.body(()).expect("a request"));
        let said = checked.err().map(|it| (it.code(), it.detail().to_string()));
        let said = said.map_or(String::new(), |(code, detail)| format!("{code}: {detail}"));
        assert_eq!(said, expected, "{uri_bytes} {headers} {value_bytes}");
    }

    #[test]
    fn heads_are_measured_in_bytes_and_headers() {
        check_head(1, 0, 0, "");
        check_head(8_192, 63, 32_768 - 630, "");
        let uri = "uri_too_long: path and query have 8193 bytes, not 8192";
        check_head(8_193, 0, 0, uri);
        check_head(1, 64, 0, "");
        check_head(1, 65, 0, "headers_too_large: there are 65 headers, not 64");
        check_head(1, 0, 32_768, "");
        let bytes = "headers_too_large: the headers have 32769 bytes, not 32768";
        check_head(1, 0, 32_769, bytes);
        check_head(1, 63, 32_769 - 630, bytes);
    }
}

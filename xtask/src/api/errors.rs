//! The page of the errors: the same sentences that every port serves at `/errors/{code}`.

use http_api::KINDS;

/// The page as Markdown.
pub(super) fn page() -> String {
    let mut text = "# Errors\n\nWritten by `cargo xtask generate`. Don't edit.\n\n\
                    Every error is `application/problem+json` (RFC 9457). Match on `code`; it is \
                    stable. Every port serves the same at `/errors/{code}`.\n\n\
                    | Status | Code | What it is |\n|---|---|---|\n"
        .to_string();
    let mut kinds = KINDS.to_vec();
    kinds.sort_by_key(|kind| (kind.status, kind.code));
    for kind in &kinds {
        let (status, code, title) = (kind.status, kind.code, kind.title);
        text += &format!("| {status} | [`{code}`](#{code}) | {title} |\n");
    }
    for kind in &kinds {
        let (status, code, title) = (kind.status, kind.code, kind.title);
        text += &format!("\n## {code}\n\n{status}: {title}.\n\n");
        text += &format!("- Cause: {}\n- Remedy: {}\n", kind.cause, kind.remedy);
    }
    text
}

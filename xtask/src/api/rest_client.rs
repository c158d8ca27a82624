//! The walk as an `.http` file, which editors can send call by call.

use super::routes::port;
use super::tour::{CHAPTERS, Call, LEFT_OUT, of_port};
use contracts::ServiceName;

/// The file.
pub(super) fn text() -> String {
    let mut text = "# A walk through the API, for editors that send `.http` files. Start with an \
                    empty shop:\n#   orderweaver dev --ephemeral --no-samples\n# Written by `cargo \
                    xtask generate`. Don't edit.\n\n"
        .to_string();
    for (route, why) in LEFT_OUT {
        text += &format!("# Left out: {route}, {why}.\n");
    }
    for service in ServiceName::ALL {
        text += &format!("@{service} = http://localhost:{}\n", port(service));
    }
    for chapter in CHAPTERS {
        text += &format!("\n# {}\n", chapter.title);
        text.extend(chapter.calls.iter().map(request));
    }
    for service in ServiceName::ALL {
        text += &format!("\n# The port of {service}\n");
        text.extend(of_port(service).map(|call| request(&call)));
    }
    text
}

fn request(call: &Call) -> String {
    let Call { title, service, method, .. } = call;
    let mut text = format!("\n### {title}\n{method} {{{{{service}}}}}{}\n", call.path());
    if call.body.is_some() {
        text += "Content-Type: application/json\n";
    }
    text.extend(call.headers.iter().map(|(name, value)| format!("{name}: {value}\n")));
    text.extend(call.body.map(|body| format!("\n{body}\n")));
    text
}

//! Generates the Protobuf types, and from the same files the one table of messages: the enums
//! `MessageType` and `Body`. No `protoc` is needed: protox parses the files.

use prost_types::FileDescriptorSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const PROTO: &str = "../../proto";
const OWNERS: [&str; 4] = ["orders", "payments", "inventory", "orchestrator"];
/// Which files hold messages (the others hold the types of their fields).
const CHANNELS: [(&str, &str); 4] =
    [("commands", "Command"), ("events", "Event"), ("timers", "Timer"), ("provider", "Effect")];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={PROTO}");
    println!("cargo:rerun-if-changed=build.rs");
    let files = proto_files(Path::new(PROTO).join("orderweaver").as_path())?;
    let descriptors = protox::compile(&files, [PROTO])?;
    prost_build::Config::new()
        .extern_path(".orderweaver.common.v1.Money", "crate::Money")
        .message_attribute(".", "#[derive(serde::Serialize, serde::Deserialize)]")
        .message_attribute(".", "#[serde(default)]")
        .include_file("protobuf.rs")
        .compile_fds(descriptors.clone())?;
    let table = table(&descriptors)?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("body.rs"), table)?;
    Ok(())
}

fn proto_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = vec![];
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(proto_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

struct Row {
    name: String,
    owner: &'static str,
    channel: &'static str,
}

fn rows(descriptors: &FileDescriptorSet) -> Vec<Row> {
    let mut rows = vec![];
    for owner in OWNERS {
        for (file_name, channel) in CHANNELS {
            let wanted = format!("orderweaver/{owner}/v1/{file_name}.proto");
            let found = descriptors.file.iter().filter(|file| file.name() == wanted);
            for message in found.flat_map(|file| &file.message_type) {
                rows.push(Row { name: message.name().to_string(), owner, channel });
            }
        }
    }
    rows
}

/// One piece of the table: a head, a line for each message, a tail. `@` stands for the name of the
/// message, `#` for its owner, `%` for its channel.
const PIECES: &[(&str, &str, &str)] = &[
    (
        "/// The name of a message.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\n\
         pub enum MessageType {",
        "/// `@`.\n@,",
        "}",
    ),
    (
        "impl MessageType {\n/// Every message, by owner.\npub const ALL: &'static [Self] = &[",
        "Self::@,",
        "];",
    ),
    (
        "/// The name as stored and sent.\n\
         pub const fn name(self) -> &'static str { match self {",
        "Self::@ => \"@\",",
        "} }",
    ),
    (
        "/// The service whose contract it is.\n\
         pub const fn owner(self) -> ServiceName { match self {",
        "Self::@ => ServiceName::#,",
        "} }",
    ),
    (
        "/// How it travels.\npub const fn channel(self) -> Channel { match self {",
        "Self::@ => Channel::%,",
        "} }\n}",
    ),
    (
        "/// Any message's content.\n#[derive(Clone, Debug, PartialEq, serde::Serialize)]\n\
         #[serde(untagged)]\npub enum Body {",
        "/// `@`.\n@(@),",
        "}",
    ),
    (
        "impl Body {\n/// Which message it is.\n\
         pub const fn message_type(&self) -> MessageType { match self {",
        "Self::@(_) => MessageType::@,",
        "} }",
    ),
    (
        "/// The Protobuf bytes of the content.\npub fn encode(&self) -> Vec<u8> { match self {",
        "Self::@(message) => message.encode_to_vec(),",
        "} }",
    ),
    (
        "/// How many bytes `encode` makes.\npub fn encoded_len(&self) -> usize { match self {",
        "Self::@(message) => message.encoded_len(),",
        "} }",
    ),
    (
        "/// Reads Protobuf bytes.\n///\n/// # Errors\n/// The bytes are no such message.\n\
         pub fn decode(message_type: MessageType, bytes: &[u8])\n\
         -> Result<Self, prost::DecodeError> { Ok(match message_type {",
        "MessageType::@ => Self::@(@::decode(bytes)?),",
        "}) }",
    ),
    (
        "/// The message of that type with every field at its default.\n\
         pub fn empty(message_type: MessageType) -> Self { match message_type {",
        "MessageType::@ => Self::@(@::default()),",
        "} }\n}",
    ),
    ("", "impl From<@> for Body { fn from(message: @) -> Self { Self::@(message) } }", ""),
];

fn table(descriptors: &FileDescriptorSet) -> Result<String, std::fmt::Error> {
    let rows = rows(descriptors);
    let mut out = String::new();
    for (head, line, tail) in PIECES {
        writeln!(out, "{head}")?;
        for Row { name, owner, channel } in &rows {
            let owner = capital(owner);
            writeln!(
                out,
                "{}",
                line.replace('@', name).replace('#', &owner).replace('%', channel)
            )?;
        }
        writeln!(out, "{tail}")?;
    }
    Ok(out)
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

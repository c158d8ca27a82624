//! JSON as it was sent, token by token: nothing is lost to a parser that keeps the last of doubled
//! keys, rounds numbers or gives up on what it can't hold.

use crate::problem::{MALFORMED_JSON, Problem};
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::BTreeMap;

/// Levels of arrays and objects in one body.
const DEPTH_MAX: usize = 100;

enum Token<'a> {
    Open(char),
    Close,
    Comma,
    Colon,
    /// A key, or a value that is a text.
    Text(String),
    /// A number, `true`, `false` or `null`, as it was written.
    Bare(&'a str),
}

/// The tokens of a text that is known to be JSON.
struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    fn split(&mut self, length: usize) -> &'a str {
        let (token, rest) = self.rest.split_at(length);
        self.rest = rest;
        token
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Result<Token<'a>, serde_json::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rest = self.rest.trim_start();
        let first = self.rest.chars().next()?;
        Some(match first {
            '"' => {
                let length = text_length(self.rest);
                serde_json::from_str(self.split(length)).map(Token::Text)
            }
            '{' | '[' | '}' | ']' | ',' | ':' => {
                self.split(1);
                Ok(match first {
                    '{' | '[' => Token::Open(first),
                    ',' => Token::Comma,
                    ':' => Token::Colon,
                    _ => Token::Close,
                })
            }
            _ => {
                let is_over = |letter: char| " \t\r\n,]}".contains(letter);
                let length = self.rest.find(is_over).unwrap_or(self.rest.len());
                Ok(Token::Bare(self.split(length)))
            }
        })
    }
}

/// Bytes from the quote that the JSON text begins with to the one that it ends with.
fn text_length(json: &str) -> usize {
    let mut is_escaped = false;
    let closes = |byte: &u8| {
        let is_end = !is_escaped && *byte == b'"';
        is_escaped = !is_escaped && *byte == b'\\';
        is_end
    };
    let end = json.as_bytes().iter().skip(1).position(closes);
    end.map_or(json.len(), |end| end + 2)
}

/// Hands every text of the body to `look`, keys and doubled members included.
///
/// # Errors
/// The body is no JSON in UTF-8, nests too deep, or holds a text that is no Unicode.
pub fn for_each_text(bytes: &[u8], mut look: impl FnMut(&str)) -> Result<(), Problem> {
    let malformed = |what: String| Problem::new(&MALFORMED_JSON, what);
    let body = std::str::from_utf8(bytes)
        .map_err(|error| malformed(format!("the body is no UTF-8: {error}")))?;
    serde_json::from_str::<IgnoredAny>(body)
        .map_err(|error| malformed(format!("the body is no JSON: {error}")))?;
    let mut depth: usize = 0;
    for token in (Tokens { rest: body }) {
        let token =
            token.map_err(|error| malformed(format!("a text of the body is broken: {error}")))?;
        match token {
            Token::Open(_) if depth == DEPTH_MAX => {
                return Err(malformed(format!("the body nests deeper than {DEPTH_MAX} levels")));
            }
            Token::Open(_) => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            Token::Text(text) => look(&text),
            Token::Comma | Token::Colon | Token::Bare(_) => {}
        }
    }
    Ok(())
}

/// Every number of a text that is known to be JSON, as it was written.
pub fn numbers(json: &str) -> impl Iterator<Item = &str> {
    let number = |token| match token {
        Ok(Token::Bare(word)) if word.starts_with(|it: char| "-0123456789".contains(it)) => {
            Some(word)
        }
        _ => None,
    };
    Tokens { rest: json }.filter_map(number)
}

/// What the walk has read of an object or array so far, each value in one spelling.
enum Level {
    Object { members: BTreeMap<String, String>, key: Option<String> },
    Array(Vec<String>),
}

impl Level {
    fn open(bracket: char) -> Self {
        match bracket {
            '[' => Self::Array(vec![]),
            _ => Self::Object { members: BTreeMap::new(), key: None },
        }
    }

    fn written(self) -> String {
        match self {
            Self::Array(items) => format!("[{}]", items.join(",")),
            Self::Object { members, .. } => {
                let member = |(key, value)| format!("{}:{value}", Value::String(key));
                format!("{{{}}}", members.into_iter().map(member).collect::<Vec<_>>().join(","))
            }
        }
    }
}

fn path(root: &str, levels: &[Level]) -> String {
    let mut path = root.to_string();
    for level in levels {
        match level {
            Level::Object { key, .. } => path.extend([".", key.as_deref().unwrap_or_default()]),
            Level::Array(items) => path.push_str(&format!("[{}]", items.len())),
        }
    }
    path
}

/// JSON in one spelling: without spaces, each text in its shortest form, members by their keys,
/// and numbers as they were written. What differs in the order of members only is the same text.
///
/// # Errors
/// A key is doubled; the problem names its path, which begins with `root`.
pub fn canonical(json: &str, root: &str) -> Result<String, Problem> {
    let broken = |error: serde_json::Error| Problem::field(root, error.to_string());
    let mut levels: Vec<Level> = vec![];
    for token in (Tokens { rest: json }) {
        let value = match token.map_err(broken)? {
            Token::Open(bracket) => {
                levels.push(Level::open(bracket));
                continue;
            }
            Token::Comma | Token::Colon => continue,
            Token::Close => levels.pop().map_or_else(String::new, Level::written),
            Token::Bare(word) => word.to_string(),
            Token::Text(text) => match levels.last_mut() {
                Some(Level::Object { members, key: key @ None }) => {
                    let is_doubled = members.contains_key(&text);
                    *key = Some(text);
                    if is_doubled {
                        return Err(Problem::field(path(root, &levels), "stands there twice"));
                    }
                    continue;
                }
                _ => Value::String(text).to_string(),
            },
        };
        match levels.last_mut() {
            None => return Ok(value),
            Some(Level::Array(items)) => items.push(value),
            Some(Level::Object { members, key }) => {
                members.extend(key.take().map(|key| (key, value)));
            }
        }
    }
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::{canonical, for_each_text};

    fn check(json: &str, expected: Result<&str, &str>) {
        let read = canonical(json, "metadata").map_err(|problem| problem.detail().to_string());
        assert_eq!(read.as_deref().map_err(String::as_str), expected, "{json}");
    }

    #[test]
    fn what_parses_alike_is_written_alike() {
        check("{}", Ok("{}"));
        check(" { \"a\" :\t1 ,\n\"b\" : [ true , null ] } ", Ok(r#"{"a":1,"b":[true,null]}"#));
        check(r#"{"b":1e400,"a":1.0}"#, Ok(r#"{"a":1.0,"b":1e400}"#));
        check(r#"{"b":[{"d":1,"c":{}},[]],"a":""}"#, Ok(r#"{"a":"","b":[{"c":{},"d":1},[]]}"#));
        check(r#"{"\u0061":"\/ \" \\ , }","b":"a"}"#, Ok(r#"{"a":"/ \" \\ , }","b":"a"}"#));
    }

    #[test]
    fn doubled_keys_are_named_by_their_path() {
        check(r#"{"a":1,"a":1}"#, Err("metadata.a: stands there twice"));
        check(r#"{"a":1,"\u0061":1}"#, Err("metadata.a: stands there twice"));
        check(r#"{"o":[0,{"k":"k","k":2}]}"#, Err("metadata.o[1].k: stands there twice"));
        check(r#"{"a":{"a":1},"b":{"a":"b"}}"#, Ok(r#"{"a":{"a":1},"b":{"a":"b"}}"#));
    }

    fn check_texts(body: &[u8], expected: Result<&str, &str>) {
        let mut seen = vec![];
        let read = for_each_text(body, |text| seen.push(text.to_string()));
        let read = read.map(|()| seen.join("|")).map_err(|problem| problem.detail().to_string());
        match (&read, expected) {
            (Err(detail), Err(start)) => assert!(detail.starts_with(start), "{detail}"),
            (read, expected) => assert_eq!(read.as_deref(), Ok(expected.unwrap_or(""))),
        }
    }

    #[test]
    fn every_text_of_a_body_is_seen_or_the_body_is_refused() {
        check_texts(br#"{"n":1e400,"a":"b","a":["c",{"\u0064":""}]}"#, Ok("n|a|b|a|c|d|"));
        check_texts(br#"{"a":"\ud800","card":"x"}"#, Err("a text of the body is broken"));
        check_texts(b"{\"a\":\"\xff\"}", Err("the body is no UTF-8"));
        check_texts(b"", Err("the body is no JSON"));
        check_texts(b"{\"a\":1} {}", Err("the body is no JSON"));
        check_texts("[".repeat(150).as_bytes(), Err("the body is no JSON"));
        let deep = "[".repeat(150) + &"]".repeat(150);
        check_texts(deep.as_bytes(), Err("the body nests deeper than 100 levels"));
    }
}

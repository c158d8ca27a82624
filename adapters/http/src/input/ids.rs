//! Ids and texts as types: one that is not allowed can't be made.

use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// Characters of an id.
pub const ID_CHARACTERS_MAX: usize = 128;
/// Characters of an id that the system derived from another.
const DERIVED_ID_CHARACTERS_MAX: usize = 256;
/// Characters of a free text such as a reason.
pub const TEXT_CHARACTERS_MAX: usize = 500;

/// An id of a client's: 1 to 128 characters from `A-Z a-z 0-9 - _ . : ~`, but neither `.` nor `..`,
/// which no path can hold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub struct Id(String);

/// An id, or one that the system derived from it: `o-1!cancel_order!1`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub struct DerivedId(String);

/// A free text of at most 500 characters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub struct Text(String);

fn length(text: &str, min: usize, max: usize) -> Result<(), String> {
    match text.chars().count() {
        0 if min > 0 => Err(format!("is empty; {min} to {max} characters are allowed")),
        count if count > max => Err(format!("has {count} characters; {min} to {max} are allowed")),
        _ => Ok(()),
    }
}

/// Whether a text can be an id with these characters, and what is wrong if not.
fn check(text: &str, allowed: &str, max: usize) -> Result<(), String> {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || allowed.contains(letter);
    if let Some(letter) = text.chars().find(|letter| !is_allowed(*letter)) {
        return Err(format!("holds {letter:?}; allowed are A-Z a-z 0-9 - _ . : ~"));
    }
    length(text, 1, max)?;
    match text {
        "." | ".." => Err(format!("is {text:?}, which no path can hold")),
        _ => Ok(()),
    }
}

impl TryFrom<Cow<'_, str>> for Id {
    type Error = String;

    fn try_from(text: Cow<'_, str>) -> Result<Self, String> {
        check(&text, "-_.:~", ID_CHARACTERS_MAX).map(|()| Self(text.into()))
    }
}

impl TryFrom<Cow<'_, str>> for DerivedId {
    type Error = String;

    fn try_from(text: Cow<'_, str>) -> Result<Self, String> {
        if text.starts_with('!') {
            return Err("begins with '!', which stands behind the id of an order".into());
        }
        check(&text, "-_.:~!", DERIVED_ID_CHARACTERS_MAX).map(|()| Self(text.into()))
    }
}

impl TryFrom<Cow<'_, str>> for Text {
    type Error = String;

    fn try_from(text: Cow<'_, str>) -> Result<Self, String> {
        length(&text, 0, TEXT_CHARACTERS_MAX)?;
        Ok(Self(text.into()))
    }
}

macro_rules! text_like {
    ($($name:ident: $description:literal, $pattern:expr, $min:literal to $max:expr;)+) => {$(
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(it: $name) -> Self {
                it.0
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::String))
                    .description(Some($description))
                    .pattern($pattern)
                    .min_length(Some($min))
                    .max_length(Some($max))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

/// What `Id` allows, as a regular expression that doesn't look ahead.
const ID_PATTERN: &str =
    r"^([A-Za-z0-9_:~-]|\.[A-Za-z0-9_:~-]|\.\.[A-Za-z0-9._:~-])[A-Za-z0-9._:~-]*$";
const DERIVED_ID_PATTERN: &str =
    r"^([A-Za-z0-9_:~-]|\.[A-Za-z0-9_:~!-]|\.\.[A-Za-z0-9._:~!-])[A-Za-z0-9._:~!-]*$";

text_like! {
    Id: "1 to 128 characters from `A-Z a-z 0-9 - _ . : ~`, neither `.` nor `..`",
        Some(ID_PATTERN), 1 to ID_CHARACTERS_MAX;
    DerivedId: "An id of a client's, or one that the system derived from it, which holds a `!`",
        Some(DERIVED_ID_PATTERN), 1 to DERIVED_ID_CHARACTERS_MAX;
    Text: "For people", None::<&str>, 0 to TEXT_CHARACTERS_MAX;
}

#[cfg(test)]
mod tests {
    use super::{DerivedId, Id, Text};
    use std::borrow::Cow;

    fn check<T: TryFrom<Cow<'static, str>, Error = String>>(
        text: &str,
        expected: Result<(), &str>,
    ) {
        let read = T::try_from(Cow::Owned(text.to_string())).map(|_| ());
        assert_eq!(read.as_ref().map_err(String::as_str), expected.as_ref().map_err(|it| *it));
    }

    #[test]
    fn ids_hold_only_what_a_path_can_hold_as_it_is() {
        check::<Id>("o-1", Ok(()));
        check::<Id>("A.b_C:d~9", Ok(()));
        check::<Id>("...", Ok(()));
        check::<Id>(&"x".repeat(128), Ok(()));
        check::<Id>(&"x".repeat(129), Err("has 129 characters; 1 to 128 are allowed"));
        check::<Id>("", Err("is empty; 1 to 128 characters are allowed"));
        check::<Id>("a b", Err("holds ' '; allowed are A-Z a-z 0-9 - _ . : ~"));
        check::<Id>("a/b", Err("holds '/'; allowed are A-Z a-z 0-9 - _ . : ~"));
        check::<Id>("ä", Err("holds 'ä'; allowed are A-Z a-z 0-9 - _ . : ~"));
        check::<Id>("o-1!x", Err("holds '!'; allowed are A-Z a-z 0-9 - _ . : ~"));
        check::<Id>(".", Err("is \".\", which no path can hold"));
        check::<Id>("..", Err("is \"..\", which no path can hold"));
    }

    #[test]
    fn derived_ids_hold_an_exclamation_mark_behind_an_id() {
        check::<DerivedId>("o-1", Ok(()));
        check::<DerivedId>("o-1!cancel_order!1", Ok(()));
        let wrong = "begins with '!', which stands behind the id of an order";
        check::<DerivedId>("!1", Err(wrong));
        check::<DerivedId>("..", Err("is \"..\", which no path can hold"));
    }

    #[test]
    fn texts_are_counted_in_characters() {
        check::<Text>("", Ok(()));
        check::<Text>(&"ä".repeat(500), Ok(()));
        check::<Text>(&"ä".repeat(501), Err("has 501 characters; 0 to 500 are allowed"));
    }
}

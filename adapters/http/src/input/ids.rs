//! Ids and texts as types: one that is not allowed can't be made.

use contracts::{DERIVED_ID_CHARACTERS_MAX, ID_CHARACTERS_MAX, check_derived_id, check_id};
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

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

impl TryFrom<Cow<'_, str>> for Id {
    type Error = String;

    fn try_from(text: Cow<'_, str>) -> Result<Self, String> {
        check_id(&text).map(|()| Self(text.into()))
    }
}

impl TryFrom<Cow<'_, str>> for DerivedId {
    type Error = String;

    fn try_from(text: Cow<'_, str>) -> Result<Self, String> {
        check_derived_id(&text).map(|()| Self(text.into()))
    }
}

impl TryFrom<Cow<'_, str>> for Text {
    type Error = String;

    fn try_from(text: Cow<'_, str>) -> Result<Self, String> {
        match text.chars().count() {
            count if count > TEXT_CHARACTERS_MAX => {
                Err(format!("has {count} characters; 0 to {TEXT_CHARACTERS_MAX} are allowed"))
            }
            _ => Ok(Self(text.into())),
        }
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
    fn only_a_derived_id_holds_an_exclamation_mark() {
        check::<Id>("o-1", Ok(()));
        check::<Id>("o-1!x", Err("holds '!'; allowed are A-Z a-z 0-9 - _ . : ~"));
        check::<DerivedId>("o-1!x", Ok(()));
        check::<DerivedId>("o 1", Err("holds ' '; allowed are A-Z a-z 0-9 - _ . : ~"));
    }

    #[test]
    fn texts_are_counted_in_characters() {
        check::<Text>("", Ok(()));
        check::<Text>(&"ä".repeat(500), Ok(()));
        check::<Text>(&"ä".repeat(501), Err("has 501 characters; 0 to 500 are allowed"));
    }
}

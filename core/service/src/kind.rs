//! Kinds of records as data: the stores make their tables from these, and nobody writes SQL for a
//! service.

/// How many bits the number of a record has.
pub const NUMBER_BITS: u32 = 24;

/// How many records of one kind a subject can have: numbers run from 0 to here.
pub const NUMBER_MAX: u32 = (1 << NUMBER_BITS) - 1;

/// One table of a service.
#[derive(Debug, PartialEq, Eq)]
pub struct RecordKind {
    /// The table's name; stored, so it never changes.
    pub name: &'static str,
    /// The number of the body's shape. A record of a higher number than ours is not touched.
    pub schema: u32,
    /// Whether rows are only ever added (postings, movements).
    pub append_only: bool,
    /// What is taken from the record into columns of its own, to be indexed and checked.
    pub columns: &'static [Column],
    /// The ranges that `decide` and queries may use.
    pub indexes: &'static [Index],
    /// SQL conditions over the columns: the last line of defence.
    pub checks: &'static [&'static str],
}

/// A column beside key, version and body.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub column_type: ColumnType,
}

impl Column {
    /// A column of text.
    pub const fn text(name: &'static str) -> Self {
        Self { name, column_type: ColumnType::Text }
    }

    /// A column of integers: counts, minor units, microseconds since 1970 UTC.
    pub const fn integer(name: &'static str) -> Self {
        Self { name, column_type: ColumnType::Integer }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// UTF-8.
    Text,
    /// 64 bits, signed.
    Integer,
}

/// An index over columns of one kind. Ranges run over its last column; the columns before it are
/// given.
#[derive(Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name, unique in the house.
    pub name: &'static str,
    /// The columns, in order.
    pub columns: &'static [&'static str],
    /// A partial index holds only rows of which this SQL condition is true.
    pub only: Option<&'static str>,
}

/// What a record puts into a column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Nothing.
    Null,
    /// For [`ColumnType::Integer`].
    Integer(i64),
    /// For [`ColumnType::Text`].
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

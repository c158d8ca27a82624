//! What rows hold, as the engine knows it. What isn't as it was written is fatal.

use crate::error::store_error;
use contracts::{Message, ServiceName, Subject, Timestamp};
use engine::{EffectRow, StoreError};
use service::Value;
use std::sync::Arc;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

/// A value of a type that the column has.
pub(crate) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| store_error(&error))
}

pub(crate) fn service_in(row: &Row, column: usize) -> Result<ServiceName, StoreError> {
    let number: i16 = get(row, column)?;
    ServiceName::from_number(number)
        .ok_or_else(|| StoreError::Fatal(format!("{number} is no service")))
}

pub(crate) fn text_in(row: &Row, column: usize) -> Result<Subject, StoreError> {
    get(row, column).map(|text: &str| Subject::from(text))
}

pub(crate) fn message_in(row: &Row, column: usize) -> Result<Message, StoreError> {
    Message::decode(get(row, column)?).map_err(|error| StoreError::Fatal(error.to_string()))
}

/// Service, id, destination, request and claim, in this order.
pub(crate) fn effect_in(row: &Row) -> Result<EffectRow, StoreError> {
    Ok(EffectRow {
        service: service_in(row, 0)?,
        id: text_in(row, 1)?,
        destination: get(row, 2)?,
        request: Arc::new(message_in(row, 3)?),
        claimed_until: Timestamp(get(row, 4)?),
        claimed_by: get(row, 5).map(|epoch: i64| u64::try_from(epoch).unwrap_or(0))?,
    })
}

/// The value of a column of a kind.
pub(crate) fn value_in(row: &Row, column: usize) -> Result<Value, StoreError> {
    let is_text = row.columns().get(column).is_some_and(|it| *it.type_() == Type::TEXT);
    Ok(if is_text {
        get::<Option<String>>(row, column)?.map_or(Value::Null, Value::Text)
    } else {
        get::<Option<i64>>(row, column)?.map_or(Value::Null, Value::Integer)
    })
}

/// A number of rows as the server takes it.
pub(crate) fn limit(rows_max: usize) -> i64 {
    i64::try_from(rows_max).unwrap_or(i64::MAX)
}

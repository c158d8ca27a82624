//! Every kind of problem, as a table. The pages at `/errors/{code}`, the OpenAPI documents and
//! `docs/errors` are made from it.

/// One kind of problem: its code, status, title, cause and remedy.
#[derive(Debug)]
pub struct Kind {
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What kind of problem it is.
    pub title: &'static str,
    /// What leads to it.
    pub cause: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// The detail of one that happened. A server's own problem says nothing but title and remedy.
    pub example: &'static str,
}

macro_rules! kinds {
    ($(
        $name:ident $code:literal $status:literal $title:literal
        $cause:literal $remedy:literal $example:literal
    )+) => {
        $(#[doc = $title] pub const $name: Kind =
            Kind {
                code: $code, status: $status, title: $title, cause: $cause, remedy: $remedy,
                example: $example,
            };)+

        /// Every kind of problem.
        pub const KINDS: &[&Kind] = &[$(&$name),+];
    };
}

kinds! {
    MALFORMED_JSON "malformed_json" 400 "The body is no JSON"
        "The body is empty, no UTF-8, breaks the rules of JSON, or nests too deep."
        "Send one JSON object in UTF-8. The detail says at which line and column it breaks off."
        "the body is no JSON: expected value at line 1 column 11"
    BAD_REQUEST "bad_request" 400 "The request can't be read"
        "A part of the path, the query or a header is not encoded as it must be."
        "Check path, query and headers; the detail names what could not be read."
        "order_id in the path is no UTF-8"
    NOT_FOUND "not_found" 404 "There is no such path"
        "The path is misspelled, ends with a slash, or belongs to another service's port."
        "See /docs for the paths of this service."
        "there is no /order: see /docs"
    ORDER_NOT_FOUND "order_not_found" 404 "There is no such order"
        "No request to place an order with this id was taken."
        "Check the order id. An order exists from the moment POST /orders was answered with 201."
        "there is no order o-1"
    PAYMENT_NOT_FOUND "payment_not_found" 404 "There is no such payment"
        "The id is wrong, or the saga has not asked for the payment yet."
        "It appears once the saga has asked for it; try again shortly after placing the order."
        "there is no payment o-1!1"
    RESERVATION_NOT_FOUND "reservation_not_found" 404 "There is no such reservation"
        "The id is wrong, or the saga has not asked for the stock yet."
        "It appears once the saga has asked for it; try again shortly after placing the order."
        "nothing is reserved for order o-1"
    SAGA_NOT_FOUND "saga_not_found" 404 "There is no such saga"
        "The id is wrong, or the orchestrator has not seen the order yet."
        "The saga of an order has the order's id and appears once OrderCreated was handled."
        "there is no saga o-1"
    DEFINITION_NOT_FOUND "definition_not_found" 404 "There is no such definition of a saga"
        "No saga of this program follows a definition with this name."
        "GET /saga-definitions on the orchestrator lists all of them."
        "there is no definition buy_order; there are place_order, cancel_order"
    SKU_NOT_FOUND "sku_not_found" 404 "There is no such SKU"
        "No stock was ever set for this SKU."
        "Make it with PUT /stock/{sku}."
        "there is no SKU tea"
    METHOD_NOT_ALLOWED "method_not_allowed" 405 "The path has no such method"
        "The path exists, but not for this method."
        "The Allow header names the methods that it has."
        "/orders has no method DELETE"
    REQUEST_TIMEOUT "request_timeout" 408 "The body did not come in time"
        "The request said that a body follows, and then took too long to send it."
        "Send the whole request at once; repeat it with the same key or id."
        "the body was not there after 10s"
    ORDER_EXISTS "order_exists" 409 "The order exists with another content"
        "An order with this id was placed by a request that says something else."
        "Use another order id, or send the same request again to get the same answer."
        "order o-1 exists with another content: use another order_id"
    ORDER_NOT_CANCELLABLE "order_not_cancellable" 409 "The order can't be cancelled any more"
        "The order has come to an end that a cancel can't change."
        "A rejected order needs no cancel; a completed one is returned or refunded."
        "order o-1 is completed and can't be cancelled"
    STOCK_BELOW_RESERVED "stock_below_reserved" 409 "Less stock than is reserved"
        "The count is lower than what is promised to orders."
        "Set at least what is reserved, or cancel orders first."
        "tea at main has 2 units reserved, not 1"
    STOCK_ABOVE_MAXIMUM "stock_above_maximum" 409 "More stock than a location may hold"
        "The adjustment would leave more units at the location than are allowed there."
        "Adjust by less, or use another location; the detail names the limit."
        "tea at main has 999999999 units: 2 more are over the limit of 1000000000"
    TOO_MANY_LOCATIONS "too_many_locations" 409 "The SKU has too many locations"
        "The SKU lies at as many locations as are allowed already."
        "Use fewer locations for one SKU."
        "tea has 100 locations already"
    VERSION_MISMATCH "version_mismatch" 412 "The resource has another version"
        "If-Match names a version that it no longer has, or If-None-Match: * finds it there."
        "Read it again, decide again, and send the new ETag; the detail names the version."
        "tea has version 4, not 3"
    PAYLOAD_TOO_LARGE "payload_too_large" 413 "The body is too large"
        "The body, or a part of it that has its own limit, has too many bytes."
        "A body has at most 64 KiB, metadata at most 16 KiB."
        "the body has more than 65536 bytes"
    URI_TOO_LONG "uri_too_long" 414 "Path and query are too long"
        "Path and query together have too many bytes."
        "They have at most 8 KiB; ask for less at once."
        "path and query have 9000 bytes, not 8192"
    UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" 415 "The body has the wrong content type"
        "The Content-Type is missing or is not that of JSON."
        "Send Content-Type: application/json."
        "the body has no type: send Content-Type: application/json"
    VALIDATION_FAILED "validation_failed" 422 "A value is not allowed"
        "The request is well-formed, but a field is unknown, missing or has a wrong value."
        "The errors name each field and what is allowed there."
        "user_id: is empty; 1 to 128 characters are allowed"
    AMOUNT_MISMATCH "amount_mismatch" 422 "Amount and lines disagree"
        "The amount is not the sum of quantity times unit price over the lines."
        "Send only the lines, or an amount that is their sum."
        "amount is 5.00 USD, the lines make 9.00 USD"
    CARD_NUMBER_REFUSED "card_number_refused" 422 "The request holds a card number"
        "A text holds 13 to 19 digits that pass the check of card numbers."
        "Send a token of your payment provider, never card data."
        "a text of the request looks like a card number: send a token instead"
    IDEMPOTENCY_KEY_REUSED "idempotency_key_reused" 422 "The idempotency key was used before"
        "The key came before, with a request that says something else."
        "A key stands for one request. Use a new key for a new request."
        "this idempotency key came with another request before: use a new key"
    RATE_LIMITED "rate_limited" 429 "Too many requests from one client"
        "This client (its Authorization, or its address) has sent what it may in its time."
        "Wait as long as Retry-After says. RateLimit tells with each answer what is left."
        "more than 100 requests in 60 seconds: try again in 3 seconds"
    HEADERS_TOO_LARGE "headers_too_large" 431 "The headers are too large"
        "There are too many headers, or their names and values together have too many bytes."
        "Send at most 64 headers of at most 32 KiB; look for cookies that pile up."
        "there are 65 headers, not 64"
    INTERNAL_ERROR "internal_error" 500 "A rule failed"
        "The program met something that it holds impossible."
        "Nothing was changed. The trace id finds the reason in the log; please report it."
        ""
    OVERLOADED "overloaded" 503 "There is too much to do"
        "More requests came than can be handled just now, or too many connections are open."
        "Try again after the time in Retry-After."
        ""
    STOPPING "stopping" 503 "The service is about to end"
        "The process was told to stop and takes no new requests."
        "Try again after the time in Retry-After."
        ""
    STORAGE_FULL "storage_full" 503 "The disk is full"
        "The store could not write because no space is left."
        "Nothing was changed, reading goes on. Free space on the disk of the data folder."
        ""
    STORE_UNAVAILABLE "store_unavailable" 503 "The store can't be reached"
        "The connection to the store is lost, or the store doesn't answer."
        "Try again after the time in Retry-After."
        ""
    OUTCOME_UNKNOWN "outcome_unknown" 503 "The outcome could not be learnt"
        "The connection to the store was lost while the change was being committed."
        "Repeat the request with the same idempotency key or order id."
        ""
}

impl Kind {
    /// The kind with that code.
    pub fn of(code: &str) -> Option<&'static Self> {
        KINDS.iter().copied().find(|kind| kind.code == code)
    }

    /// Whether the server is at fault. Then clients get the sentences of the kind and nothing else,
    /// because the detail may hold the texts of a database or of a panic.
    pub const fn is_ours(&self) -> bool {
        self.status >= 500
    }
}

#[cfg(test)]
mod tests {
    use super::KINDS;

    #[test]
    fn every_kind_has_cause_remedy_and_an_example() {
        let is_whole = |text: &str| text.ends_with('.');
        for kind in KINDS {
            assert!(is_whole(kind.cause) && is_whole(kind.remedy), "{}", kind.code);
            assert_eq!(kind.example.is_empty(), kind.is_ours(), "{}", kind.code);
        }
    }
}

"""What an OpenAPI schema can't say, told to schemathesis: valid requests are changed so that they
are valid in these ways too. What is refused otherwise is held by the tests of the router.
"""

import itertools

import schemathesis

# An amount that is exact in every currency, also a hundred lines of it.
AMOUNT_MAX = 1_000_000

keys = itertools.count(1)
# The query that each page token belongs to.
queries = {}


@schemathesis.hook
def before_call(context, case, kwargs):
    """An idempotency key is used once, a token comes with its own filters, an order adds up."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f'"fuzz-{next(keys)}"'
    if case.query and "page_token" in case.query:
        known = queries.get(case.query["page_token"])
        case.query = known or {
            name: value for name, value in case.query.items() if name != "page_token"
        }
    if case.path == "/orders" and isinstance(case.body, dict):
        case.body = sound(case.body)


@schemathesis.hook
def after_call(context, case, response):
    """Notes which query a page token continues."""
    if response.status_code == 200 and "page_size" in str(context.operation.query.items):
        token = response.json().get("next_page_token")
        if token:
            queries[token] = {**case.query, "page_token": token}


def sound(order):
    """The order with amounts that its currency has, and without an amount beside its lines."""
    lines = [{**line, "unit_price": whole(line["unit_price"])} for line in order.get("lines") or []]
    sound = {**order, **({"lines": lines} if lines else {})}
    if lines:
        sound.pop("amount", None)
    elif sound.get("amount") is not None:
        sound["amount"] = whole(sound["amount"])
    return sound


def whole(amount):
    """The nearest allowed amount without decimals, spelled as it was."""
    nearest = int(min(float(amount), AMOUNT_MAX))
    return str(nearest) if isinstance(amount, str) else nearest

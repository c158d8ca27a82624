//! The balances of the ledger's accounts.

use crate::input::Text;
use crate::list::{Listed, PageParameters, binding, token};
use crate::problem::Problem;
use crate::shop::{Api, decode, store_problem};
use axum::Json;
use axum::extract::State;
use contracts::{Currency, ServiceName, Subject};
use engine::{Tallied, Tally, TallyRequest};
use payments::{Direction, LEDGER_TRANSACTIONS, LedgerTransaction, Record, order_of_account};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Transactions about one order: none has so many.
const TRANSACTIONS_MAX: usize = 10_000;

/// Which accounts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OfAccount {
    /// Only this account. Accounts of single orders are shown only when they are named.
    #[param(max_length = 500, value_type = Option<String>, example = "clearing:fake")]
    account: Option<Text>,
}

/// A page of balances.
#[derive(Serialize, ToSchema)]
pub(super) struct BalancesView {
    /// By account and currency. The accounts of single orders are shown as one by kind, such as
    /// `paid:*`, so that over all pages debits are equal to credits.
    balances: Vec<BalanceView>,
    /// Leads to the next page; empty at the end.
    next_page_token: String,
}

/// The balance of an account in one currency; amounts in major units, exact.
#[derive(Serialize, ToSchema)]
struct BalanceView {
    /// Which.
    #[schema(example = "clearing:fake")]
    account: String,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// The sum of its debits.
    #[schema(example = "123.45")]
    debits: String,
    /// The sum of its credits.
    #[schema(example = "23.45")]
    credits: String,
    /// Debits less credits.
    #[schema(example = "100.00")]
    balance: String,
}

impl BalanceView {
    fn new(account: &str, currency: &str, sums: Tallied) -> Self {
        let exponent = currency.parse::<Currency>().map_or(0, Currency::exponent);
        let Tallied { plus, minus } = sums;
        Self {
            account: account.into(),
            currency: currency.into(),
            debits: major_units(plus, exponent),
            credits: major_units(minus, exponent),
            balance: major_units(plus.saturating_sub(minus), exponent),
        }
    }
}

fn major_units(minor_units: i128, exponent: u32) -> String {
    let sign = if minor_units < 0 { "-" } else { "" };
    let (minor, scale) = (minor_units.unsigned_abs(), 10_u128.pow(exponent));
    match exponent {
        0 => format!("{sign}{minor}"),
        _ => {
            let width = exponent as usize;
            format!("{sign}{}.{:0width$}", minor / scale, minor % scale)
        }
    }
}

/// Balances of the ledger's accounts, exact while payments go on.
#[utoipa::path(get, path = "/ledger/balances", tag = "payments",
    params(OfAccount, PageParameters),
    responses((status = 200, description = "A page of balances", body = BalancesView)))]
pub(super) async fn list_ledger_balances(
    State(api): State<Api>,
    Listed { filter, part }: Listed<OfAccount>,
) -> Result<Json<BalancesView>, Problem> {
    let account = filter.account.as_ref().map(Text::as_str);
    if let Some(account) = account
        && let Some(order_id) = order_of_account(account)
    {
        let balances = of_order(&api, order_id, account).await?;
        return Ok(Json(BalancesView { balances, next_page_token: String::new() }));
    }
    let binding = binding("ledger_balances", account.unwrap_or_default());
    let after = part.token.as_deref().map(|token| place(token, binding)).transpose()?;
    let request = TallyRequest {
        service: ServiceName::Payments,
        name: account.map(Subject::from),
        after,
        rows_max: part.size + 1,
    };
    let found = api.shop().tallies(request).await.map_err(|error| store_problem(&error))?;
    let shown = &found[..found.len().min(part.size)];
    let last = shown.last().filter(|_| found.len() > part.size);
    let next =
        |last: &Tally| token::bound(&format!("{}.{}", last.key.unit, last.key.name), binding);
    let view = |it: &Tally| {
        let (account, currency) = (it.key.name.as_str(), it.key.unit.as_str());
        BalanceView::new(account, currency, it.tallied)
    };
    Ok(Json(BalancesView {
        balances: shown.iter().map(view).collect(),
        next_page_token: last.map_or_else(String::new, next),
    }))
}

/// The balances of an account that only one order touches: the sums of its few postings.
async fn of_order(api: &Api, order_id: &str, account: &str) -> Result<Vec<BalanceView>, Problem> {
    let stored =
        api.shop().records_of(&LEDGER_TRANSACTIONS, order_id.into(), TRANSACTIONS_MAX).await;
    let mut sums: BTreeMap<&str, Tallied> = BTreeMap::new();
    for row in stored.map_err(|error| store_problem(&error))? {
        let (it, _) = decode::<Record, LedgerTransaction>(&row)?;
        for posting in it.postings.iter().filter(|posting| posting.account == account) {
            let minor_units = i128::from(posting.amount.minor_units());
            *sums.entry(posting.amount.currency().code()).or_default() += match posting.direction {
                Direction::Debit => Tallied { plus: minor_units, minus: 0 },
                Direction::Credit => Tallied { plus: 0, minus: minor_units },
            };
        }
    }
    Ok(sums.into_iter().map(|(unit, sums)| BalanceView::new(account, unit, sums)).collect())
}

/// Where a page ended: `USD.clearing:fake`.
fn place(token: &str, binding: u64) -> Result<(Subject, Subject), Problem> {
    let place = token::unbound(token, binding)?;
    let (unit, name) = place.split_once('.').ok_or_else(token::no_token)?;
    unit.parse::<Currency>().map_err(|_| token::no_token())?;
    Ok((name.into(), unit.into()))
}

/// What an invoice of 123.45 leaves with its customer.
pub(super) fn example() -> BalancesView {
    let owed = Tallied { plus: 12_345, minus: 0 };
    let balances = vec![BalanceView::new("receivable:u-1", "USD", owed)];
    BalancesView { balances, next_page_token: String::new() }
}

#[cfg(test)]
mod tests {
    use super::major_units;

    #[test]
    fn amounts_are_exact_beyond_what_64_bits_hold() {
        let check = |minor_units, exponent, expected: &str| {
            assert_eq!(major_units(minor_units, exponent), expected);
        };
        check(0, 2, "0.00");
        check(-5, 2, "-0.05");
        check(12_345, 2, "123.45");
        check(12_345, 0, "12345");
        check(-12_345, 3, "-12.345");
        check(18_446_744_073_709_551_621, 2, "184467440737095516.21");
    }
}

//! What is known only when everything was seen: the balances of the ledger.

use crate::facts::Facts;
use crate::findings::Findings;
use contracts::ServiceName;
use engine::{Tallied, Tally};
use payments::balance_name;
use rustc_hash::FxHashMap;

/// The balances as they are kept, and as the postings seen so far make them. They are as many as
/// the store keeps, not as many as there are orders.
#[derive(Debug, Default)]
pub(super) struct Balances {
    accounts: Vec<Account>,
    by_name: FxHashMap<String, usize>,
}

#[derive(Debug)]
struct Account {
    name: String,
    /// By currency, of which there are few.
    balances: Vec<(String, Balance)>,
}

#[derive(Debug, Default)]
struct Balance {
    kept: Tallied,
    posted: Tallied,
}

impl Balances {
    /// One more subject was seen.
    pub fn add(&mut self, facts: &Facts) {
        for posting in facts.ledger.values().flat_map(|it| &it.postings) {
            let (debit, credit) = posting.sides();
            let posted = Tallied { plus: debit.into(), minus: credit.into() };
            let account = self.account(balance_name(&posting.account));
            account.balance(posting.amount.currency().code()).posted += posted;
        }
    }

    /// What the store has added up as money moved.
    pub fn add_kept(&mut self, tally: &Tally) {
        let account = self.account(tally.key.name.as_str());
        account.balance(tally.key.unit.as_str()).kept += tally.tallied;
    }

    /// What others have seen.
    pub fn merge(&mut self, others: Self) {
        for other in others.accounts {
            let account = self.account(&other.name);
            for (currency, other) in other.balances {
                let balance = account.balance(&currency);
                balance.kept += other.kept;
                balance.posted += other.posted;
            }
        }
    }

    fn account(&mut self, name: &str) -> &mut Account {
        let index = self.by_name.get(name).copied().unwrap_or_else(|| {
            self.by_name.insert(name.into(), self.accounts.len());
            self.accounts.push(Account { name: name.into(), balances: vec![] });
            self.accounts.len() - 1
        });
        &mut self.accounts[index]
    }

    /// 1, over everything: what is kept of an account is what was posted to it.
    pub fn hold(&self, findings: &mut Findings) {
        for Account { name, balances } in &self.accounts {
            for (currency, Balance { kept, posted }) in balances {
                let row = format!("tallies/{}/{name}/{currency}", ServiceName::Payments);
                findings.expect(kept == posted, row, || {
                    format!(
                        "{} debits and {} credits are kept, the postings make {} and {}",
                        kept.plus, kept.minus, posted.plus, posted.minus
                    )
                });
            }
        }
    }
}

impl Account {
    fn balance(&mut self, currency: &str) -> &mut Balance {
        let index = self.balances.iter().position(|(code, _)| code == currency);
        let index = index.unwrap_or_else(|| {
            self.balances.push((currency.into(), Balance::default()));
            self.balances.len() - 1
        });
        &mut self.balances[index].1
    }
}

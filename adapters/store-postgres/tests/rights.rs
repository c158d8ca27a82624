//! A user who may do too little is told so when the store is opened.

mod common;

use common::{OneDatabase, migrations, opening};
use conformance::{Opening, Site, play};
use std::time::{SystemTime, UNIX_EPOCH};
use store_postgres::{OpenError, PostgresStore, Settings, Time};
use tokio_postgres::NoTls;

/// All that the loops do, too.
const STORY: &str = "
    left a: add 1, timer x 10 (add 1), ask e (add 1), tell away (one), entry 1 5 -> -
    answer e -> -
    at 10
    fire 9 -> -
    bus 1 left p: break in pieces | bus 2 left p: add 1 -> - | -
    limit messages 1
    limit slots 0
    left b: tell right (add 1), ask f (add 1), tally t usd 1 -> -
    bring 9 -> -
    claim 9 -> orders asks outside f until 70: add 1
    lead -> yes
    send 9 -> sent
    forget 60 9 -> done
    at 90
    forget 60 9 -> done
    forget 60 9 -> done
    left account a -> a=3@3";

#[test]
fn whoever_was_granted_what_the_refusal_says_may_do_all_that_has_to_be_done() {
    conformance::run(async {
        let shop = Shop::new().await;
        let Err(refused) = shop.try_open(opening()).await else { panic!("it was opened") };
        let OpenError::Rights { grants, .. } = &refused else { panic!("{refused}") };
        assert!(refused.to_string().contains("GRANT TRUNCATE ON orderweaver.inbox_0"), "{refused}");
        shop.do_all(&grants.join(";")).await;
        play(&shop, STORY).await;
        shop.do_all("REVOKE DELETE ON orderweaver.effects FROM clerk ").await;
        let Err(refused) = shop.try_open(opening()).await else { panic!("it was opened") };
        let said = refused.to_string();
        let grant = format!("tables: GRANT DELETE ON orderweaver.effects TO {};", shop.user);
        assert!(said.contains(&grant), "{said}");
        shop.do_all("DROP OWNED BY clerk ; DROP ROLE clerk ").await;
    });
}

/// A database with a user of its own who owns nothing in it.
struct Shop {
    database: OneDatabase,
    user: String,
}

impl Shop {
    async fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
        let user = format!("clerk_{}", since.as_nanos());
        let shop = Self { database: OneDatabase::new(), user };
        shop.do_all("CREATE ROLE clerk LOGIN PASSWORD 'secret'").await;
        shop
    }

    async fn try_open(&self, opening: Opening) -> Result<PostgresStore, OpenError> {
        let Opening { kinds, clock } = opening;
        let migrations = migrations(&kinds);
        let url = self.database.url();
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let place = rest.split_once('@').map_or(rest, |(_, place)| place);
        let url = format!("{scheme}://{}:secret@{place}", self.user);
        let settings = Settings { url, kinds, time: Time::Given(clock) };
        PostgresStore::open_with(settings, &migrations).await
    }

    /// As the owner of everything; the user is called `clerk` here.
    async fn do_all(&self, statements: &str) {
        let url = self.database.url();
        let (client, connection) =
            tokio_postgres::connect(&url, NoTls).await.expect("a connection");
        tokio::spawn(connection);
        let statements = statements.replace(" clerk ", &format!(" {} ", self.user));
        client.batch_execute(&statements).await.expect("done");
    }
}

impl Site for Shop {
    type Store = PostgresStore;

    async fn open(&self, opening: Opening) -> PostgresStore {
        self.try_open(opening).await.expect("a store")
    }
}

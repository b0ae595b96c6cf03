//! The list of texts, by which one test of the program prepares all of them.

use telamon_store::{Fault, SQL_TEXTS, Sql, sql};

use crate::engines;

const NEVER_RUN: Sql = sql!("SELECT name FROM org WHERE living = $2 AND id = $1 LIMIT $3");

#[tokio::test]
async fn a_listed_text_is_prepared_on_both_engines_without_being_run() {
    assert!(SQL_TEXTS.contains(&NEVER_RUN));
    for fixture in engines().await {
        fixture.db.prepare_check(NEVER_RUN).await.unwrap();
        let wrong = fixture.db.prepare_check(sql!("SELECT 1 FROM no_such_table")).await;
        assert!(matches!(wrong, Err(Fault::Bug(_))), "{wrong:?}");
    }
}

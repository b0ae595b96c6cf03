//! Bringing the schema up to date.

use telamon_store::{Db, MigrateError, Options, SchemaState, Sql, Target, args, sql};
use telamon_wire::Timestamp;

use crate::{Fixture, empty_postgres, empty_sqlite, postgres};

async fn empty_engines() -> Vec<Fixture> {
    [Some(empty_sqlite().await), empty_postgres().await].into_iter().flatten().collect()
}

async fn change(db: &Db, text: Sql, args: &[telamon_store::Value]) {
    let mut tx = db.begin_write().await.unwrap();
    tx.run(text, args).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_empty_database_gets_the_current_schema_once() {
    for fixture in empty_engines().await {
        let state = fixture.db.schema_state().await.unwrap();
        assert_eq!(state.current, 0);
        assert!(state.is_older());
        fixture.db.migrate(Timestamp::from_seconds(7)).await.unwrap();
        fixture.db.migrate(Timestamp::from_seconds(8)).await.unwrap();
        assert_eq!(fixture.db.schema_state().await.unwrap(), SchemaState { current: state.wanted, ..state });
        let mut tx = fixture.db.begin_read().await.unwrap();
        let first: (i64, String, Timestamp) = tx
            .one(sql!("SELECT version, name, applied_at FROM schema_migration WHERE version = 1"), &[])
            .await
            .unwrap();
        assert_eq!(first, (1, "initial".into(), Timestamp::from_seconds(7)));
    }
}

#[tokio::test]
async fn two_nodes_may_migrate_at_once() {
    for fixture in empty_engines().await {
        let target = match &fixture.url {
            Some(url) => Target::Postgres(url.clone()),
            None => Target::Sqlite(fixture.directory.path().to_owned()),
        };
        let mut nodes = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let options = Options::new(target.clone());
            nodes.spawn(async move { Db::open(&options).await.unwrap().migrate(Timestamp::default()).await });
        }
        for done in nodes.join_all().await {
            done.unwrap();
        }
        assert!(fixture.db.schema_state().await.unwrap().is_current());
    }
}

#[tokio::test]
async fn an_edited_migration_and_a_newer_schema_are_refused() {
    for fixture in empty_engines().await {
        let db = &fixture.db;
        db.migrate(Timestamp::default()).await.unwrap();
        let newer = sql!("INSERT INTO schema_migration VALUES (9999, $1, $1, 0)");
        change(db, newer, &args!["later"]).await;
        assert!(db.schema_state().await.unwrap().is_newer());
        assert!(matches!(db.migrate(Timestamp::default()).await, Err(MigrateError::Newer(_))));
        let older = sql!("DELETE FROM schema_migration WHERE version = 9999");
        change(db, older, &[]).await;
        let edited = sql!("UPDATE schema_migration SET checksum = 'x' WHERE version = 1");
        change(db, edited, &[]).await;
        let refused = db.migrate(Timestamp::default()).await.unwrap_err();
        assert!(matches!(refused, MigrateError::Changed { version: 1, .. }), "{refused}");
    }
}

#[tokio::test]
async fn a_migrated_database_is_copied() {
    let Some(cluster) = postgres::Cluster::get() else { return };
    for _ in 0..2 {
        let url = cluster.fresh_migrated_database().await;
        let db = Db::open(&Options::new(Target::Postgres(url))).await.unwrap();
        assert!(db.schema_state().await.unwrap().is_current());
    }
}

#[tokio::test]
async fn with_the_collation_binary_both_engines_sort_by_bytes() {
    const SORTED: Sql = sql!("SELECT name FROM sorted ORDER BY name");
    for Fixture { db, directory: _directory, .. } in empty_engines().await {
        db.migrate(Timestamp::default()).await.unwrap();
        let mut tx = db.begin_write().await.unwrap();
        tx.batch("CREATE TABLE sorted (name TEXT COLLATE \"binary\" NOT NULL)").await.unwrap();
        tx.batch("INSERT INTO sorted VALUES ('b'), ('a'), ('B'), ('ä'), ('_a'), ('a b'), ('ab')").await.unwrap();
        let sorted: Vec<String> = tx.all(SORTED, &[]).await.unwrap();
        assert_eq!(sorted, ["B", "_a", "a", "a b", "ab", "b", "ä"]);
    }
}

//! What holds for all declarations and all SQL texts together.

use std::collections::HashSet;

use telamon_api::{Registry, document};
use telamon_server::resources::operations;
use telamon_store::SQL_TEXTS;
use telamon_testkit::{TestServer, telamon_test};

#[telamon_test]
async fn every_sql_text_prepares(t: TestServer) {
    assert!(SQL_TEXTS.len() > 50, "the list of texts is empty: {}", SQL_TEXTS.len());
    for sql in SQL_TEXTS {
        if let Err(fault) = t.db().prepare_check(*sql).await {
            panic!("{fault}\n{}", sql.text());
        }
    }
}

#[test]
fn declarations_are_named_and_described() {
    let operations = operations();
    let mut ids = HashSet::new();
    for operation in &operations {
        assert!(ids.insert((operation.id, operation.since)), "{} is there twice", operation.id);
        let base = if operation.versioned { "/api/atlas/v2" } else { "/api/" };
        assert!(operation.path.starts_with(base), "{operation:?}");
        assert!(!operation.summary.is_empty() && !operation.summary.ends_with('.'), "{operation:?}");
        assert!(operation.id.chars().all(|c| c.is_ascii_alphanumeric()), "{operation:?}");
    }
}

#[test]
fn the_committed_document_is_current() {
    let registry = Registry::new(operations()).unwrap();
    let fresh = format!("{:#}\n", document(&registry, None, "/"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi/v2.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(fresh == committed, "docs/openapi/v2.json is not what the declarations say: run `just generate`");
}

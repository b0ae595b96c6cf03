//! The query of a page: what is taken lies in its range, and the links of the answer ask for the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telamon_wire::{OutOfRange, PageQuery, page_links};

fuzz_target!(|query: &[u8]| {
    for beyond in [OutOfRange::Refused, OutOfRange::Clamped] {
        check(query, beyond);
    }
});

fn check(query: &[u8], beyond: OutOfRange) {
    let owned = pairs(query);
    let borrowed = || owned.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let page = match PageQuery::parse(borrowed(), beyond) {
        Ok(page) => page,
        Err(error) => {
            assert_eq!(error.status(), 400);
            assert!(!error.detail().is_empty());
            return;
        }
    };
    assert!(page.page_num >= 1 && (1..=500).contains(&page.items_per_page));
    assert!(page.offset() >= 0 && page.offset() % page.limit() == 0);

    for link in page_links("http://localhost/api", borrowed(), page, true) {
        let (path, query) = link.href.split_once('?').expect("links of pages have a query");
        assert_eq!(path, "http://localhost/api");
        assert!(query.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte)), "{query}");
        let again = pairs(query.as_bytes());
        let expected = match link.rel.as_str() {
            "self" => page,
            "previous" => PageQuery { page_num: page.page_num - 1, ..page },
            _ => PageQuery { page_num: page.page_num.saturating_add(1), ..page },
        };
        let read = PageQuery::parse(again.iter().map(|(name, value)| (name.as_str(), value.as_str())), beyond);
        assert_eq!(read.map_err(|error| error.detail()), Ok(expected));
        let others = |all: &[(String, String)]| -> Vec<(String, String)> {
            all.iter().filter(|(name, _)| name != "pageNum" && name != "itemsPerPage").cloned().collect()
        };
        assert_eq!(others(&again), others(&owned));
    }
}

fn pairs(query: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(query).into_owned().collect()
}

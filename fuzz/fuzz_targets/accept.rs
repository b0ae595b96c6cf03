//! Media types and dates: whatever is read prints as the same thing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telamon_wire::{MediaType, Version, parse_accept, request_media_type_is_accepted};

fuzz_target!(|text: &str| {
    if let Some(version) = Version::parse(text) {
        assert_eq!(version.to_string(), text);
        check(version);
    }
    if let Some(version) = parse_accept(text) {
        check(version);
    }
    if request_media_type_is_accepted(text) {
        // The first range of the list may be another type; a request body has one type and no list.
        assert!(text.to_ascii_lowercase().contains("json"));
    }
});

fn check(version: Version) {
    assert_eq!(Version::parse(&version.to_string()), Some(version));
    let media_type = MediaType(version).to_string();
    assert_eq!(parse_accept(&media_type), Some(version));
    assert_eq!(parse_accept(&format!("text/html;q=0.1,\t{media_type} ; q=1, */*")), Some(version));
    assert!(request_media_type_is_accepted(&media_type));
    assert!(!version.http_date().is_empty());
}

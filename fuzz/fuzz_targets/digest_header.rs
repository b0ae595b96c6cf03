//! The `Authorization` header: read or refused, and what was read survives being written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telamon_authn::{Authorization, DigestHeader};

fuzz_target!(|text: &str| {
    if let Ok(header) = DigestHeader::parse(text) {
        check(&header);
    }
    match Authorization::parse(text) {
        Ok(Authorization::Digest(header)) => check(&header),
        Ok(Authorization::Bearer(token)) => assert!(text.contains(token)),
        Ok(Authorization::Other) | Err(_) => {}
    }
});

fn check(header: &DigestHeader) {
    assert_eq!(header.response.len(), 32);
    let opaque = header.opaque.as_ref().map(|opaque| format!(", opaque={}", quoted(opaque))).unwrap_or_default();
    let text = format!(
        "username={}, realm={}, nonce={}, uri={}, response={}, nc={:08x}, cnonce={}, qop=auth{opaque}",
        quoted(&header.username),
        quoted(&header.realm),
        quoted(&header.nonce),
        quoted(&header.uri),
        header.response,
        header.nc,
        quoted(&header.cnonce),
    );
    // Quoting makes a text longer, which may take it past the longest that is read.
    let Ok(again) = DigestHeader::parse(&text) else { return assert!(text.len() > 16 * 1024, "{text}") };
    let parts = |of: &DigestHeader| (of.username.clone(), of.realm.clone(), of.nonce.clone(), of.uri.clone());
    let numbers = |of: &DigestHeader| (of.response.clone(), of.nc, of.cnonce.clone(), of.opaque.clone());
    assert_eq!((parts(&again), numbers(&again)), (parts(header), numbers(header)));
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

//! Distinguished names: whatever is read prints as text that reads as the same name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telamon_pki::{DistinguishedName, parse_managed_username};

fuzz_target!(|text: &str| {
    if let Ok(name) = DistinguishedName::parse(text) {
        let printed = name.to_string();
        assert_eq!(DistinguishedName::parse(&printed), Ok(name), "{printed}");
    }
    if let Ok(name) = parse_managed_username(text) {
        assert!(!name.as_str().is_empty() && !name.as_str().contains('\0'));
        assert_eq!(parse_managed_username(&name.to_rfc2253()), Ok(name.clone()));
        assert_eq!(DistinguishedName::parse(&name.to_rfc2253()).map(|name| name.has_common_name()), Ok(true));
        // OpenSSL leaves a lone number sign bare, which no parser can tell from the start of a hexadecimal value.
        if name.as_str() != "#" {
            assert_eq!(parse_managed_username(&name.to_openssl_rfc2253()), Ok(name.clone()));
        }
        assert!(name.to_openssl_rfc2253().is_ascii());
    }
});

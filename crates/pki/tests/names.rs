//! Names survive being written and read, whatever they hold.

use proptest::prelude::*;
use telamon_pki::{Attribute, AttributeValue, CommonName, DistinguishedName, parse_managed_username};

/// Short names, thick with what the grammar treats specially.
fn name() -> impl Strategy<Value = String> {
    let special =
        prop::sample::select(vec![' ', ',', '+', '"', '\\', '<', '>', ';', '=', '#', 'C', 'a', '0', 'é', '🦀']);
    let any = any::<char>().prop_filter("NUL is refused", |c| *c != '\0');
    prop::collection::vec(prop_oneof![3 => special, 1 => any], 1..12).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn both_written_forms_read_back_as_the_name(name in name()) {
        let common_name = CommonName::new(&name).unwrap();
        prop_assert_eq!(common_name.as_str(), &name);
        prop_assert_eq!(parse_managed_username(&common_name.to_rfc2253()), Ok(common_name.clone()));
        let openssl = common_name.to_openssl_rfc2253();
        prop_assert!(openssl.bytes().all(|b| (0x20..0x7f).contains(&b)), "{}", openssl);
        if name != "#" {
            prop_assert_eq!(parse_managed_username(&openssl), Ok(common_name));
        }
    }

    #[test]
    fn a_printed_name_reads_back_as_itself(values in prop::collection::vec(name(), 1..5)) {
        let text: Vec<_> = values.iter().map(|v| CommonName::new(v).unwrap().to_rfc2253()).collect();
        let parsed = DistinguishedName::parse(&text.join(",")).unwrap();
        let expected: Vec<_> = values
            .iter()
            .map(|v| vec![Attribute { kind: "CN".to_owned(), value: AttributeValue::Text(v.clone()) }])
            .collect();
        prop_assert_eq!(parsed.relative_names().map(<[_]>::to_vec).collect::<Vec<_>>(), expected);
        prop_assert_eq!(DistinguishedName::parse(&parsed.to_string()), Ok(parsed));
    }

    #[test]
    fn no_text_makes_the_parser_fall_over(text in "(CN|cn|OU|2\\.5)?=?[\\\\\"#+,; =<>a0é]{0,16}") {
        if let Ok(name) = DistinguishedName::parse(&text) {
            prop_assert_eq!(DistinguishedName::parse(&name.to_string()), Ok(name));
        }
    }
}

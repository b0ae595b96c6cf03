use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

fn entry(ip_address: Option<&str>, cidr_block: Option<&str>) -> NewEntry {
    NewEntry { cidr_block: cidr_block.map(str::to_owned), ip_address: ip_address.map(str::to_owned) }
}

fn one(entry: NewEntry) -> Result<String, String> {
    match asked(&[entry]) {
        Ok(blocks) => Ok(blocks[0].to_string()),
        Err(error) => Err(format!("{} {}", error.code, error.detail())),
    }
}

#[test]
fn an_entry_is_stored_in_the_one_spelling_of_its_addresses() {
    let cases = [
        (Some("192.0.2.7"), None, "192.0.2.7/32"),
        (None, Some("192.0.2.7/32"), "192.0.2.7/32"),
        (Some(""), Some("192.0.2.0/24"), "192.0.2.0/24"),
        (None, Some("0.0.0.0/0"), "0.0.0.0/0"),
        (None, Some("192.0.2.6/31"), "192.0.2.6/31"),
        (Some("2001:DB8:0:0::7"), None, "2001:db8::7/128"),
        (None, Some("2001:db8::6/127"), "2001:db8::6/127"),
        (None, Some("::/0"), "::/0"),
        (Some("::ffff:192.0.2.7"), None, "192.0.2.7/32"),
        (None, Some("::ffff:192.0.2.0/120"), "192.0.2.0/24"),
        (None, Some("::ffff:0:0/96"), "0.0.0.0/0"),
    ];
    for (ip_address, cidr_block, expected) in cases {
        assert_eq!(one(entry(ip_address, cidr_block)), Ok(expected.to_owned()), "{ip_address:?} {cidr_block:?}");
    }
}

#[test]
fn what_is_wrong_with_an_entry_is_said() {
    let address = "VALIDATION_ERROR Invalid attribute [0].ipAddress: It must be one address, such as 192.0.2.7 or \
        2001:db8::7. A block of addresses goes into cidrBlock.";
    for text in ["192.0.2.0/24", "192.0.2", "192.0.2.256", "010.0.0.1", "localhost", "fe80::1%eth0", " 192.0.2.7"] {
        assert_eq!(one(entry(Some(text), None)), Err(address.to_owned()), "{text}");
    }
    let block = "VALIDATION_ERROR Invalid attribute [0].cidrBlock: It must be a block of addresses, such as \
        192.0.2.0/24 or 2001:db8::/32.";
    for text in ["192.0.2.7", "192.0.2.0/33", "192.0.2.0/+24", "192.0.2.0/", "2001:db8::/129", "192.0.2.0/24/24"] {
        assert_eq!(one(entry(None, Some(text))), Err(block.to_owned()), "{text}");
    }
    let inside = "VALIDATION_ERROR Invalid attribute [0].cidrBlock: It names an address inside of a block: send \
        192.0.2.0/24 for the block, 192.0.2.7 for the address.";
    assert_eq!(one(entry(None, Some("192.0.2.7/24"))), Err(inside.to_owned()));
    assert!(one(entry(None, Some("::ffff:0:0/95"))).is_err());

    let neither = "BAD_ACCESS_LIST_ADD_REQUEST Each entry of an access list must have either ipAddress or cidrBlock.";
    assert_eq!(one(entry(None, None)), Err(neither.to_owned()));
    assert_eq!(one(entry(Some("192.0.2.7"), Some("192.0.2.7/32"))), Err(neither.to_owned()));
    for text in ["0.0.0.0/32", "255.255.255.255/32", "::/128", "224.0.0.0/4", "ff02::1/128"] {
        let error = one(entry(None, Some(text))).unwrap_err();
        assert!(error.starts_with("CANNOT_ADD_IP_ADDRESS_TO_API_KEY_ACCESS_LIST"), "{text}: {error}");
    }
    let twice = asked(&[entry(Some("192.0.2.7"), None), entry(None, Some("::ffff:192.0.2.7/128"))]);
    assert_eq!(twice.map_err(|error| error.code), Err(ErrorCode::DUPLICATE_ADDRESSES_IN_INPUT));
}

#[test]
fn a_path_names_an_entry_in_any_spelling() {
    let named = |text: &str| named(text).map(|block| block.to_string());
    assert_eq!(named("192.0.2.7"), Some("192.0.2.7/32".into()));
    assert_eq!(named("192.0.2.7/32"), Some("192.0.2.7/32".into()));
    assert_eq!(named("2001:DB8::/32"), Some("2001:db8::/32".into()));
    assert_eq!(named("192.0.2.0/24/x"), None);
    assert_eq!(named("here"), None);
    assert_eq!(name("192.0.2.7/32".parse().unwrap()), "192.0.2.7");
    assert_eq!(name("192.0.2.0/24".parse().unwrap()), "192.0.2.0/24");
}

#[test]
fn a_list_that_cannot_be_read_stays_a_list() {
    let list = AccessList::of(&["nonsense".to_owned()]);
    assert!(!list.is_empty());
    assert_eq!(list.holding(Ipv4Addr::UNSPECIFIED.into()), None);
    assert!(AccessList::of(&[]).is_empty() && AccessList::default().is_empty());
}

#[test]
fn the_narrowest_entry_admits() {
    let list = AccessList::of(&["0.0.0.0/0", "192.0.2.0/24", "192.0.2.7/32", "::/0"].map(str::to_owned));
    let holding = |address: &str| list.holding(address.parse().unwrap()).map(|block| block.to_string());
    assert_eq!(holding("192.0.2.7"), Some("192.0.2.7/32".into()));
    assert_eq!(holding("192.0.2.8"), Some("192.0.2.0/24".into()));
    assert_eq!(holding("::ffff:198.51.100.1"), Some("0.0.0.0/0".into()));
    assert_eq!(holding("2001:db8::1"), Some("::/0".into()));
}

/// The bits of an address, the first one first; of an IPv4 address inside IPv6, the IPv4 address's.
fn bits(address: IpAddr) -> Vec<bool> {
    let bytes = match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => {
            let bytes = v6.octets();
            let is_inner = bytes[..10].iter().all(|byte| *byte == 0) && bytes[10..12] == [0xff, 0xff];
            if is_inner { bytes[12..].to_vec() } else { bytes.to_vec() }
        }
    };
    bytes.iter().flat_map(|byte| (0..8).map(move |place| byte & (0x80 >> place) != 0)).collect()
}

/// Whether the first bits of two addresses of one kind are the same.
fn agree(one: IpAddr, other: IpAddr, length: usize) -> bool {
    let (one, other) = (bits(one), bits(other));
    one.len() == other.len() && one[..length] == other[..length]
}

/// Addresses near each other, so that they share many of their first bits.
fn near(address: u128, flipped: u32, width: u32) -> u128 {
    if flipped < width { address ^ (1 << flipped) } else { address }
}

fn v4(bits: u32) -> IpAddr {
    Ipv4Addr::from_bits(bits).into()
}

fn v6(bits: u128) -> IpAddr {
    Ipv6Addr::from_bits(bits).into()
}

fn inner(bits: u32) -> IpAddr {
    Ipv4Addr::from_bits(bits).to_ipv6_mapped().into()
}

proptest! {
    #[test]
    fn ipv4_blocks_hold_whom_their_bits_say(address: u32, flipped in 0..40_u32, length in 0..=32_u8) {
        let caller = u32::try_from(near(address.into(), flipped, 32)).unwrap();
        let block = Ipv4Net::new(Ipv4Addr::from_bits(address), length).unwrap().trunc();
        let expected = agree(v4(address), v4(caller), length.into());
        for stored in [block.to_string(), format!("{}/{}", inner(block.addr().to_bits()), length + 96)] {
            let list = AccessList::of(&[stored]);
            prop_assert_eq!(list.holding(v4(caller)).is_some(), expected);
            prop_assert_eq!(list.holding(inner(caller)).is_some(), expected);
        }
    }

    #[test]
    fn ipv6_blocks_hold_whom_their_bits_say(address: u128, flipped in 0..140_u32, length in 0..=128_u8) {
        let caller = near(address, flipped, 128);
        let block = IpNet::new(v6(address), length).unwrap().trunc();
        let list = AccessList::of(&[block.to_string()]);
        prop_assert_eq!(list.holding(v6(caller)).is_some(), agree(v6(address), v6(caller), length.into()));
    }

    #[test]
    fn the_kinds_of_addresses_do_not_mix(address: u32, wide: u128, length in 0..=32_u8) {
        let v4_list = AccessList::of(&[IpNet::new(v4(address), length).unwrap().trunc().to_string()]);
        let v6_list = AccessList::of(&[format!("::/{}", length.min(16))]);
        prop_assume!(bits(v6(wide)).len() == 128);
        prop_assert_eq!(v4_list.holding(v6(wide)), None);
        prop_assert_eq!(v6_list.holding(inner(address)), None);
    }

    #[test]
    fn what_is_asked_for_is_what_is_admitted(address: u32, length in 0..=32_u8) {
        let block = Ipv4Net::new(Ipv4Addr::from_bits(address), length).unwrap();
        let stored = asked(&[entry(None, Some(&block.to_string()))]);
        if let Ok(blocks) = stored {
            prop_assert_eq!(block, block.trunc());
            prop_assert_eq!(named(&name(blocks[0])), Some(blocks[0]));
            let list = AccessList::of(&[blocks[0].to_string()]);
            prop_assert!(list.holding(v4(address)).is_some());
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}") {
        let _ = asked(&[entry(Some(&text), None)]);
        let _ = asked(&[entry(None, Some(&text))]);
        let _ = named(&text);
    }
}

//! Reads the text form of a distinguished name.

use x509_parser::asn1_rs::{Any, FromBer as _};

use super::{Attribute, AttributeValue, NameError};

/// The parts of the name in the order of the text, each with its attributes.
pub(super) fn parse(text: &str) -> Result<Vec<Vec<Attribute>>, NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    let mut reader = Reader { rest: text, position: 1 };
    let mut names = Vec::new();
    let mut name = Vec::new();
    loop {
        name.push(reader.attribute()?);
        match reader.next() {
            Some('+') => {}
            Some(_) => names.push(std::mem::take(&mut name)),
            None => {
                names.push(name);
                return Ok(names);
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    /// Of the next character, from 1.
    position: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        self.position += 1;
        Some(c)
    }

    fn skip_blanks(&mut self) {
        while self.peek() == Some(' ') {
            self.next();
        }
    }

    /// Everything up to the first character that `wanted` refuses.
    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek().filter(|c| wanted(*c)) {
            text.push(c);
            self.next();
        }
        text
    }

    fn error<T>(&self, problem: &'static str) -> Result<T, NameError> {
        Err(NameError::Syntax { position: self.position, problem })
    }

    /// One `type=value`; stops before the separator that follows.
    fn attribute(&mut self) -> Result<Attribute, NameError> {
        self.skip_blanks();
        let kind = self.kind()?;
        self.skip_blanks();
        if self.peek() != Some('=') {
            return self.error("an equals sign must follow the attribute type");
        }
        self.next();
        self.skip_blanks();
        let value = match self.peek() {
            Some('#') => AttributeValue::Encoded(self.encoded()?),
            Some('"') => AttributeValue::Text(self.quoted()?),
            _ => AttributeValue::Text(self.text()?),
        };
        self.skip_blanks();
        match self.peek() {
            None | Some(',' | ';' | '+') => Ok(Attribute { kind, value }),
            Some(_) => self.error("the value has ended, a comma or plus sign must follow"),
        }
    }

    fn kind(&mut self) -> Result<String, NameError> {
        let start = self.position;
        let wrong = |problem| Err(NameError::Syntax { position: start, problem });
        let mut kind = self.take_while(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
        if kind.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("OID.")) {
            kind.drain(..4);
        }
        if kind.starts_with(|c: char| c.is_ascii_alphabetic()) {
            if kind.contains('.') {
                return wrong("an attribute type is a keyword such as CN or an object identifier such as 2.5.4.3");
            }
            return Ok(kind);
        }
        let is_number = |arc: &str| {
            !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'))
        };
        if kind.contains('.') && kind.split('.').all(is_number) {
            return Ok(kind);
        }
        wrong("an attribute type such as CN or 2.5.4.3 must stand here")
    }

    /// Unquoted text. Blanks at its end do not belong to it unless they are escaped.
    fn text(&mut self) -> Result<String, NameError> {
        let start = self.position;
        let mut bytes = Vec::new();
        let mut end = 0;
        loop {
            match self.peek() {
                None | Some(',' | ';' | '+') => break,
                Some('"' | '<' | '>') => return self.error("a backslash must stand before this character"),
                Some('\0') => return Err(NameError::Nul),
                Some('\\') => {
                    bytes.push(self.escape()?);
                    end = bytes.len();
                }
                Some(c) => {
                    self.next();
                    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    if c != ' ' {
                        end = bytes.len();
                    }
                }
            }
        }
        bytes.truncate(end);
        from_utf8(bytes, start)
    }

    /// Text in quotation marks (RFC 2253, 4): only they and the backslash are special in it.
    fn quoted(&mut self) -> Result<String, NameError> {
        let start = self.position;
        self.next();
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                None => return self.error("the closing quotation mark is missing"),
                Some('\0') => return Err(NameError::Nul),
                Some('\\') => bytes.push(self.escape()?),
                Some(c) => {
                    self.next();
                    if c == '"' {
                        return from_utf8(bytes, start);
                    }
                    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
    }

    /// `\,` or `\2C`: one byte.
    fn escape(&mut self) -> Result<u8, NameError> {
        let start = self.position;
        self.next();
        match self.peek() {
            Some(c @ (' ' | '"' | '#' | '+' | ',' | ';' | '<' | '=' | '>' | '\\')) => {
                self.next();
                // All of these are ASCII.
                Ok(c as u8)
            }
            _ => match self.hex_pair() {
                Some(0) => Err(NameError::Nul),
                Some(byte) => Ok(byte),
                None => Err(NameError::Syntax {
                    position: start,
                    problem: "after a backslash must come one of \" # + , ; < = > \\, a blank, or two hexadecimal digits",
                }),
            },
        }
    }

    fn hex_pair(&mut self) -> Option<u8> {
        let high = self.peek()?.to_digit(16)?;
        self.next();
        let low = self.peek()?.to_digit(16)?;
        self.next();
        u8::try_from(high * 16 + low).ok()
    }

    /// `#` and the hexadecimal digits of one BER value.
    fn encoded(&mut self) -> Result<Vec<u8>, NameError> {
        let start = self.position;
        self.next();
        let mut bytes = Vec::new();
        while self.peek().is_some_and(|c| c.is_ascii_hexdigit()) {
            let Some(byte) = self.hex_pair() else {
                return self.error("hexadecimal digits come in pairs");
            };
            bytes.push(byte);
        }
        match Any::from_ber(&bytes) {
            Ok(([], _)) => Ok(bytes),
            _ => Err(NameError::Syntax {
                position: start,
                problem: "after # must come one BER value in hexadecimal digits; a number sign that begins text is written \\#",
            }),
        }
    }
}

fn from_utf8(bytes: Vec<u8>, position: usize) -> Result<String, NameError> {
    String::from_utf8(bytes)
        .map_err(|_| NameError::Syntax { position, problem: "the escaped bytes of this value are not UTF-8" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_where_and_what() {
        let cases = [
            ("alice", 6, "an equals sign must follow the attribute type"),
            ("CN=a,b", 7, "an equals sign must follow the attribute type"),
            ("CN=é,", 6, "an attribute type such as CN or 2.5.4.3 must stand here"),
            ("=a", 1, "an attribute type such as CN or 2.5.4.3 must stand here"),
            ("2.05=a", 1, "an attribute type such as CN or 2.5.4.3 must stand here"),
            ("2=a", 1, "an attribute type such as CN or 2.5.4.3 must stand here"),
            ("CN.x=a", 1, "an attribute type is a keyword such as CN or an object identifier such as 2.5.4.3"),
            ("CN=a\"b", 5, "a backslash must stand before this character"),
            ("CN=<a", 4, "a backslash must stand before this character"),
            ("CN=\"a", 6, "the closing quotation mark is missing"),
            ("CN=\"a\"b", 7, "the value has ended, a comma or plus sign must follow"),
            (r"CN=\C3", 4, "the escaped bytes of this value are not UTF-8"),
            ("CN=#0c1", 8, "hexadecimal digits come in pairs"),
            ("CN=#04024869 x", 14, "the value has ended, a comma or plus sign must follow"),
        ];
        for (text, position, problem) in cases {
            assert_eq!(parse(text), Err(NameError::Syntax { position, problem }), "{text}");
        }
        for text in [r"CN=a\", r"CN=a\*", r"CN=a\4", r"CN=a\é"] {
            assert!(matches!(parse(text), Err(NameError::Syntax { position: 5, .. })), "{text}");
        }
        for text in ["CN=#", "CN=#0403", "CN=#040100ff"] {
            assert!(matches!(parse(text), Err(NameError::Syntax { position: 4, .. })), "{text}");
        }
        assert_eq!(parse(""), Err(NameError::Empty));
    }

    #[test]
    fn reads_parts_and_attributes() {
        let text = |kind: &str, value: &str| Attribute {
            kind: kind.to_owned(),
            value: AttributeValue::Text(value.to_owned()),
        };
        let encoded =
            Attribute { kind: "1.2.3".to_owned(), value: AttributeValue::Encoded(vec![0x04, 0x02, 0x48, 0x69]) };
        assert_eq!(
            parse(r"uid=a\2c b + L = Basel\ ,OID.1.2.3=#04024869;OU=,dc=x"),
            Ok(vec![
                vec![text("uid", "a, b"), text("L", "Basel ")],
                vec![encoded],
                vec![text("OU", "")],
                vec![text("dc", "x")]
            ])
        );
    }
}

//! `Sec-WebSocket-Extensions` in a response, and what of permessage-deflate was
//! negotiated (RFC 6455, section 9.1; RFC 7692, section 7.1).

use autobahn_cases::play::Offer;

/// The parameters of permessage-deflate in a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Deflate {
    /// The server resets its context after every message.
    pub server_no_context_takeover: bool,
    /// We reset our context after every message.
    pub client_no_context_takeover: bool,
    /// The largest window of the server in bits, 8 to 15.
    pub server_max_window_bits: Option<u8>,
    /// Our largest window in bits, 8 to 15.
    pub client_max_window_bits: Option<u8>,
}

/// Why a response cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExtension {
    /// An extension that nobody offered.
    #[error("extension `{0}` was not offered")]
    NotOffered(String),
    /// More than one extension that compresses.
    #[error("permessage-deflate stands in the response more than once")]
    Twice,
    /// A parameter that RFC 7692 does not know.
    #[error("unknown parameter `{0}` of permessage-deflate")]
    UnknownParameter(String),
    /// A parameter more than once.
    #[error("parameter `{0}` of permessage-deflate stands more than once")]
    DuplicateParameter(String),
    /// A parameter with a value that it may not have.
    #[error("parameter `{name}` of permessage-deflate has the illegal value `{value}`")]
    IllegalValue {
        /// The parameter.
        name: String,
        /// Its value.
        value: String,
    },
}

impl Deflate {
    /// Reads the value of `Sec-WebSocket-Extensions` in a response; `None` where
    /// it names no extension.
    ///
    /// # Errors
    ///
    /// If the extension or one of its parameters may not stand there.
    pub fn parse(value: &str) -> Result<Option<Self>, InvalidExtension> {
        let mut accepted = None;
        for extension in value.split(',').map(str::trim) {
            if extension.is_empty() {
                continue;
            }
            let mut parts = extension.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_lowercase();
            if name != "permessage-deflate" {
                return Err(InvalidExtension::NotOffered(shorten(&name)));
            }
            if accepted.is_some() {
                return Err(InvalidExtension::Twice);
            }
            accepted = Some(Self::parameters(parts)?);
        }
        Ok(accepted)
    }

    fn parameters<'a>(parts: impl Iterator<Item = &'a str>) -> Result<Self, InvalidExtension> {
        let mut deflate = Self::default();
        let mut seen: Vec<String> = Vec::new();
        for part in parts {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim(), Some(unquote(value.trim()))),
                None => (part, None),
            };
            let name = name.to_lowercase();
            if seen.contains(&name) {
                return Err(InvalidExtension::DuplicateParameter(shorten(&name)));
            }
            let illegal = || InvalidExtension::IllegalValue {
                name: name.clone(),
                value: shorten(value.unwrap_or_default()),
            };
            let bits = || {
                let bits = value.and_then(|value| value.parse().ok());
                bits.filter(|bits| (8..=15).contains(bits))
                    .ok_or_else(illegal)
            };
            let absent = || value.is_none().then_some(true).ok_or_else(illegal);
            match name.as_str() {
                "server_no_context_takeover" => deflate.server_no_context_takeover = absent()?,
                "client_no_context_takeover" => deflate.client_no_context_takeover = absent()?,
                "server_max_window_bits" => deflate.server_max_window_bits = Some(bits()?),
                "client_max_window_bits" => deflate.client_max_window_bits = Some(bits()?),
                _ => return Err(InvalidExtension::UnknownParameter(shorten(&name))),
            }
            seen.push(name);
        }
        Ok(deflate)
    }

    /// What of the offers the response does not honour, in words; nothing where
    /// it answers one of them (RFC 7692, sections 7.1.1.1 and 7.1.2.1).
    #[must_use]
    pub fn ignored(&self, offers: &[Offer]) -> Option<String> {
        let missing = |offer: &Offer| {
            if offer.server_no_context_takeover && !self.server_no_context_takeover {
                return Some(
                    "server_no_context_takeover was offered and is not in the response".to_owned(),
                );
            }
            let wanted = offer.server_max_window_bits?;
            match self.server_max_window_bits {
                Some(bits) if bits <= wanted => None,
                Some(bits) => Some(format!(
                    "server_max_window_bits={wanted} was offered, the response says {bits}"
                )),
                None => Some(format!(
                    "server_max_window_bits={wanted} was offered and is not in the response"
                )),
            }
        };
        let mut first = None;
        for offer in offers {
            let missing = missing(offer)?;
            first.get_or_insert(missing);
        }
        first
    }
}

/// At most one quote at either end is taken off, as the suite does.
fn unquote(value: &str) -> &str {
    let value = value.strip_prefix('"').unwrap_or(value);
    value.strip_suffix('"').unwrap_or(value)
}

fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read() {
        let deflate = |text| Deflate::parse(text).unwrap();
        assert_eq!(deflate(""), None);
        assert_eq!(deflate("permessage-deflate"), Some(Deflate::default()));
        let all = "Permessage-Deflate ; server_no_context_takeover; client_no_context_takeover; \
                   server_max_window_bits=\"9\"; client_max_window_bits = 12";
        let expected = Deflate {
            server_no_context_takeover: true,
            client_no_context_takeover: true,
            server_max_window_bits: Some(9),
            client_max_window_bits: Some(12),
        };
        assert_eq!(deflate(all), Some(expected));
    }

    #[test]
    fn what_may_not_stand_there_is_refused() {
        for text in [
            "x-webkit-deflate-frame",
            "permessage-deflate, permessage-deflate",
            "permessage-deflate; unknown",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=-9",
            "permessage-deflate;",
        ] {
            assert!(Deflate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_response_that_answers_none_of_the_offers_is_noticed() {
        let offer = |takeover, bits| Offer {
            server_no_context_takeover: takeover,
            server_max_window_bits: bits,
        };
        let plain = Deflate::default();
        assert_eq!(plain.ignored(&[offer(false, None)]), None);
        assert_eq!(
            plain.ignored(&[offer(true, Some(9)), offer(false, None)]),
            None
        );
        assert!(plain.ignored(&[offer(true, None)]).is_some());
        assert!(plain.ignored(&[offer(false, Some(9))]).is_some());
        let nine = Deflate {
            server_max_window_bits: Some(9),
            ..plain
        };
        assert_eq!(nine.ignored(&[offer(false, Some(15))]), None);
        assert_eq!(nine.ignored(&[offer(false, Some(9))]), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String, tail: String) {
            let _ = Deflate::parse(&text);
            let _ = Deflate::parse(&format!("permessage-deflate; {tail}"));
        }
    }
}

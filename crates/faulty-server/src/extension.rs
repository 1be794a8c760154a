//! The negotiation of permessage-deflate (RFC 7692, 5 and 7.1).

use crate::{
    decision::Deflate,
    deflate::{Deflater, Inflater, Takeover},
};

/// What was agreed in the opening handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// The value of Sec-WebSocket-Extensions in the response.
    pub(crate) response: String,
    /// Whether the client asked for a window of the server.
    pub(crate) window: Window,
    server_takeover: Takeover,
    server_window_bits: u8,
    client_takeover: Takeover,
}

/// Whether an offer names a window for the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    Asked,
    Free,
}

impl Agreement {
    /// Accepts the first offer that can be accepted (RFC 7692, 5 and 7.1).
    ///
    /// The server takes over the client's context and inflates with the largest window, so that
    /// it need not restrict the client.
    pub(crate) fn of(offers: &str, deflate: Deflate) -> Option<Self> {
        if deflate == Deflate::Declines {
            return None;
        }
        let (takeover, bits) = offers.split(',').find_map(parse_offer)?;
        let window = match bits {
            Some(_) => Window::Asked,
            None => Window::Free,
        };
        let (takeover, bits) = match deflate {
            // RFC 7692, 7.1.1.1 and 7.1.2.1: a server may promise both without being asked.
            Deflate::IgnoresTakeover => (Takeover::None, bits),
            Deflate::WrongWindow => (takeover, Some(9)),
            _ => (takeover, bits),
        };
        let mut response = "permessage-deflate".to_owned();
        if takeover == Takeover::None {
            response += "; server_no_context_takeover";
        }
        if let Some(bits) = bits {
            response += &format!("; server_max_window_bits={bits}");
        }
        if deflate == Deflate::RestrictsClient {
            // RFC 7692, 7.1.1.2 and 7.1.2.2.
            response += "; client_no_context_takeover; client_max_window_bits=9";
        }
        Some(Self {
            response,
            window,
            server_takeover: match deflate {
                Deflate::IgnoresTakeover | Deflate::KeepsContext => Takeover::Context,
                _ => takeover,
            },
            server_window_bits: match deflate {
                Deflate::WrongWindow | Deflate::ExceedsWindow => 15,
                _ => bits.unwrap_or(15),
            },
            client_takeover: match deflate {
                Deflate::RestrictsClient => Takeover::None,
                _ => Takeover::Context,
            },
        })
    }

    pub(crate) fn deflater(&self) -> Deflater {
        Deflater::new(self.server_window_bits, self.server_takeover)
    }

    pub(crate) fn inflater(&self) -> Inflater {
        Inflater::new(self.client_takeover)
    }
}

/// What an offer asks of the server, if the server can do that.
fn parse_offer(offer: &str) -> Option<(Takeover, Option<u8>)> {
    let mut parameters = offer.split(';').map(str::trim);
    if parameters.next() != Some("permessage-deflate") {
        return None;
    }
    let mut takeover = Takeover::Context;
    let mut bits = None;
    let mut seen = Vec::new();
    for parameter in parameters {
        let (name, value) = match parameter.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
            None => (parameter, None),
        };
        if seen.contains(&name) {
            return None;
        }
        seen.push(name);
        match (name, value) {
            ("server_no_context_takeover", None) => takeover = Takeover::None,
            ("client_no_context_takeover", None) | ("client_max_window_bits", None) => {}
            ("client_max_window_bits", Some(value)) => {
                window_bits(value)?;
            }
            // zlib cannot compress with a window of 8 bits, so such an offer is declined.
            ("server_max_window_bits", Some(value)) => {
                bits = Some(window_bits(value).filter(|&bits| bits > 8)?);
            }
            _ => return None,
        }
    }
    Some((takeover, bits))
}

/// RFC 7692, 7.1.2.1: a decimal integer without leading zeroes between 8 and 15.
fn window_bits(value: &str) -> Option<u8> {
    let bits = value.parse().ok()?;
    ((8..=15).contains(&bits) && !value.starts_with(['0', '+'])).then_some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn agreed(offers: &str, expected: Option<&str>) {
        let agreement = Agreement::of(offers, Deflate::Correct);
        assert_eq!(
            agreement
                .as_ref()
                .map(|agreement| agreement.response.as_str()),
            expected
        );
    }

    #[test]
    fn the_first_offer_that_can_be_accepted_is() {
        agreed("permessage-deflate", Some("permessage-deflate"));
        agreed(
            "permessage-deflate; client_no_context_takeover; client_max_window_bits; \
             server_no_context_takeover; server_max_window_bits=9",
            Some("permessage-deflate; server_no_context_takeover; server_max_window_bits=9"),
        );
        agreed(
            "x-unknown, permessage-deflate; server_max_window_bits=\"10\"",
            Some("permessage-deflate; server_max_window_bits=10"),
        );
        agreed(
            "permessage-deflate; server_max_window_bits=8, permessage-deflate",
            Some("permessage-deflate"),
        );
        agreed("", None);
    }

    #[test]
    fn offers_that_are_wrong_are_declined() {
        for parameter in [
            "unknown",
            "server_no_context_takeover=1",
            "server_max_window_bits",
            "server_max_window_bits=7",
            "server_max_window_bits=16",
            "server_max_window_bits=09",
            "client_max_window_bits=8a",
            "server_no_context_takeover; server_no_context_takeover",
        ] {
            agreed(&format!("permessage-deflate; {parameter}"), None);
        }
    }
}

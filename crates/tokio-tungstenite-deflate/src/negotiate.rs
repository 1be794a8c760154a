//! What the two sides agree on (RFC 7692, 5 and 7.1).

use tokio_tungstenite::tungstenite::{
    http::{HeaderMap, HeaderValue, header::SEC_WEBSOCKET_EXTENSIONS},
    protocol::Role,
};

use crate::{
    DeflateConfig, NegotiationError, Takeover, Window, WindowBits,
    params::{Param, extensions},
};

/// The windows of both directions, as agreed in the opening handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// How the server compresses.
    pub server: Window,
    /// How the client compresses.
    pub client: Window,
}

impl Agreement {
    /// The server's part: answers the first acceptable offer of a request.
    ///
    /// Returns what was agreed and the value of the `Sec-WebSocket-Extensions` line that the
    /// response needs. `None` when there is nothing to agree on: the response then has no such
    /// line, and the connection goes on uncompressed. An offer is declined for a parameter that
    /// is unknown, repeated or malformed, and for a value that RFC 7692 does not allow.
    ///
    /// For servers that do the opening handshake on their own;
    /// [`accept_async`](crate::accept_async) calls it for all others.
    pub fn answer(request: &HeaderMap, config: &DeflateConfig) -> Option<(Self, HeaderValue)> {
        let offer = lines(request)
            .flatten()
            .flat_map(extensions)
            .flatten()
            .filter(|extension| extension.name == NAME)
            .find_map(|extension| Params::read(&extension.params, Side::Client).ok())?;
        let (send, receive) = (config.send, config.receive);

        let mut answer = Params {
            // RFC 7692, 7.1.1.1: the server accepts by including the parameter.
            server_no_context_takeover: offer.server_no_context_takeover
                || send.takeover == Takeover::Refused,
            // 7.1.1.2: a hint in the offer, binding in the answer.
            client_no_context_takeover: offer.client_no_context_takeover
                || receive.takeover == Takeover::Refused,
            ..Params::default()
        };
        // 7.1.2.1: with the same or smaller value as the offer.
        let server_bits = match offer.server_max_window_bits {
            Bits::Limit(limit) => send.bits.min(limit),
            Bits::Absent | Bits::Any => send.bits,
        };
        if offer.server_max_window_bits != Bits::Absent || server_bits < WindowBits::MAX {
            answer.server_max_window_bits = Bits::Limit(server_bits);
        }
        // 7.1.2.2: without the parameter in the offer, the answer MUST NOT include it.
        let client_bits = match offer.client_max_window_bits {
            Bits::Absent => WindowBits::MAX,
            Bits::Any => receive.bits,
            Bits::Limit(limit) => receive.bits.min(limit),
        };
        if client_bits < WindowBits::MAX {
            answer.client_max_window_bits = Bits::Limit(client_bits);
        }
        Some((answer.agreement(), answer.header()))
    }

    /// The client's part, first half: the value of the `Sec-WebSocket-Extensions` line for a
    /// request.
    pub fn offer(config: &DeflateConfig) -> HeaderValue {
        let limit = |bits, otherwise| match bits {
            WindowBits::MAX => otherwise,
            bits => Bits::Limit(bits),
        };
        let params = Params {
            server_no_context_takeover: config.receive.takeover == Takeover::Refused,
            client_no_context_takeover: config.send.takeover == Takeover::Refused,
            server_max_window_bits: limit(config.receive.bits, Bits::Absent),
            client_max_window_bits: limit(config.send.bits, Bits::Any),
        };
        params.header()
    }

    /// The client's part, second half: what the server's response makes of the
    /// [offer](Self::offer) of the same configuration; `None` when it declined.
    ///
    /// # Errors
    ///
    /// When the response is not an answer to the offer. The client then has to fail the
    /// connection (RFC 7692, 5.1).
    pub fn confirm(
        response: &HeaderMap,
        config: &DeflateConfig,
    ) -> Result<Option<Self>, NegotiationError> {
        let mut agreed = None;
        for line in lines(response) {
            for extension in extensions(line.ok_or(NegotiationError::Malformed)?) {
                let extension = extension.ok_or(NegotiationError::Malformed)?;
                if extension.name != NAME {
                    return Err(NegotiationError::NotOffered(extension.name.to_owned()));
                }
                if agreed.is_some() {
                    return Err(NegotiationError::Repeated);
                }
                let answer = Params::read(&extension.params, Side::Server)
                    .map_err(NegotiationError::Parameter)?;
                agreed = Some(answer.of_offer(config)?);
            }
        }
        Ok(agreed)
    }

    /// How this side compresses.
    pub fn outgoing(&self, role: Role) -> Window {
        match role {
            Role::Server => self.server,
            Role::Client => self.client,
        }
    }

    /// How the other side compresses.
    pub fn incoming(&self, role: Role) -> Window {
        match role {
            Role::Server => self.client,
            Role::Client => self.server,
        }
    }
}

/// The extension's registered name (RFC 7692, 11.1).
const NAME: &str = "permessage-deflate";

const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";

/// The lines of the header; `None` for one that is not text.
fn lines(headers: &HeaderMap) -> impl Iterator<Item = Option<&str>> {
    let lines = headers.get_all(SEC_WEBSOCKET_EXTENSIONS).iter();
    lines.map(|line| line.to_str().ok())
}

/// Who sent the parameters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Server,
    Client,
}

/// The parameters of an offer or of an answer.
#[derive(Debug, Default)]
struct Params {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Bits,
    client_max_window_bits: Bits,
}

/// The state of a `max_window_bits` parameter.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Bits {
    #[default]
    Absent,
    /// Without a value.
    Any,
    Limit(WindowBits),
}

impl Params {
    /// Reads parameters; an error names the one that must not be, or not be like this.
    fn read(params: &[Param<'_>], side: Side) -> Result<Self, String> {
        let mut read = Self::default();
        for (name, value) in params {
            let fits = match (*name, value.as_deref()) {
                (SERVER_NO_CONTEXT_TAKEOVER, None) => {
                    !std::mem::replace(&mut read.server_no_context_takeover, true)
                }
                (CLIENT_NO_CONTEXT_TAKEOVER, None) => {
                    !std::mem::replace(&mut read.client_no_context_takeover, true)
                }
                (SERVER_MAX_WINDOW_BITS, Some(value)) => {
                    read.server_max_window_bits.set(WindowBits::parse(value))
                }
                (CLIENT_MAX_WINDOW_BITS, Some(value)) => {
                    read.client_max_window_bits.set(WindowBits::parse(value))
                }
                // RFC 7692, 7.1.2.2: only an offer may go without a value.
                (CLIENT_MAX_WINDOW_BITS, None) if side == Side::Client => {
                    let first = read.client_max_window_bits == Bits::Absent;
                    read.client_max_window_bits = Bits::Any;
                    first
                }
                _ => false,
            };
            if !fits {
                return Err((*name).to_owned());
            }
        }
        Ok(read)
    }

    /// What these, as an answer, make of our offer.
    fn of_offer(&self, config: &DeflateConfig) -> Result<Agreement, NegotiationError> {
        let mut agreed = self.agreement();
        // RFC 7692, 7.1.1.1 and 7.1.2.1: the server accepts by including the parameter.
        if config.receive.takeover == Takeover::Refused && !self.server_no_context_takeover {
            return Err(NegotiationError::Missing(SERVER_NO_CONTEXT_TAKEOVER));
        }
        if config.receive.bits < WindowBits::MAX {
            match self.server_max_window_bits {
                Bits::Limit(bits) if bits <= config.receive.bits => {}
                Bits::Limit(_) => {
                    return Err(NegotiationError::Parameter(
                        SERVER_MAX_WINDOW_BITS.to_owned(),
                    ));
                }
                Bits::Absent | Bits::Any => {
                    return Err(NegotiationError::Missing(SERVER_MAX_WINDOW_BITS));
                }
            }
        }
        // 7.1.1.2 and 7.1.2.2: what we announced of ourselves holds without being repeated.
        if config.send.takeover == Takeover::Refused {
            agreed.client.takeover = Takeover::Refused;
        }
        match self.client_max_window_bits {
            Bits::Limit(bits) if bits > config.send.bits => Err(NegotiationError::Parameter(
                CLIENT_MAX_WINDOW_BITS.to_owned(),
            )),
            Bits::Limit(_) => Ok(agreed),
            Bits::Absent | Bits::Any => {
                agreed.client.bits = config.send.bits;
                Ok(agreed)
            }
        }
    }

    fn agreement(&self) -> Agreement {
        let window = |no_takeover, bits| Window {
            bits: match bits {
                Bits::Limit(bits) => bits,
                Bits::Absent | Bits::Any => WindowBits::MAX,
            },
            takeover: match no_takeover {
                true => Takeover::Refused,
                false => Takeover::Allowed,
            },
        };
        Agreement {
            server: window(self.server_no_context_takeover, self.server_max_window_bits),
            client: window(self.client_no_context_takeover, self.client_max_window_bits),
        }
    }

    fn header(&self) -> HeaderValue {
        let mut line = NAME.to_owned();
        for (name, present) in [
            (SERVER_NO_CONTEXT_TAKEOVER, self.server_no_context_takeover),
            (CLIENT_NO_CONTEXT_TAKEOVER, self.client_no_context_takeover),
        ] {
            if present {
                line += &format!("; {name}");
            }
        }
        for (name, bits) in [
            (SERVER_MAX_WINDOW_BITS, self.server_max_window_bits),
            (CLIENT_MAX_WINDOW_BITS, self.client_max_window_bits),
        ] {
            match bits {
                Bits::Absent => {}
                Bits::Any => line += &format!("; {name}"),
                Bits::Limit(bits) => line += &format!("; {name}={bits}"),
            }
        }
        HeaderValue::try_from(line).expect("tokens and digits are a valid header value")
    }
}

impl Bits {
    /// Sets the value once; says whether that was right.
    fn set(&mut self, value: Option<WindowBits>) -> bool {
        match (*self, value) {
            (Self::Absent, Some(bits)) => {
                *self = Self::Limit(bits);
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
#[path = "negotiate_tests.rs"]
mod tests;

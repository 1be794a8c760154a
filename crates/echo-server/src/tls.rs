//! TLS (RFC 6455, 3: `wss://`) with rustls, whose cryptography is ring's.

mod accept;
mod identity;
mod pinned;

pub(crate) use accept::{TlsError, accept};
pub use identity::{Identity, IdentityError};

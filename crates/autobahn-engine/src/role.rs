//! Which endpoint we are.

/// Which endpoint of the connection we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// We ask for the opening handshake, mask our frames, and leave it to the
    /// server to end TCP.
    Client,
    /// We answer the opening handshake and end TCP.
    Server,
}

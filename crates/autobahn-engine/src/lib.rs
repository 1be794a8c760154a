//! Plays WebSocket conformance cases on a connection and judges them.

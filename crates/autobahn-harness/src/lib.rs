//! Runs WebSocket conformance cases against a server, judges them against a baseline and reports.

//! WebSocket servers that are wrong on purpose, to test a tester.

//! The cases of the Autobahn test suite as data: what each one sends and what can come of it.

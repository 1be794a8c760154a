//! A test for every rule of the judge.

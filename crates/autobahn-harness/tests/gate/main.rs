//! The gate cannot be fooled: each row of the verdict table, each refusal of a
//! baseline, each way in which a green build can lie.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod alike;
mod base;
mod baseline;
mod false_greens;
mod fixture;
mod html;
mod junit;
mod known;
mod machines;
mod reports;
mod reproduce;
mod results;
mod update;
mod verdicts;

//! The kill matrix: for every case there is a server with which it fails.
//!
//! A case that no server fails proves nothing. `faulty-server` has servers that are right in
//! everything but one thing; `concerns.rs` says which cases each of them is played with. A server
//! *kills* a case if the verdict is not the one that a correct server gets; for the cases that
//! judge nothing, if what is recorded differs. It must complete the opening handshake, and other
//! cases of the section must pass with it: a server that is wrong in everything shows nothing.
//!
//! `../data/kill.txt` has a line for each case with the faults that kill it. The test plays every
//! cell of the matrix, and each must come out as it stands there; `BLESS=1` writes what came out
//! instead. A cell that comes out otherwise is played again with fewer beside it, as a machine
//! under load may miss a deadline of a case.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cell;
mod concerns;
mod play;
mod table;

use std::collections::BTreeSet;
use std::{env, fs};

use autobahn_cases::case::Judged;
use autobahn_cases::{CaseId, Verdict, autobahn};
use faulty_server::Fault;

use crate::cell::{Cell, Played};
use crate::play::{Beside, Matrix, Player, case};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/kill.txt");

#[tokio::test(flavor = "multi_thread")]
async fn every_case_is_killed_as_the_table_has_it() {
    let recorded = table::parse(&fs::read_to_string(TABLE).unwrap_or_default());
    let player = Player::new();
    let cells: Vec<Cell> = Fault::all()
        .iter()
        .copied()
        .flat_map(concerns::cells)
        .collect();
    let mut played = player.play(cells, Beside::Many).await;
    for beside in [Beside::Some, Beside::Few] {
        let killed = kills(&played);
        let unexpected: Vec<Cell> = killed
            .symmetric_difference(&recorded)
            .copied()
            .filter(|cell| played.contains_key(cell))
            .collect();
        if unexpected.is_empty() {
            break;
        }
        // What a correct server gets where nothing is judged is compared with, so it must be
        // beyond doubt too.
        let unexpected = unexpected.into_iter().chain(not_judged()).collect();
        played.extend(player.play(unexpected, beside).await);
    }

    let mut complaints = uncounted(&played);
    let killed = kills(&played);
    complaints.extend(
        autobahn()
            .cases()
            .filter(|case| killed.iter().all(|cell| cell.id != case.id))
            .map(|case| format!("{}: no fault kills it", case.id)),
    );
    if env::var_os("BLESS").is_some() {
        fs::write(TABLE, table::render(&killed)).unwrap();
    } else {
        complaints.extend(
            recorded
                .difference(&killed)
                .map(|cell| match played.get(cell) {
                    Some(Played { verdict, .. }) => format!("{cell}: survived, {verdict}"),
                    None => format!("{cell}: not played"),
                }),
        );
        complaints.extend(
            killed
                .difference(&recorded)
                .map(|cell| format!("{cell}: killed, {}", played[cell].verdict)),
        );
    }
    assert!(
        complaints.is_empty(),
        "{}\naccept a change of the table with: BLESS=1 cargo test -p autobahn-engine --test kill",
        complaints.join("\n")
    );
}

/// The cells of a correct server in which nothing is judged.
fn not_judged() -> impl Iterator<Item = Cell> {
    concerns::cells(Fault::Correct).filter(|cell| case(cell.id).judged == Judged::Informational)
}

/// The cells of the faults that kill their case.
fn kills(matrix: &Matrix) -> BTreeSet<Cell> {
    let killed = matrix.iter().filter(|(cell, played)| {
        let correct = Cell {
            fault: Fault::Correct,
            ..**cell
        };
        match case(cell.id).judged {
            Judged::Yes => played.verdict != Verdict::OK,
            Judged::Informational => **played != matrix[&correct],
        }
    });
    killed.map(|(cell, _)| *cell).collect()
}

/// What is wrong with kills that do not count.
fn uncounted(matrix: &Matrix) -> Vec<String> {
    let mut complaints = Vec::new();
    for cell in kills(matrix) {
        if !matrix[&cell].opened {
            complaints.push(format!("{cell}: the opening handshake was not completed"));
        }
        let passing = matrix.iter().filter(|(other, played)| {
            other.fault == cell.fault
                && other.id != cell.id
                && other.id.section() == mates(cell.id)
                && played.verdict == Verdict::OK
        });
        if passing.count() < 2 {
            complaints.push(format!("{cell}: no other cases of the section pass"));
        }
    }
    complaints
}

/// The section in which others must pass.
fn mates(id: CaseId) -> u16 {
    match id.section() {
        // The only case of its section: a long text, as in section 1, in fragments.
        10 => 1,
        section => section,
    }
}

//! The table of kills: a line for each case, its id and the faults that kill it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use autobahn_cases::autobahn;
use faulty_server::Fault;

use crate::cell::Cell;

pub(crate) fn parse(table: &str) -> BTreeSet<Cell> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let cells = lines.flat_map(|line| {
        let (id, faults) = line.split_once(':').expect("a line has a colon");
        let id = id.parse().expect("a line begins with an id");
        let faults = faults.split_whitespace();
        faults.map(move |fault| Cell {
            id,
            fault: fault.parse().expect("the fault exists"),
        })
    });
    cells.collect()
}

pub(crate) fn render(cells: &BTreeSet<Cell>) -> String {
    let mut faults: BTreeMap<_, Vec<Fault>> = BTreeMap::new();
    for cell in cells {
        faults.entry(cell.id).or_default().push(cell.fault);
    }
    let mut table = "# The faults that kill a case; written by tests/kill/main.rs.\n".to_owned();
    for case in autobahn().cases() {
        write!(table, "{}:", case.id).unwrap();
        for fault in faults.remove(&case.id).unwrap_or_default() {
            write!(table, " {fault}").unwrap();
        }
        table.push('\n');
    }
    table
}

#[test]
fn what_is_written_is_read_back() {
    let table = "1.1.1: swallow corrupt\n2.1: no_pong\n10.1.1:\n";
    let cells = parse(table);
    assert_eq!(cells.len(), 3);
    assert_eq!(parse(&render(&cells)), cells);
}

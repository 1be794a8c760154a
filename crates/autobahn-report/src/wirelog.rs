//! The wire log of a case: rows of mixed types, read one after the other into
//! the entries of a transcript.

use std::fmt;

use autobahn_cases::event::Excerpt;
use autobahn_cases::frame::{Opcode, Write};
use autobahn_cases::transcript::{Entry, FrameEntry, Timer, Transcript, What};
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

use crate::text::Text;

/// The wire log, already bounded. The octets of the opening handshake and those
/// of a frame that was written in one piece are left out: the handshake and the
/// frame tell the same.
#[derive(Debug, Default)]
pub(crate) struct Wirelog(pub(crate) Transcript);

impl<'de> Deserialize<'de> for Wirelog {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Rows)
    }
}

struct Rows;

impl<'de> Visitor<'de> for Rows {
    type Value = Wirelog;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the rows of a wire log")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Wirelog, A::Error> {
        let mut log = Wirelog::default();
        let (mut requested, mut responded, mut framed) = (false, false, false);
        while let Some(row) = rows.next_element::<Row>()? {
            let written = std::mem::take(&mut framed);
            let what = match row {
                Row::Told(What::SentOctets { .. }) if !requested || written => {
                    requested = true;
                    continue;
                }
                Row::Told(What::ReceivedOctets { .. }) if !responded => {
                    responded = true;
                    continue;
                }
                Row::Told(what) => what,
                Row::Untold => continue,
            };
            framed = matches!(&what, What::Sent(frame) if !matches!(frame.write, Write::Chop(_)));
            log.0.push(Entry { micros: None, what });
        }
        Ok(log)
    }
}

/// A row of the log.
enum Row {
    /// Something happened.
    Told(What),
    /// Nothing that a transcript shows.
    Untold,
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Cells)
    }
}

struct Cells;

impl<'de> Visitor<'de> for Cells {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row of a wire log")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<Row, A::Error> {
        let tag: Text = cell(&mut cells)?;
        let row = match &*tag.0 {
            b"TO" => Row::Told(What::SentOctets {
                octets: octets(&mut cells)?,
            }),
            b"RO" => Row::Told(What::ReceivedOctets {
                octets: octets(&mut cells)?,
            }),
            b"TF" => Row::Told(What::Sent(sent(&mut cells)?)),
            b"RF" => Row::Told(What::Received(received(&mut cells)?)),
            b"KL" => set(Timer::KillAfter, &mut cells)?,
            b"TI" => set(Timer::CloseAfter, &mut cells)?,
            b"CT" => {
                let seconds = cell(&mut cells)?;
                let timer = wait(&mut cells)?;
                Row::Told(timer_set(timer, seconds))
            }
            b"KLE" => fired(Timer::KillAfter),
            b"TIE" => fired(Timer::CloseAfter),
            b"CTE" => fired(wait(&mut cells)?),
            _ => Row::Untold,
        };
        while cells.next_element::<IgnoredAny>()?.is_some() {}
        Ok(row)
    }
}

fn cell<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(cells: &mut A) -> Result<T, A::Error> {
    let cell = cells.next_element()?;
    cell.ok_or_else(|| de::Error::custom("a row of the wire log ends too early"))
}

fn octets<'de, A: SeqAccess<'de>>(cells: &mut A) -> Result<Excerpt, A::Error> {
    let (len, shown): (u64, Text) = cell(cells)?;
    let octets = shown.octets(Some(len));
    octets.ok_or_else(|| de::Error::custom("expected hexadecimal digits in the wire log"))
}

/// `[len, text], opcode, fin, rsv, mask, repeat, chop, sync`; `len` is that of
/// the pattern where a pattern is repeated.
fn sent<'de, A: SeqAccess<'de>>(cells: &mut A) -> Result<FrameEntry, A::Error> {
    let (len, shown): (u64, Text) = cell(cells)?;
    let (opcode, fin, rsv) = (cell(cells)?, cell(cells)?, cell(cells)?);
    let mask: Option<Text> = cell(cells)?;
    let repeated: Option<u64> = cell(cells)?;
    let chop: Option<usize> = cell(cells)?;
    let sync: bool = cell(cells)?;
    let mut payload = shown.payload(Some(len));
    payload.len = Some(repeated.unwrap_or(len));
    Ok(FrameEntry {
        fin,
        rsv,
        opcode: Opcode(opcode),
        mask: mask.map(|key| key.to_string_lossy()),
        payload,
        write: match (chop, sync) {
            (Some(octets), _) => Write::Chop(octets),
            (None, true) => Write::Sync,
            (None, false) => Write::Plain,
        },
    })
}

/// `[len, text], opcode, fin, rsv, masked, mask`.
fn received<'de, A: SeqAccess<'de>>(cells: &mut A) -> Result<FrameEntry, A::Error> {
    let (len, shown): (u64, Text) = cell(cells)?;
    let (opcode, fin, rsv) = (cell(cells)?, cell(cells)?, cell(cells)?);
    let _masked: bool = cell(cells)?;
    let mask: Option<Text> = cell(cells)?;
    Ok(FrameEntry {
        fin,
        rsv,
        opcode: Opcode(opcode),
        mask: mask.map(|key| key.to_string_lossy()),
        payload: shown.payload(Some(len)),
        write: Write::Plain,
    })
}

fn set<'de, A: SeqAccess<'de>>(timer: Timer, cells: &mut A) -> Result<Row, A::Error> {
    Ok(Row::Told(timer_set(timer, cell(cells)?)))
}

fn timer_set(timer: Timer, seconds: f64) -> What {
    // A float becomes an integer by saturation, whatever stands there.
    let millis = (seconds * 1000.0) as u64;
    What::TimerSet { timer, millis }
}

fn fired(timer: Timer) -> Row {
    Row::Told(What::TimerFired { timer })
}

fn wait<'de, A: SeqAccess<'de>>(cells: &mut A) -> Result<Timer, A::Error> {
    let tag: Option<Text> = cell(cells)?;
    Ok(Timer::Wait(tag.map(|tag| tag.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(json: &str) -> Vec<What> {
        let log: Wirelog = serde_json::from_str(json).unwrap();
        log.0.entries.into_iter().map(|entry| entry.what).collect()
    }

    #[test]
    fn rows_become_entries_without_what_is_told_twice() {
        let entries = read(
            r#"[["TO",[240,"4745 ..."],false],["RO",[197,"4854"]],
                ["TF",[5,"Hello"],1,true,4,"0ef24abe",null,null,false],["TO",[11,"81"],false],
                ["TF",[1,"*"],2,false,0,null,65536,997,false],["TO",[997,"82"],true],
                ["CT",1,null],["CTE",null],["KL",0.5],["KLE"],["TI",10],["TIE"],["WLM",false],
                ["RF",[2,"0x03e8"],8,true,0,false,null]]"#,
        );
        let [text, long, chopped, .., closed] = &*entries else {
            panic!("{entries:?}");
        };
        let What::Sent(text) = text else {
            panic!("{text:?}")
        };
        assert_eq!((text.rsv, text.mask.as_deref()), (4, Some("0ef24abe")));
        let What::Sent(long) = long else {
            panic!("{long:?}")
        };
        assert_eq!(
            (long.payload.len, long.write),
            (Some(65536), Write::Chop(997))
        );
        assert!(matches!(chopped, What::SentOctets { octets } if octets.len == Some(997)));
        let timer = Timer::KillAfter;
        assert_eq!(entries[5], What::TimerSet { timer, millis: 500 });
        assert!(matches!(closed, What::Received(frame) if frame.payload.hex == [3, 0xe8]));
        assert_eq!(entries.len(), 10);
    }

    #[test]
    fn rows_of_a_kind_unknown_are_passed_over() {
        assert_eq!(read(r#"[["XX",{"a":[1]}],["XX"]]"#), []);
    }

    #[test]
    fn broken_rows_are_refused() {
        for row in [
            "[]",
            "[1]",
            r#"["TO"]"#,
            r#"["TO",[1,"x"]]"#,
            r#"["KL","x"]"#,
        ] {
            let log = serde_json::from_str::<Wirelog>(&format!("[{row}]"));
            assert!(log.is_err(), "{row}");
        }
    }
}

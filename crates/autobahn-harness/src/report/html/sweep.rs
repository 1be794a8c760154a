//! What a group of cases about speed has in common, and what varies in it.

use autobahn_cases::Case;
use autobahn_cases::frame::Write;
use autobahn_cases::play::{Corpus, Offer, Play};

/// What varies in the group of the case, and in which fragments we send it.
pub(super) fn size(case: &Case) -> String {
    let length = length(case).unwrap_or_default();
    match fragment(case) {
        Some(octets) => format!("{length} in {}", binary(octets)),
        None => length,
    }
}

/// The length of a fragment, where the length of a message varies besides.
pub(super) fn fragment(case: &Case) -> Option<usize> {
    match &case.play {
        Play::Compressed(compressed) => compressed.fragment,
        Play::Script(_) | Play::Echo(_) | Play::RoundTrips(_) => None,
    }
}

/// What the server is asked for, each alternative; empty where that is nothing.
pub(super) fn offers(case: &Case) -> String {
    let Play::Compressed(compressed) = &case.play else {
        return String::new();
    };
    let asked = |offer: &Offer| {
        let bits = offer.server_max_window_bits;
        let window = bits.map(|bits| format!("a window of {bits} bits"));
        match (offer.server_no_context_takeover, window) {
            (true, Some(window)) => format!("{window} and no context takeover"),
            (true, None) => String::from("no context takeover"),
            (false, Some(window)) => window,
            (false, None) => String::from("nothing"),
        }
    };
    let words: Vec<String> = compressed.offers.iter().map(asked).collect();
    match words.iter().all(|word| word == "nothing") {
        true => String::new(),
        false => format!("asks for {}", words.join(", or for ")),
    }
}

/// What varies in the group of the case; none if it is not about speed.
pub(super) fn length(case: &Case) -> Option<String> {
    let octets = match &case.play {
        Play::Script(_) => return None,
        Play::Echo(echo) => match (echo.message.fragment, echo.message.write) {
            (Some(octets), _) => octets,
            (None, Write::Chop(octets)) => octets,
            (None, Write::Plain | Write::Sync) => echo.message.payload.len(),
        },
        Play::RoundTrips(trips) => trips.message.payload.len(),
        Play::Compressed(compressed) => compressed.len,
    };
    Some(binary(octets))
}

fn binary(octets: usize) -> String {
    match octets {
        0 => String::from("0"),
        _ if octets.is_multiple_of(1 << 20) => format!("{} MiB", octets >> 20),
        _ if octets.is_multiple_of(1 << 10) => format!("{} KiB", octets >> 10),
        _ => octets.to_string(),
    }
}

/// What the group is about.
pub(super) fn title(case: &Case) -> String {
    match &case.play {
        Play::Script(_) => String::new(),
        Play::Echo(echo) => {
            let kind = echo.message.kind.name();
            let long = echo.message.payload.len() >> 20;
            match (echo.message.fragment, echo.message.write) {
                (Some(_), _) => format!("{long} MiB of {kind}, by length of a fragment"),
                (None, Write::Chop(_)) => format!("{long} MiB of {kind}, by length of a write"),
                (None, Write::Plain | Write::Sync) => format!("One {kind} message, by length"),
            }
        }
        Play::RoundTrips(trips) => {
            let kind = trips.message.kind.name();
            format!("{} {kind} messages, by length", trips.count)
        }
        Play::Compressed(compressed) => {
            let corpus = match compressed.corpus {
                Corpus::Json => "JSON",
                Corpus::Picture => "a picture",
                Corpus::Prose => "prose",
                Corpus::Html => "HTML",
                Corpus::Document => "a document",
            };
            let (count, kind) = (compressed.count, compressed.kind.name());
            format!("{count} compressed {kind} messages of {corpus}, by length")
        }
    }
}

#[cfg(test)]
mod tests {
    use autobahn_cases::autobahn;

    use super::*;

    #[track_caller]
    fn check(id: &str, named: &str, sized: &str, asked: &str) {
        let case = autobahn().case(id.parse().unwrap()).unwrap();
        assert_eq!(
            (&*title(case), &*size(case), &*offers(case)),
            (named, sized, asked)
        );
    }

    #[test]
    fn a_group_is_told_by_what_its_cases_have_in_common() {
        check("9.1.1", "One text message, by length", "64 KiB", "");
        check("9.3.2", "4 MiB of text, by length of a fragment", "256", "");
        check("9.7.1", "1000 text messages, by length", "0", "");
        let json = "1000 compressed text messages of JSON, by length";
        check("12.1.11", json, "8 KiB in 256", "");
        check("13.3.1", json, "16", "asks for a window of 9 bits");
        check(
            "13.7.1",
            json,
            "16",
            "asks for a window of 9 bits and no context takeover, or for no context takeover, or for nothing",
        );
    }
}

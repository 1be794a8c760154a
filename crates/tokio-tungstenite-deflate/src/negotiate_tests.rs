//! Tables of offers and answers.

use super::*;

fn headers(lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(SEC_WEBSOCKET_EXTENSIONS, line.parse().unwrap());
    }
    headers
}

fn window(bits: u8, takeover: Takeover) -> Window {
    Window {
        bits: WindowBits::new(bits).unwrap(),
        takeover,
    }
}

/// `15` (takeover) or `15!` (none), for the server and the client.
fn written(agreement: Agreement) -> String {
    [agreement.server, agreement.client]
        .map(|window| match window.takeover {
            Takeover::Allowed => window.bits.to_string(),
            Takeover::Refused => format!("{}!", window.bits),
        })
        .join(" ")
}

#[track_caller]
fn answers(config: &DeflateConfig, offer: &[&str], expected: Option<(&str, &str)>) {
    let answer = Agreement::answer(&headers(offer), config);
    let answer = answer.map(|(agreed, line)| (line.to_str().unwrap().to_owned(), written(agreed)));
    let expected = expected.map(|(line, agreed)| (line.to_owned(), agreed.to_owned()));
    assert_eq!(answer, expected, "{offer:?}");
}

#[test]
fn a_server_answers_as_the_offer_demands() {
    let config = DeflateConfig::default();
    for (offer, answer, agreed) in [
        ("permessage-deflate", "permessage-deflate", "15 15"),
        (
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate",
            "15 15",
        ),
        (
            "permessage-deflate; client_no_context_takeover",
            "permessage-deflate; client_no_context_takeover",
            "15 15!",
        ),
        (
            "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover",
            "15! 15",
        ),
        (
            "permessage-deflate; server_max_window_bits=9",
            "permessage-deflate; server_max_window_bits=9",
            "9 15",
        ),
        (
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=8",
            "8 15",
        ),
        (
            "permessage-deflate; server_max_window_bits=15",
            "permessage-deflate; server_max_window_bits=15",
            "15 15",
        ),
        (
            "permessage-deflate; server_max_window_bits=\"10\"",
            "permessage-deflate; server_max_window_bits=10",
            "10 15",
        ),
        (
            "permessage-deflate; client_max_window_bits=8",
            "permessage-deflate; client_max_window_bits=8",
            "15 8",
        ),
        (
            "permessage-deflate; client_max_window_bits=15",
            "permessage-deflate",
            "15 15",
        ),
        (
            "permessage-deflate; server_no_context_takeover; client_max_window_bits=11; \
             server_max_window_bits=12; client_no_context_takeover",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
             server_max_window_bits=12; client_max_window_bits=11",
            "12! 11!",
        ),
    ] {
        answers(&config, &[offer], Some((answer, agreed)));
    }
}

#[test]
fn a_server_takes_the_first_acceptable_offer() {
    let config = DeflateConfig::default();
    let plain = Some(("permessage-deflate", "15 15"));
    let small = Some(("permessage-deflate; server_max_window_bits=9", "9 15"));
    for (offer, expected) in [
        (
            &["permessage-deflate, permessage-deflate; server_max_window_bits=9"][..],
            plain,
        ),
        (
            &["permessage-deflate; server_max_window_bits=9, permessage-deflate"],
            small,
        ),
        (
            &["permessage-deflate; x, permessage-deflate; server_max_window_bits=9"],
            small,
        ),
        (
            &["permessage-deflate; server_max_window_bits=7, permessage-deflate"],
            plain,
        ),
        (
            &["permessage-deflate; a=\"b,c", "permessage-deflate"],
            plain,
        ),
        (&["x-webkit-deflate-frame, permessage-deflate"], plain),
        (
            &[
                "x",
                "permessage-deflate; server_max_window_bits=9",
                "permessage-deflate",
            ],
            small,
        ),
    ] {
        answers(&config, offer, expected);
    }
}

#[test]
fn a_server_declines_what_it_does_not_understand() {
    let config = DeflateConfig::default();
    answers(&config, &[], None);
    for offer in [
        "",
        "x",
        "Permessage-Deflate",
        "permessage-deflate-2",
        "permessage-deflate; x",
        "permessage-deflate; x=9",
        "permessage-deflate;",
        "permessage-deflate; server_no_context_takeover=true",
        "permessage-deflate; client_no_context_takeover=1",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=09",
        "permessage-deflate; server_max_window_bits=+9",
        "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=\"\"",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
        "permessage-deflate; client_max_window_bits=9; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=9; client_max_window_bits=9",
    ] {
        answers(&config, &[offer], None);
    }
}

#[test]
fn a_server_with_wishes_stays_within_the_offer() {
    let config = DeflateConfig::default()
        .send(window(11, Takeover::Refused))
        .receive(window(10, Takeover::Refused));
    let both = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    for (offer, rest, agreed) in [
        // Never client_max_window_bits unless offered.
        (
            "permessage-deflate",
            "; server_max_window_bits=11",
            "11! 15!",
        ),
        (
            "permessage-deflate; client_max_window_bits",
            "; server_max_window_bits=11; client_max_window_bits=10",
            "11! 10!",
        ),
        (
            "permessage-deflate; client_max_window_bits=9; server_max_window_bits=12",
            "; server_max_window_bits=11; client_max_window_bits=9",
            "11! 9!",
        ),
        (
            "permessage-deflate; client_max_window_bits=12; server_max_window_bits=9",
            "; server_max_window_bits=9; client_max_window_bits=10",
            "9! 10!",
        ),
    ] {
        answers(&config, &[offer], Some((&format!("{both}{rest}"), agreed)));
    }
}

#[test]
fn a_client_offers_what_it_wants() {
    let config = DeflateConfig::default();
    assert_eq!(
        Agreement::offer(&config),
        "permessage-deflate; client_max_window_bits"
    );
    let config = config
        .send(window(10, Takeover::Refused))
        .receive(window(9, Takeover::Refused));
    assert_eq!(
        Agreement::offer(&config),
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
         server_max_window_bits=9; client_max_window_bits=10"
    );
}

fn confirms(config: &DeflateConfig, answer: &[&str]) -> Result<String, NegotiationError> {
    let agreed = Agreement::confirm(&headers(answer), config)?;
    Ok(agreed.map_or("declined".to_owned(), written))
}

#[test]
fn a_client_takes_what_rfc_7692_allows_a_server_to_answer() {
    let plain = DeflateConfig::default();
    for (answer, agreed) in [
        (&[][..], "declined"),
        (&[""], "declined"),
        (&["permessage-deflate"], "15 15"),
        (
            &["permessage-deflate; server_no_context_takeover"],
            "15! 15",
        ),
        (
            &["permessage-deflate; client_no_context_takeover"],
            "15 15!",
        ),
        (&["permessage-deflate; server_max_window_bits=8"], "8 15"),
        (&["permessage-deflate; client_max_window_bits=8"], "15 8"),
        (
            &["permessage-deflate; client_max_window_bits=\"9\""],
            "15 9",
        ),
    ] {
        assert_eq!(
            confirms(&plain, answer).as_deref(),
            Ok(agreed),
            "{answer:?}"
        );
    }

    let wishes = DeflateConfig::default()
        .send(window(10, Takeover::Refused))
        .receive(window(9, Takeover::Refused));
    for (answer, agreed) in [
        (&[][..], "declined"),
        (
            &["permessage-deflate; server_no_context_takeover; server_max_window_bits=9"],
            "9! 10!",
        ),
        (
            &[
                "permessage-deflate; server_no_context_takeover; server_max_window_bits=8; \
               client_max_window_bits=9",
            ],
            "8! 9!",
        ),
    ] {
        assert_eq!(
            confirms(&wishes, answer).as_deref(),
            Ok(agreed),
            "{answer:?}"
        );
    }
}

#[test]
fn a_client_fails_the_connection_for_anything_else() {
    use NegotiationError::{Malformed, Missing, NotOffered, Parameter, Repeated};
    let parameter = |name: &str| Parameter(name.to_owned());

    let plain = DeflateConfig::default();
    for (answer, error) in [
        (&["x"][..], NotOffered("x".to_owned())),
        (&["permessage-deflate, x"], NotOffered("x".to_owned())),
        (&["permessage-deflate", "permessage-deflate"], Repeated),
        (&["permessage-deflate;"], Malformed),
        (&["permessage-deflate; x"], parameter("x")),
        (
            &["permessage-deflate; client_max_window_bits"],
            parameter("client_max_window_bits"),
        ),
        (
            &["permessage-deflate; server_max_window_bits=7"],
            parameter("server_max_window_bits"),
        ),
        (
            &["permessage-deflate; server_no_context_takeover; server_no_context_takeover"],
            parameter("server_no_context_takeover"),
        ),
    ] {
        assert_eq!(confirms(&plain, answer), Err(error), "{answer:?}");
    }

    let wishes = DeflateConfig::default()
        .send(window(10, Takeover::Allowed))
        .receive(window(9, Takeover::Refused));
    for (answer, error) in [
        (
            &["permessage-deflate"][..],
            Missing("server_no_context_takeover"),
        ),
        (
            &["permessage-deflate; server_no_context_takeover"],
            Missing("server_max_window_bits"),
        ),
        (
            &["permessage-deflate; server_no_context_takeover; server_max_window_bits=10"],
            parameter("server_max_window_bits"),
        ),
        (
            &[
                "permessage-deflate; server_no_context_takeover; server_max_window_bits=9; \
               client_max_window_bits=11",
            ],
            parameter("client_max_window_bits"),
        ),
    ] {
        assert_eq!(confirms(&wishes, answer), Err(error), "{answer:?}");
    }
}

//! Which web pages may connect (RFC 6455, 4.2.2 and 10.2).

use std::{fmt, str::FromStr};

use thiserror::Error;
use tokio_tungstenite::tungstenite::http::{HeaderMap, Uri, header::ORIGIN};

use crate::refusal::Refusal;

/// An origin as browsers send it (RFC 6454, 6.2): `https://example.com`, with a port unless it is
/// the scheme's own; or `null`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// Why a text is no [`Origin`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("an origin is a scheme, a host and maybe a port, as in `https://example.com:8443`")]
pub struct InvalidOrigin;

/// Refuses a page from elsewhere; without a list every page is welcome.
///
/// A client without an Origin header is no web page, and could name any origin it likes.
pub(crate) fn check(headers: &HeaderMap, allowed: &[Origin]) -> Result<(), Refusal> {
    if allowed.is_empty() {
        return Ok(());
    }
    for line in headers.get_all(ORIGIN) {
        let origin = line.to_str().ok().and_then(|origin| origin.parse().ok());
        if !origin.is_some_and(|origin| allowed.contains(&origin)) {
            let shown = String::from_utf8_lossy(line.as_bytes()).into_owned();
            return Err(Refusal::ForbiddenOrigin(shown));
        }
    }
    Ok(())
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        if text == "null" {
            return Ok(Self(text.to_owned()));
        }
        // RFC 6454, 4: scheme and host in lower case, the scheme's own port left out.
        let text = text.to_ascii_lowercase();
        let uri: Uri = text.parse().map_err(|_| InvalidOrigin)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(InvalidOrigin);
        };
        let plain = format!("{scheme}://{authority}");
        if plain != text || authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(InvalidOrigin);
        }
        let own_port = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => "",
        };
        Ok(Self(
            plain.strip_suffix(own_port).unwrap_or(&plain).to_owned(),
        ))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parses(text: &str, expected: &str) {
        assert_eq!(text.parse::<Origin>().unwrap().to_string(), expected);
    }

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        parses("https://example.com", "https://example.com");
        parses("HTTPS://Example.COM:443", "https://example.com");
        parses("http://example.com:80", "http://example.com");
        parses("http://example.com:443", "http://example.com:443");
        parses("http://[::1]:8080", "http://[::1]:8080");
        parses("null", "null");
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "*",
            "example.com",
            "https://",
            "https://example.com/",
            "https://example.com/chat",
            "https://me@example.com",
            "https://exämple.com",
            "https://a.example https://b.example",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(InvalidOrigin), "{text}");
        }
    }

    #[track_caller]
    fn checks(lines: &[&'static str], allowed: &[&str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ORIGIN, line.parse().unwrap());
        }
        let allowed: Vec<Origin> = allowed.iter().map(|text| text.parse().unwrap()).collect();
        let refused = check(&headers, &allowed).err();
        let expected = expected.map(|origin| Refusal::ForbiddenOrigin(origin.to_owned()));
        assert_eq!(refused, expected);
    }

    #[test]
    fn only_pages_of_the_list_may_connect() {
        let ours = &["https://example.com", "http://localhost:3000"];
        checks(&["https://example.com"], ours, None);
        checks(&["https://example.com:443"], ours, None);
        checks(&["http://localhost:3000"], ours, None);
        checks(&[], ours, None);
        for other in [
            "https://example.com.evil.org",
            "http://example.com",
            "http://localhost",
            "null",
            "what?",
        ] {
            checks(&[other], ours, Some(other));
            checks(&["https://example.com", other], ours, Some(other));
        }
        checks(&["https://evil.org"], &[], None);
    }
}

//! The answer to a request that is not an opening handshake (RFC 6455, 4.2.2 and 4.4).

use thiserror::Error;
use tokio_tungstenite::tungstenite::http::{
    Method, Response, StatusCode, Version,
    header::{
        ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER,
        SEC_WEBSOCKET_VERSION, UPGRADE,
    },
};

/// Why a request is answered with an HTTP error instead of 101; the client is at fault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    #[error("the request does not ask for an upgrade to WebSocket")]
    NotAnUpgrade,
    #[error("the only supported value of Sec-WebSocket-Version is 13")]
    UnsupportedVersion,
    #[error("the method of an opening handshake is GET, not {0}")]
    WrongMethod(Method),
    #[error("the request needs exactly one Host header")]
    WrongHost,
    #[error("the request needs exactly one Sec-WebSocket-Key header of 16 octets in base64")]
    WrongKey,
    #[error("pages of {0:?} may not connect")]
    ForbiddenOrigin(String),
    #[error("all {0} places are taken at the moment")]
    Full(usize),
    #[error("the client speaks TLS and this port does not: use ws:// instead of wss://")]
    Tls,
    #[cfg(feature = "tls")]
    #[error("the client does not speak TLS and this port does: use wss:// instead of ws://")]
    NotTls,
    #[error("the request is not HTTP/1.1: {0}")]
    Malformed(String),
    #[error("the head of the request is longer than {0} octets or has too many lines")]
    TooLarge(usize),
    #[error("the request did not arrive in time")]
    TimedOut,
}

impl Refusal {
    /// The status code that fits the cause.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotAnUpgrade | Self::UnsupportedVersion => StatusCode::UPGRADE_REQUIRED,
            Self::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::WrongHost | Self::WrongKey | Self::Tls | Self::Malformed(_) => {
                StatusCode::BAD_REQUEST
            }
            #[cfg(feature = "tls")]
            Self::NotTls => StatusCode::BAD_REQUEST,
            Self::ForbiddenOrigin(_) => StatusCode::FORBIDDEN,
            Self::Full(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// The whole response; after it the connection is closed.
    pub(crate) fn response(&self) -> Response<String> {
        let body = format!(
            "This is a WebSocket echo server: it sends every message back.\n\
             Connect with a WebSocket client (RFC 6455); {self}.\n"
        );
        let mut response = content(body);
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        match self.status() {
            // RFC 9110, 15.5.22: 426 names the protocol in Upgrade; RFC 9110, 7.8: whoever sends
            // Upgrade lists it in Connection. RFC 6455, 4.4: the versions the server understands.
            StatusCode::UPGRADE_REQUIRED => {
                headers.insert(CONNECTION, HeaderValue::from_static("Upgrade, close"));
                headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            }
            StatusCode::METHOD_NOT_ALLOWED => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
                headers.insert(ALLOW, HeaderValue::from_static("GET"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
                headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
        }
        response
    }
}

/// A response with a text.
pub(crate) fn content(text: String) -> Response<String> {
    let length = HeaderValue::from(text.len());
    let mut response = Response::new(text);
    *response.version_mut() = Version::HTTP_11;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(CONTENT_LENGTH, length);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upgrade_required_says_to_what() {
        for refusal in [Refusal::NotAnUpgrade, Refusal::UnsupportedVersion] {
            let response = refusal.response();
            assert_eq!(response.status(), 426);
            assert_eq!(response.headers()["Upgrade"], "websocket");
            assert_eq!(response.headers()["Sec-WebSocket-Version"], "13");
            assert!(response.body().contains("WebSocket echo server"));
            assert!(response.body().contains(&refusal.to_string()));
        }
    }

    #[test]
    fn a_full_server_says_when_to_come_again() {
        let response = Refusal::Full(1).response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["Retry-After"], "5");
        assert_eq!(response.headers()["Connection"], "close");
    }

    #[test]
    fn the_length_is_that_of_the_body() {
        let response = Refusal::WrongMethod(Method::POST).response();
        assert_eq!(
            response.headers()["Content-Length"],
            response.body().len().to_string()
        );
        assert_eq!(response.headers()["Allow"], "GET");
    }
}

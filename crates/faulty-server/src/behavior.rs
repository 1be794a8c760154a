//! What a server does at each point where it decides: a fault is one value of this.

mod faults;

use crate::{
    decision::{
        Assembly, CloseFrame, Deflate, Dialect, Echo, End, Goodbye, Handshake, Kind, Layout,
        Opening, Pong, Refusal, Scope, TextCheck, UnaskedPong,
    },
    violation::Violation,
};

/// The decisions of a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behavior {
    pub(crate) handshake: Handshake,
    pub(crate) deflate: Deflate,
    pub(crate) opening: Opening,
    /// What the client may do although it must not.
    pub(crate) tolerates: fn(Violation) -> bool,
    /// What the client may not do although it may.
    pub(crate) refusal: Refusal,
    pub(crate) assembly: Assembly,
    pub(crate) text: TextCheck,
    pub(crate) dialect: Dialect,
    /// Frames that nothing is done about.
    pub(crate) ignored: &'static [Kind],
    pub(crate) pong: Pong,
    /// What is done about pongs.
    pub(crate) unasked_pong: UnaskedPong,
    /// The messages that `echo`, `layout` and `deflate` are about; all others are echoed as they
    /// should be.
    pub(crate) scope: Scope,
    pub(crate) echo: Echo,
    pub(crate) layout: Layout,
    /// What is done about Close.
    pub(crate) answer: Goodbye,
    /// What is done about a violation that is not tolerated.
    pub(crate) failure: Goodbye,
}

impl Behavior {
    /// A server without a fault.
    pub(crate) const CORRECT: Self = Self {
        handshake: Handshake::Correct,
        deflate: Deflate::Correct,
        opening: Opening::Nothing,
        tolerates: |_| false,
        refusal: Refusal::Nothing,
        assembly: Assembly::Standard,
        text: TextCheck::FailFast,
        dialect: Dialect::Utf8,
        ignored: &[],
        pong: Pong::SamePayload,
        unasked_pong: UnaskedPong::Ignored,
        scope: Scope::All,
        echo: Echo::Same,
        layout: Layout::Whole,
        answer: Goodbye {
            frame: CloseFrame::Fitting,
            end: End::Orderly,
        },
        failure: Goodbye {
            frame: CloseFrame::Fitting,
            end: End::Orderly,
        },
    };

    /// A server without checks, as the recorded verdicts have it.
    const PLAIN: Self = Self {
        deflate: Deflate::Declines,
        tolerates: |violation| violation != Violation::BadCompression,
        assembly: Assembly::Naive,
        text: TextCheck::Never,
        answer: Goodbye {
            frame: CloseFrame::Code(1000),
            end: End::Orderly,
        },
        ..Self::CORRECT
    };

    /// Ends every connection with this frame.
    const fn closing(frame: CloseFrame) -> Self {
        let goodbye = Goodbye {
            frame,
            end: End::Orderly,
        };
        Self {
            answer: goodbye,
            failure: goodbye,
            ..Self::CORRECT
        }
    }

    /// Ends every connection in this way after its Close.
    const fn ending(end: End) -> Self {
        let goodbye = Goodbye {
            frame: CloseFrame::Fitting,
            end,
        };
        Self {
            answer: goodbye,
            failure: goodbye,
            ..Self::CORRECT
        }
    }

    /// Answers Close with this frame.
    const fn answering(frame: CloseFrame) -> Self {
        let answer = Goodbye {
            frame,
            end: End::Orderly,
        };
        Self {
            answer,
            ..Self::CORRECT
        }
    }

    /// Fails connections with this code.
    const fn failing(code: u16) -> Self {
        let failure = Goodbye {
            frame: CloseFrame::Code(code),
            end: End::Orderly,
        };
        Self {
            failure,
            ..Self::CORRECT
        }
    }

    const fn tolerating(tolerates: fn(Violation) -> bool) -> Self {
        Self {
            tolerates,
            ..Self::CORRECT
        }
    }

    const fn refusing(refusal: Refusal) -> Self {
        Self {
            refusal,
            ..Self::CORRECT
        }
    }

    const fn reading(dialect: Dialect) -> Self {
        Self {
            dialect,
            ..Self::CORRECT
        }
    }

    /// Ends connections in this way after an answer to Close.
    const fn going_on(end: End) -> Self {
        let answer = Goodbye {
            frame: CloseFrame::Fitting,
            end,
        };
        Self {
            answer,
            ..Self::CORRECT
        }
    }

    const fn ponging(pong: Pong) -> Self {
        Self {
            pong,
            ..Self::CORRECT
        }
    }

    const fn echoing(echo: Echo) -> Self {
        Self {
            echo,
            ..Self::CORRECT
        }
    }

    const fn framing(layout: Layout) -> Self {
        Self {
            layout,
            ..Self::CORRECT
        }
    }

    const fn deflating(deflate: Deflate) -> Self {
        Self {
            deflate,
            ..Self::CORRECT
        }
    }

    const fn shaking(handshake: Handshake) -> Self {
        Self {
            handshake,
            ..Self::CORRECT
        }
    }

    /// The same for these messages only.
    const fn only(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }
}

use std::time::Duration;

use jiff::SignedDuration;

use super::quirks::Quirk;

/// How a simulated SmartServer answers. The default is what the manual and captures show; where
/// they are silent, the likeliest. Can be changed while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// SOAP version of answers. The WSDL has only 1.1.
    pub envelope: EnvelopeVersion,
    /// Where a SOAP fault travels.
    pub fault_carrier: FaultCarrier,
    /// What a write weaker than the point's priority gets.
    pub refused_write: RefusedWrite,
    /// Pause between executing a request and answering it.
    pub delay: Delay,
    /// Which requests are never answered.
    pub silence: Silence,
    /// Whether a request that is never answered is executed all the same.
    pub executes_in_silence: bool,
    /// Requests beyond this number at once are answered `resource-constraint` and not executed.
    pub at_most_at_once: Option<usize>,
    /// Children of the operation in no namespace (servers may change that on the way).
    pub unqualified_children: bool,
    /// Items in reverse order.
    pub reversed_items: bool,
    /// Answers without `messageProperties`.
    pub no_header: bool,
    /// Answers that no client can use.
    pub malformed: Option<Malformed>,
    /// Root of the answer to `SystemService_Read_Info` with `Response`; the manual prints it
    /// without (19-5).
    pub system_root_with_response: bool,
    /// How long a command takes that a Set asks a device for.
    pub command_time: Duration,
    /// Names of such commands (`Wink`) that fail also on a device that is reachable.
    pub failing_commands: Vec<String>,
    /// `position()` counts from 0, and `last()` with it; the manual's samples fit both.
    pub positions_from_zero: bool,
    /// Every section of the system information is unknown.
    pub no_system_info: bool,
    /// How far this SmartServer's clock is ahead.
    pub clock_error: SignedDuration,
    /// Whether others may know its presence; if not, it does not answer when they ask.
    pub accepts_subscriptions: bool,
    /// What it says of itself (XEP-0030). XEP-0072 wants an identity and a feature; what units do is
    /// not known.
    pub disco: Disco,
    /// Whether chat is answered; a SmartServer that is silent for all does not answer it either.
    pub answers_chat: bool,
    /// Whether answers to chat repeat its thread (RFC 6121, section 5.2.5).
    pub echoes_thread: bool,
    /// Offsets from UTC with one digit, as `-8:00` (manual 7-23).
    pub short_offsets: bool,
    /// Text of fault 14 cut after the functional block, as seen on a unit in use.
    pub cut_faults: bool,
    /// Roots of all answers without `Response`, as in samples of the manual (14-18, 19-5).
    pub bare_roots: bool,
    /// A Read of a point that was never polled shows what stands there before the first poll, and the
    /// poll comes after.
    pub late_first_poll: bool,
    /// Unique ids in upper case; both cases are seen.
    pub upper_case_ids: bool,
    /// `UCPTlastUpdate` of headers as local time with its offset, as the manual's text has it; its
    /// samples carry `Z` (manual 2-6).
    pub local_last_update: bool,
    /// An item with an empty name at the end of List, Get and Read answers, as schedulers send them
    /// (manual 9-13).
    pub blank_items: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Behaviour {
            envelope: EnvelopeVersion::V11,
            fault_carrier: FaultCarrier::IqError,
            refused_write: RefusedWrite::Fault,
            delay: Delay::None,
            silence: Silence::Never,
            executes_in_silence: true,
            at_most_at_once: None,
            unqualified_children: false,
            reversed_items: false,
            no_header: false,
            malformed: None,
            system_root_with_response: false,
            command_time: Duration::from_millis(500),
            failing_commands: Vec::new(),
            positions_from_zero: false,
            no_system_info: false,
            clock_error: SignedDuration::ZERO,
            accepts_subscriptions: true,
            disco: Disco::Soap,
            answers_chat: true,
            echoes_thread: false,
            short_offsets: false,
            cut_faults: false,
            bare_roots: false,
            late_first_poll: false,
            upper_case_ids: false,
            local_last_update: false,
            blank_items: false,
        }
    }
}

impl Behaviour {
    /// The default, but each answer takes this long.
    pub fn slow(by: Duration) -> Self {
        Behaviour { delay: Delay::Fixed(by), ..Behaviour::default() }
    }

    /// The default, but requests are executed and never answered.
    pub fn silent() -> Self {
        Behaviour { silence: Silence::Always, ..Behaviour::default() }
    }

    /// Every oddity of units in use at once that leaves a request its answer.
    pub fn quirky() -> Self {
        Behaviour {
            fault_carrier: FaultCarrier::IqResult,
            refused_write: RefusedWrite::Silent,
            unqualified_children: true,
            reversed_items: true,
            disco: Disco::Unavailable,
            short_offsets: true,
            cut_faults: true,
            bare_roots: true,
            late_first_poll: true,
            upper_case_ids: true,
            local_last_update: true,
            blank_items: true,
            ..Behaviour::default()
        }
    }

    /// The same with one more quirk; [`Quirk::All`] is [`Behaviour::quirky`].
    #[must_use]
    pub fn with(self, quirk: Quirk) -> Self {
        match quirk {
            Quirk::All => Behaviour { delay: self.delay, ..Behaviour::quirky() },
            Quirk::UnqualifiedChildren => Behaviour { unqualified_children: true, ..self },
            Quirk::ShortOffsets => Behaviour { short_offsets: true, ..self },
            Quirk::CutFaults => Behaviour { cut_faults: true, ..self },
            Quirk::BareRoots => Behaviour { bare_roots: true, ..self },
            Quirk::LateFirstPoll => Behaviour { late_first_poll: true, ..self },
            Quirk::UpperCaseIds => Behaviour { upper_case_ids: true, ..self },
            Quirk::LocalLastUpdate => Behaviour { local_last_update: true, ..self },
            Quirk::BlankItems => Behaviour { blank_items: true, ..self },
            Quirk::ReversedItems => Behaviour { reversed_items: true, ..self },
            Quirk::FaultInResult => Behaviour { fault_carrier: FaultCarrier::IqResult, ..self },
            Quirk::SilentRefusal => Behaviour { refused_write: RefusedWrite::Silent, ..self },
            Quirk::NoSystemInfo => Behaviour { no_system_info: true, ..self },
            Quirk::NoHeader => Behaviour { no_header: true, ..self },
            Quirk::NoDisco => Behaviour { disco: Disco::Unavailable, ..self },
            Quirk::SilentDisco => Behaviour { disco: Disco::Silent, ..self },
            Quirk::SilentChat => Behaviour { answers_chat: false, ..self },
        }
    }

    pub(super) fn is_silent_for(&self, operation: &str) -> bool {
        match &self.silence {
            Silence::Never => false,
            Silence::Always => true,
            Silence::For(operations) => operations.iter().any(|o| o == operation),
        }
    }

    pub(super) fn version(&self, of_request: Version) -> Version {
        match self.envelope {
            EnvelopeVersion::V11 => Version::V11,
            EnvelopeVersion::V12 => Version::V12,
            EnvelopeVersion::Mirror => of_request,
        }
    }
}

/// SOAP version of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvelopeVersion {
    /// SOAP 1.1
    V11,
    /// SOAP 1.2
    V12,
    /// That of the request.
    Mirror,
}

/// SOAP version of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V11,
    V12,
}

/// Where a SOAP fault travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultCarrier {
    /// In an iq of type error, as XEP-0072 wants it.
    IqError,
    /// In an iq of type result.
    IqResult,
}

/// What a SmartServer says of itself when it is asked (XEP-0030).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disco {
    /// Identity and feature of SOAP over XMPP (XEP-0072, section 3).
    Soap,
    /// The error `service-unavailable`.
    Unavailable,
    /// Nothing.
    Silent,
}

/// What a write weaker than the point's priority gets. The manual (4-16) says only that the value
/// is not updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedWrite {
    /// Item fault 12, by analogy with the reset (manual 4-17).
    Fault,
    /// No fault; the answer shows the value that stands.
    Silent,
}

/// Pause before an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    /// None.
    None,
    /// Always this long.
    Fixed(Duration),
    /// Anything between.
    Range(Duration, Duration),
}

/// Which requests are never answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// All are answered.
    Never,
    /// None is answered.
    Always,
    /// Those of these operations (`Write`) are not.
    For(Vec<String>),
}

/// Answers that no client can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// An iq result without any child.
    NoEnvelope,
    /// Not an envelope at all.
    NotSoap,
    /// An envelope without `Body`.
    NoBody,
    /// A `Body` with nothing in it.
    EmptyBody,
    /// The answer of another operation.
    OtherOperation,
    /// The right operation with nothing in it.
    NoItems,
}

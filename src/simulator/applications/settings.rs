use std::str::FromStr;

use jiff::SignedDuration;

use super::super::wire::Fault;
use super::alarm_log::Log;
use super::kind::Kind;
use crate::xml::Element;

/// Entries of a log that fit into a kilobyte: so many lines of a text file would.
pub(super) const ENTRIES_PER_KB: f64 = 16.0;

/// What the members of a functional block mean.
#[derive(Debug)]
pub(in super::super) enum Settings {
    DataLogger(LoggerSettings),
    AlarmGenerator(GeneratorSettings),
    AlarmNotifier(NotifierSettings),
}

#[derive(Debug)]
pub(in super::super) struct LoggerSettings {
    /// `LT_CIRCULAR`: a full log drops its oldest entry. Else it takes no more.
    pub circular: bool,
    /// Most entries.
    pub capacity: usize,
    pub inputs: Vec<LoggerInput>,
}

#[derive(Debug)]
pub(in super::super) struct LoggerInput {
    pub point: String,
    /// Least time between two entries of this point.
    pub min_delta_time: SignedDuration,
    /// Least difference of numbers.
    pub min_delta_value: Option<f64>,
}

#[derive(Debug)]
pub(in super::super) struct GeneratorSettings {
    pub input: Option<String>,
    pub compare: Option<String>,
    pub function: Function,
    pub low: [Option<f64>; 2],
    pub high: [Option<f64>; 2],
}

/// How an alarm generator compares its input with its compare point (manual 6-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Function {
    Null,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Equal,
    NotEqual,
    /// Outside of the limits around the compare point.
    Limit,
}

#[derive(Debug)]
pub(in super::super) struct NotifierSettings {
    /// Most entries of each log.
    pub capacity: [(Log, usize); 2],
    pub inputs: Vec<NotifierInput>,
    pub active: Vec<AlarmText>,
    pub passive: Vec<AlarmText>,
}

#[derive(Debug, Default)]
pub(in super::super) struct NotifierInput {
    pub point: String,
    pub log_enable: bool,
    pub invisible: bool,
    pub clear_required: bool,
    pub ack_required: bool,
    pub disabled: bool,
    pub cov_enabled: bool,
    pub group: i32,
    pub priority: u8,
    pub description: String,
}

/// The conditions that an alarm of a notifier is about, and what it says.
#[derive(Debug)]
pub(in super::super) struct AlarmText {
    pub text: String,
    pub conditions: Vec<String>,
}

impl Settings {
    pub(super) fn read(kind: Kind, members: &[Element]) -> Result<Settings, Fault> {
        let members = Members(members);
        Ok(match kind {
            Kind::DataLogger => Settings::DataLogger(logger(members)?),
            Kind::AlarmGenerator => Settings::AlarmGenerator(generator(members)?),
            Kind::AlarmNotifier => Settings::AlarmNotifier(notifier(members)?),
        })
    }
}

#[derive(Clone, Copy)]
struct Members<'a>(&'a [Element]);

impl<'a> Members<'a> {
    fn all(self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.0.iter().filter(move |member| member.name == name)
    }

    fn text(self, name: &str) -> Option<String> {
        self.0.iter().find(|member| member.name == name).map(|member| member.text().trim().to_owned())
    }

    fn number(self, name: &str) -> Result<Option<f64>, Fault> {
        self.text(name).filter(|text| !text.is_empty()).map(|text| number(name, &text)).transpose()
    }

    /// Size of a log in entries; without one nothing limits it but what a SmartServer can hold.
    fn capacity(self, name: &str) -> Result<usize, Fault> {
        let kilobytes = self.number(name)?.unwrap_or(10_000.0).clamp(0.0, 100_000.0);
        Ok((kilobytes * ENTRIES_PER_KB) as usize)
    }

    /// Names of the points of a type (`Input`).
    fn points(self, kind: &'a str) -> impl Iterator<Item = Result<(&'a Element, String), Fault>> {
        let given = self.all("DataPoint").filter(move |point| point.attr("dpType") == Some(kind));
        given.map(|point| Ok((point, member(point, "UCPTname").ok_or_else(|| missing("UCPTname"))?)))
    }

    fn point(self, kind: &'a str) -> Result<Option<String>, Fault> {
        self.points(kind).next().transpose().map(|found| found.map(|(_, name)| name))
    }
}

fn logger(members: Members<'_>) -> Result<LoggerSettings, Fault> {
    let circular = match members.text("UCPTlogType").as_deref() {
        None | Some("LT_HISTORICAL") => false,
        Some("LT_CIRCULAR") => true,
        Some(other) => return Err(not_valid("UCPTlogType", other)),
    };
    let inputs = members.points("Input").map(|point| {
        let (point, name) = point?;
        let seconds = child::<f64>(point, "UCPTlogMinDeltaTime")?.unwrap_or(0.0).clamp(0.0, 1e9);
        Ok(LoggerInput {
            point: name,
            min_delta_time: SignedDuration::from_millis((seconds * 1000.0) as i64),
            min_delta_value: child(point, "UCPTlogMinDeltaValue")?.filter(|least| *least > 0.0),
        })
    });
    Ok(LoggerSettings {
        circular,
        capacity: members.capacity("UCPTlogSize")?,
        inputs: inputs.collect::<Result<_, Fault>>()?,
    })
}

fn generator(members: Members<'_>) -> Result<GeneratorSettings, Fault> {
    let function = members.text("UCPTcompFunction").unwrap_or_default();
    Ok(GeneratorSettings {
        input: members.point("Input")?,
        compare: members.point("Compare")?,
        function: Function::read(&function).ok_or_else(|| not_valid("UCPTcompFunction", &function))?,
        low: [members.number("UCPTlowLimit1Offset")?, members.number("UCPTlowLimit2Offset")?],
        high: [members.number("UCPThighLimit1Offset")?, members.number("UCPThighLimit2Offset")?],
    })
}

impl Function {
    fn read(text: &str) -> Option<Function> {
        Some(match text {
            "" | "FN_NUL" => Function::Null,
            "FN_GT" => Function::Greater,
            "FN_LT" => Function::Less,
            "FN_GE" => Function::GreaterOrEqual,
            "FN_LE" => Function::LessOrEqual,
            "FN_EQ" => Function::Equal,
            "FN_NE" => Function::NotEqual,
            "FN_LIMIT" => Function::Limit,
            _ => return None,
        })
    }
}

fn notifier(members: Members<'_>) -> Result<NotifierSettings, Fault> {
    let inputs = members.points("Input").map(|point| point.and_then(|(point, name)| input(point, name)));
    let texts = |name| members.all(name).map(alarm_text).collect();
    Ok(NotifierSettings {
        capacity: [
            (Log::Summary, members.capacity("UCPTsumLogSize")?),
            (Log::Historical, members.capacity("UCPThistLogSize")?),
        ],
        inputs: inputs.collect::<Result<_, Fault>>()?,
        active: texts("ActiveAlarm"),
        passive: texts("PassiveAlarm"),
    })
}

fn input(point: &Element, name: String) -> Result<NotifierInput, Fault> {
    let flags = point.child("AlarmFlags").ok_or_else(|| missing("AlarmFlags"))?;
    let flag = |name: &str| Ok::<bool, Fault>(child::<u8>(flags, name)?.unwrap_or(0) != 0);
    Ok(NotifierInput {
        point: name,
        log_enable: flag("UCPTlogEnable")?,
        invisible: flag("UCPTinvisible")?,
        clear_required: flag("UCPTclearRequired")?,
        ack_required: flag("UCPTackRequired")?,
        disabled: flag("UCPTdisabled")?,
        cov_enabled: flag("UCPTcovEnabled")?,
        group: child(point, "UCPTalarmGroup")?.unwrap_or(0),
        priority: child(point, "UCPTalarmPriority2")?.unwrap_or(255),
        description: member(point, "UCPTdescription").unwrap_or_default(),
    })
}

fn alarm_text(alarm: &Element) -> AlarmText {
    AlarmText {
        text: member(alarm, "UCPTalarmText").unwrap_or_default(),
        conditions: alarm.children_named("UCPTalarmCondition").map(|c| c.text().trim().to_owned()).collect(),
    }
}

fn member(of: &Element, name: &str) -> Option<String> {
    of.child_text(name).map(|text| text.trim().to_owned())
}

fn child<T: FromStr>(of: &Element, name: &str) -> Result<Option<T>, Fault> {
    let text = member(of, name).filter(|text| !text.is_empty());
    text.map(|text| number(name, &text)).transpose()
}

fn number<T: FromStr>(name: &str, text: &str) -> Result<T, Fault> {
    text.parse().map_err(|_| not_valid(name, text))
}

/// Code 11 is a format error (manual 2-8).
fn not_valid(name: &str, text: &str) -> Fault {
    Fault::new(11, format!("format error {name} {text}"))
}

fn missing(name: &str) -> Fault {
    Fault::new(4, format!("tag missing {name}"))
}

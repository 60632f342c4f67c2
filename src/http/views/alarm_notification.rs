//! Where an alarm notifier's notifications go.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::block::{text, wrong};
use crate::domain::{AlarmAction, AlarmDestination, AlarmMail};
use crate::http::problem::HttpError;

/// Largest index, level, group or duration: those of `xsd:int`.
const INT: std::ops::RangeInclusive<i64> = -2_147_483_648..=2_147_483_647;

/// A mail that an alarm notifier sends.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmMail)]
pub(crate) struct AlarmMailView {
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    index: Option<i64>,
    /// Name by which destinations refer to it.
    #[schema(max_length = 1000)]
    nick_name: Option<String>,
    #[schema(max_length = 1000, example = "oncall@example.org")]
    address: String,
    /// Text, with the SmartServer's place holders.
    #[schema(max_length = 1000)]
    format: String,
    #[schema(max_length = 1000)]
    subject: Option<String>,
    /// File that is sent along.
    #[schema(max_length = 1000)]
    attachment: Option<String>,
}

/// Where notifications go.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmDestination)]
pub(crate) struct AlarmDestinationView {
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    index: Option<i64>,
    /// Path to the data point that enables it.
    #[schema(max_length = 1000, example = "DataPoint[@dpType=\"Output\" and UCPTnickName=\"lamp\"]")]
    enable_path: Option<String>,
    /// What is done when an alarm begins.
    active: Option<AlarmNotificationView>,
    /// What is done when an alarm ends.
    passive: Option<AlarmNotificationView>,
}

/// What is done at a destination.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmNotification)]
pub(crate) struct AlarmNotificationView {
    /// Path to the mail that is sent.
    #[schema(max_length = 1000, example = "Mail[UCPTnickName=\"on call\"]")]
    mail_path: Option<String>,
    /// Path to the data point that is written.
    #[schema(max_length = 1000)]
    point_path: Option<String>,
    /// What is written to it.
    #[schema(max_length = 1000)]
    point_value: Option<String>,
    /// Lowest level of alarms that go there.
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    min_level: i64,
    /// Highest level of alarms that go there.
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    max_level: i64,
    /// Time after which it is repeated unless somebody acknowledges, in seconds.
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    nack_delay: Option<i64>,
}

pub(super) fn int(field: &str, number: Option<i64>) -> Result<Option<i64>, HttpError> {
    match number {
        Some(number) if !INT.contains(&number) => Err(wrong(field, "a number of 32 bits")),
        number => Ok(number),
    }
}

pub(super) fn whole(field: &str, number: i64) -> Result<i64, HttpError> {
    int(field, Some(number)).map(|_| number)
}

fn line(field: &str, given: String) -> Result<String, HttpError> {
    Ok(text(field, Some(given))?.unwrap_or_default())
}

impl From<AlarmMail> for AlarmMailView {
    fn from(mail: AlarmMail) -> Self {
        let AlarmMail { index, nick_name, address, format, subject, attachment } = mail;
        AlarmMailView { index, nick_name, address, format, subject, attachment }
    }
}

impl TryFrom<AlarmMailView> for AlarmMail {
    type Error = HttpError;

    fn try_from(view: AlarmMailView) -> Result<Self, HttpError> {
        Ok(AlarmMail {
            index: int("mails.index", view.index)?,
            nick_name: text("mails.nick_name", view.nick_name)?,
            address: line("mails.address", view.address)?,
            format: line("mails.format", view.format)?,
            subject: text("mails.subject", view.subject)?,
            attachment: text("mails.attachment", view.attachment)?,
        })
    }
}

impl From<AlarmDestination> for AlarmDestinationView {
    fn from(destination: AlarmDestination) -> Self {
        let AlarmDestination { index, enable_path, active, passive } = destination;
        AlarmDestinationView {
            index,
            enable_path,
            active: active.map(Into::into),
            passive: passive.map(Into::into),
        }
    }
}

impl TryFrom<AlarmDestinationView> for AlarmDestination {
    type Error = HttpError;

    fn try_from(view: AlarmDestinationView) -> Result<Self, HttpError> {
        Ok(AlarmDestination {
            index: int("destinations.index", view.index)?,
            enable_path: text("destinations.enable_path", view.enable_path)?,
            active: view.active.map(AlarmAction::try_from).transpose()?,
            passive: view.passive.map(AlarmAction::try_from).transpose()?,
        })
    }
}

impl From<AlarmAction> for AlarmNotificationView {
    fn from(action: AlarmAction) -> Self {
        let AlarmAction { mail_path, point_path, point_value, min_level, max_level, nack_delay } = action;
        AlarmNotificationView { mail_path, point_path, point_value, min_level, max_level, nack_delay }
    }
}

impl TryFrom<AlarmNotificationView> for AlarmAction {
    type Error = HttpError;

    fn try_from(view: AlarmNotificationView) -> Result<Self, HttpError> {
        Ok(AlarmAction {
            mail_path: text("mail_path", view.mail_path)?,
            point_path: text("point_path", view.point_path)?,
            point_value: text("point_value", view.point_value)?,
            min_level: whole("min_level", view.min_level)?,
            max_level: whole("max_level", view.max_level)?,
            nack_delay: int("nack_delay", view.nack_delay)?,
        })
    }
}

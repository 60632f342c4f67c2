use super::block_config::{Block, FB_CFG, flag, is_set, lon_string, number, number_in, put, text};
use super::item::{element, filled, name_of, text_element};
use super::members::{ITEM_CFG, Members, Order};
use crate::domain::{
    AlarmAction, AlarmCondition, AlarmDestination, AlarmInput, AlarmMail, AlarmNotifierChange,
    AlarmNotifierConfig,
};
use crate::xml::{Element, XSI};

/// Members of `UFPTalarmNotifier_Cfg` (WSDL).
pub(super) const ORDER: Order = &[
    ITEM_CFG,
    FB_CFG,
    &[
        "SCPTdelayTime",
        "UCPTsumLogSize",
        "UCPThistLogSize",
        "UCPTlogFormat",
        "UCPTsumLogFileName",
        "UCPThistLogFileName",
        "UCPTemailAggregTime",
        "Mail",
        "ActiveAlarm",
        "PassiveAlarm",
        "AlarmDest",
    ],
];

/// Members of `UFPTalarmNotifier_Input_DpRef` (WSDL).
const INPUT: &[&str] = &[
    "UCPTname",
    "UCPTformatDescription",
    "AlarmFlags",
    "UCPTalarmGroup",
    "UCPTalarmPriority2",
    "UCPTdescription",
];

impl Block {
    /// What it says as an alarm notifier.
    pub fn alarm_notifier(&self) -> AlarmNotifierConfig {
        let members = &self.members;
        AlarmNotifierConfig {
            block: self.common(|point| !is_input(point)),
            delay_s: number(members, "SCPTdelayTime"),
            summary_size_kb: number(members, "UCPTsumLogSize"),
            historical_size_kb: number(members, "UCPThistLogSize"),
            format: text(members, "UCPTlogFormat"),
            summary_file_name: text(members, "UCPTsumLogFileName"),
            historical_file_name: text(members, "UCPThistLogFileName"),
            email_aggregation_s: text(members, "UCPTemailAggregTime").and_then(|text| text.parse().ok()),
            mails: members.named("Mail").map(mail).collect(),
            inputs: members.named("DataPoint").filter(|point| is_input(point)).map(input).collect(),
            active_alarms: conditions(members, "ActiveAlarm"),
            passive_alarms: conditions(members, "PassiveAlarm"),
            destinations: members.named("AlarmDest").map(destination).collect(),
        }
    }

    /// The alarm notifier changed; what the change does not name stays as it came.
    #[must_use]
    pub fn alarm_notifier_changed(mut self, change: &AlarmNotifierChange) -> Block {
        self.change_text("UCPTdescription", change.description.as_ref());
        self.change_number("SCPTdelayTime", change.delay_s);
        self.change_number("UCPTsumLogSize", change.summary_size_kb);
        self.change_number("UCPThistLogSize", change.historical_size_kb);
        self.change_word("UCPTlogFormat", change.format.as_ref());
        self.change_text("UCPTsumLogFileName", change.summary_file_name.as_ref());
        self.change_text("UCPThistLogFileName", change.historical_file_name.as_ref());
        let seconds = change.email_aggregation_s.map(|seconds| seconds.to_string());
        self.change_text("UCPTemailAggregTime", seconds.as_ref());
        let members = &mut self.members;
        if let Some(mails) = &change.mails {
            members.replace("Mail", mails.iter().map(mail_element));
        }
        if let Some(inputs) = &change.inputs {
            change_inputs(members, inputs);
        }
        for (name, alarms) in
            [("ActiveAlarm", &change.active_alarms), ("PassiveAlarm", &change.passive_alarms)]
        {
            if let Some(alarms) = alarms {
                members.replace(name, alarms.iter().map(|alarm| condition_element(name, alarm)));
            }
        }
        if let Some(destinations) = &change.destinations {
            members.replace("AlarmDest", destinations.iter().map(destination_element));
        }
        self
    }
}

fn change_inputs(members: &mut Members, inputs: &[AlarmInput]) {
    let (old, others): (Vec<_>, Vec<_>) = members.named("DataPoint").cloned().partition(is_input);
    let new = inputs.iter().map(|input| input_element(&old, input));
    let all: Vec<_> = others.into_iter().chain(new).collect();
    members.replace("DataPoint", all);
}

fn is_input(point: &Element) -> bool {
    let kind = point.attr_ns(XSI, "type").unwrap_or_default();
    kind.ends_with("UFPTalarmNotifier_Input_DpRef") || point.child("AlarmFlags").is_some()
}

fn input(point: &Element) -> AlarmInput {
    let flags = point.child("AlarmFlags");
    let is = |name| flags.and_then(|flags| filled(flags, name)).is_some_and(|flag| is_set(&flag));
    AlarmInput {
        name: name_of(point),
        is_logged: is("UCPTlogEnable"),
        is_invisible: is("UCPTinvisible"),
        clear_required: is("UCPTclearRequired"),
        ack_required: is("UCPTackRequired"),
        is_disabled: is("UCPTdisabled"),
        on_change: is("UCPTcovEnabled"),
        group: number_in(point, "UCPTalarmGroup").unwrap_or_default(),
        priority: number_in(point, "UCPTalarmPriority2").unwrap_or(u8::MAX),
        description: filled(point, "UCPTdescription").unwrap_or_default(),
    }
}

/// The reference to an input: the old one of its name with what is new, or one made for it.
fn input_element(old: &[Element], input: &AlarmInput) -> Element {
    let known = old.iter().find(|reference| name_of(reference) == input.name).cloned();
    let mut reference = known.unwrap_or_else(|| {
        element("DataPoint")
            .with_attr_ns(XSI, "type", "UFPTalarmNotifier_Input_DpRef")
            .with_attr("dpType", "Input")
            .with_attr("discrim", "dir_in")
            .with_child(text_element("UCPTname", &input.name))
    });
    let flags = [
        ("UCPTlogEnable", input.is_logged),
        ("UCPTinvisible", input.is_invisible),
        ("UCPTclearRequired", input.clear_required),
        ("UCPTackRequired", input.ack_required),
        ("UCPTdisabled", input.is_disabled),
        ("UCPTcovEnabled", input.on_change),
    ];
    let flags = flags.map(|(name, is_set)| text_element(name, flag(is_set)));
    put(&mut reference, INPUT, element("AlarmFlags").with_children(flags));
    put(&mut reference, INPUT, text_element("UCPTalarmGroup", input.group.to_string()));
    put(&mut reference, INPUT, text_element("UCPTalarmPriority2", input.priority.to_string()));
    put(&mut reference, INPUT, text_element("UCPTdescription", &input.description));
    reference
}

fn mail(mail: &Element) -> AlarmMail {
    AlarmMail {
        index: number_in(mail, "UCPTindex"),
        nick_name: filled(mail, "UCPTnickName"),
        address: filled(mail, "UCPTemailAddress").unwrap_or_default(),
        format: mail.child_text("UCPTemailFormat").unwrap_or_default(),
        subject: filled(mail, "UCPTemailSubject"),
        attachment: filled(mail, "UCPTemailAttachment"),
    }
}

fn mail_element(mail: &AlarmMail) -> Element {
    element("Mail")
        .with_children(integer("UCPTindex", mail.index))
        .with_children(optional("UCPTnickName", mail.nick_name.as_ref()))
        .with_child(text_element("UCPTemailAddress", &mail.address))
        .with_child(text_element("UCPTemailFormat", &mail.format))
        .with_children(optional("UCPTemailSubject", mail.subject.as_ref()))
        .with_children(optional("UCPTemailAttachment", mail.attachment.as_ref()))
}

fn conditions(members: &Members, name: &str) -> Vec<AlarmCondition> {
    let condition = |alarm: &Element| AlarmCondition {
        index: number_in(alarm, "UCPTindex"),
        level: number_in(alarm, "UCPTlevel"),
        text: filled(alarm, "UCPTalarmText"),
        statuses: alarm
            .children_named("UCPTalarmCondition")
            .map(|status| status.text().trim().to_owned())
            .collect(),
    };
    members.named(name).map(condition).collect()
}

fn condition_element(name: &str, alarm: &AlarmCondition) -> Element {
    element(name)
        .with_children(integer("UCPTindex", alarm.index))
        .with_children(integer("UCPTlevel", alarm.level))
        .with_children(optional("UCPTalarmText", alarm.text.as_ref()))
        .with_children(alarm.statuses.iter().map(|status| lon_string("UCPTalarmCondition", status)))
}

fn destination(destination: &Element) -> AlarmDestination {
    AlarmDestination {
        index: number_in(destination, "UCPTindex"),
        enable_path: filled(destination, "UCPTenablePath"),
        active: destination.child("ActiveDest").map(action),
        passive: destination.child("PassiveDest").map(action),
    }
}

fn action(action: &Element) -> AlarmAction {
    AlarmAction {
        mail_path: filled(action, "UCPTmailPath"),
        point_path: filled(action, "UCPTdataPointPath"),
        point_value: filled(action, "UCPTpointValue"),
        min_level: number_in(action, "UCPTminLevel").unwrap_or_default(),
        max_level: number_in(action, "UCPTmaxLevel").unwrap_or_default(),
        nack_delay: number_in(action, "UCPTnackDelay"),
    }
}

fn destination_element(destination: &AlarmDestination) -> Element {
    element("AlarmDest")
        .with_children(integer("UCPTindex", destination.index))
        .with_children(optional("UCPTenablePath", destination.enable_path.as_ref()))
        .with_children(destination.active.as_ref().map(|action| action_element("ActiveDest", action)))
        .with_children(destination.passive.as_ref().map(|action| action_element("PassiveDest", action)))
}

fn action_element(name: &str, action: &AlarmAction) -> Element {
    element(name)
        .with_children(optional("UCPTmailPath", action.mail_path.as_ref()))
        .with_children(optional("UCPTdataPointPath", action.point_path.as_ref()))
        .with_children(optional("UCPTpointValue", action.point_value.as_ref()))
        .with_child(text_element("UCPTminLevel", action.min_level.to_string()))
        .with_child(text_element("UCPTmaxLevel", action.max_level.to_string()))
        .with_children(integer("UCPTnackDelay", action.nack_delay))
}

fn optional(name: &str, text: Option<&String>) -> Option<Element> {
    text.map(|text| text_element(name, text))
}

fn integer(name: &str, number: Option<i64>) -> Option<Element> {
    number.map(|number| text_element(name, number.to_string()))
}

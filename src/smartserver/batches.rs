//! Splits a list of data points into messages that a SmartServer and the XMPP server carry.

use super::WriteItem;
use crate::domain::{DataPointName, Priority};

/// Most items that one message may hold (manual 4-6, 4-11, 4-15, 4-17).
pub const MOST_ITEMS: usize = 100;

/// How large one message and its answer may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Most items; [`MOST_ITEMS`] at most.
    pub items: usize,
    /// Most bytes of the request, and of the answer as expected.
    pub bytes: usize,
    /// What the answer to one item is expected to have in bytes, beside its name.
    pub answer_bytes: usize,
}

impl BatchLimits {
    /// For `Read`. An item of a captured answer has about 700 bytes with its name; a common limit
    /// of XMPP servers is 64 kB a stanza.
    pub const READ: BatchLimits = BatchLimits { items: 50, bytes: 60_000, answer_bytes: 660 };
    /// For `Get`, whose items also hold limits, units and presets.
    pub const GET: BatchLimits = BatchLimits { answer_bytes: 1_900, ..Self::READ };
    /// For `Write` and the reset of priorities, whose items repeat name and value.
    pub const WRITE: BatchLimits = BatchLimits { answer_bytes: 400, ..Self::READ };
}

/// What stands in a message as one item.
pub trait BatchItem {
    /// The point's name.
    fn name(&self) -> &DataPointName;
    /// Bytes of the item's text beside its name.
    fn extra_bytes(&self) -> usize {
        0
    }
}

impl BatchItem for DataPointName {
    fn name(&self) -> &DataPointName {
        self
    }
}

impl BatchItem for (DataPointName, Priority) {
    fn name(&self) -> &DataPointName {
        &self.0
    }
}

impl BatchItem for WriteItem {
    fn name(&self) -> &DataPointName {
        &self.name
    }

    fn extra_bytes(&self) -> usize {
        let bytes = |(format, text)| VALUE_BYTES + escaped(format) + escaped(text);
        self.payload.parts().into_iter().map(bytes).sum()
    }
}

/// Tags of one value.
const VALUE_BYTES: usize = 40;
/// Tags of one item, namespace declarations and the numbers in it.
const ITEM_BYTES: usize = 220;
/// Envelope and header around the items.
const ENVELOPE_BYTES: usize = 2_000;

/// Splits items into batches, in order. An item that exceeds the limits by itself gets a batch of
/// its own; none is left out.
pub fn batches<T: BatchItem>(items: &[T], limits: BatchLimits) -> Vec<&[T]> {
    let mut batches = Vec::new();
    let mut rest = items;
    while !rest.is_empty() {
        let (batch, left) = rest.split_at(fitting(rest, limits).clamp(1, rest.len()));
        batches.push(batch);
        rest = left;
    }
    batches
}

/// How many of the first items fit into one message.
fn fitting<T: BatchItem>(items: &[T], limits: BatchLimits) -> usize {
    let mut bytes = ENVELOPE_BYTES;
    let most = limits.items.min(MOST_ITEMS);
    let fits = |item: &&T| {
        let name = escaped(item.name().as_str());
        let request = ITEM_BYTES + name + item.extra_bytes();
        let answer = limits.answer_bytes + name + item.extra_bytes();
        bytes = bytes.saturating_add(request.max(answer));
        bytes <= limits.bytes
    };
    items.iter().take(most).take_while(fits).count()
}

/// Length of a text once it is escaped, at most.
fn escaped(text: &str) -> usize {
    text.len() + 5 * text.bytes().filter(|b| matches!(b, b'&' | b'<' | b'>' | b'"' | b'\'')).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::item::tests::name;
    use super::super::{WriteItem, WritePayload, read, write};
    use super::{BatchLimits, batches};
    use crate::domain::{DataPointName, Priority};

    #[test]
    fn fills_messages_in_order() {
        let names: Vec<_> = (0..120).map(|n| name(&format!("Net/LON/{n}"))).collect();
        let sizes: Vec<_> = batches(&names, BatchLimits::READ).iter().map(|batch| batch.len()).collect();
        assert_eq!(sizes, [50, 50, 20]);
        let sizes: Vec<_> = batches(&names, BatchLimits::GET).iter().map(|batch| batch.len()).collect();
        assert_eq!(sizes, [30, 30, 30, 30]);
        assert!(batches::<DataPointName>(&[], BatchLimits::READ).is_empty());
    }

    #[test]
    fn never_more_items_than_the_manual_allows() {
        let names: Vec<_> = (0..250).map(|n| name(&format!("{n}"))).collect();
        let limits = BatchLimits { items: 1_000, bytes: usize::MAX, answer_bytes: 0 };
        assert!(batches(&names, limits).iter().all(|batch| batch.len() <= 100));
        let none = BatchLimits { items: 0, ..limits };
        assert_eq!(batches(&names, none).len(), 250);
    }

    #[test]
    fn an_item_that_is_too_large_stands_alone() {
        let item = |text: &str| WriteItem {
            name: name("a"),
            payload: WritePayload::Raw { format: None, text: text.to_owned() },
            priority: Priority(240),
            propagate: true,
        };
        let items = [item("1"), item(&"x".repeat(70_000)), item("2")];
        assert_eq!(batches(&items, BatchLimits::WRITE).len(), 3);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn keeps_every_item_and_the_byte_bound(names in prop::collection::vec("[a-z&<\"/ é]{1,200}x", 0..80)) {
            let names: Vec<_> = names.iter().map(|n| name(n)).collect();
            let writes: Vec<_> = names.iter().map(|name| WriteItem {
                name: name.clone(),
                payload: WritePayload::Preset(name.as_str().to_owned()),
                priority: Priority(0),
                propagate: true,
            }).collect();
            let read = batches(&names, BatchLimits::READ);
            prop_assert_eq!(&read.concat(), &names);
            for batch in read {
                prop_assert!(read::request(batch, Some(std::time::Duration::MAX)).to_xml().len() <= 60_000);
            }
            let written = batches(&writes, BatchLimits::WRITE);
            prop_assert_eq!(&written.concat(), &writes);
            for batch in written {
                prop_assert!(write::request(batch).to_xml().len() <= 60_000);
            }
        }
    }
}

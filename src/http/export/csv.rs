//! RFC 4180 with a head. Rows of readings have `at,value,quality,source`, those of buckets
//! `from,min,max,mean,last,count`, both after `smartserver,name` and before `gap_until,gap_reason,gap_state`.
//! A gap is a row of its own before the readings of its point, with the time of its beginning and those three;
//! one that goes on has no end.

use super::{Export, Writer};
use crate::domain::{GapReason, GapState, HistoryBucket, HistoryRow, Value};
use crate::gateway::{HistoryAround, HistoryOf};
use crate::http::views::history::{GapReasonView, GapStateView, HistorySourceView};
use crate::http::views::{QualityView, time};

/// Columns between the time and those of gaps.
const RAW: [&str; 3] = ["value", "quality", "source"];
const BUCKETS: [&str; 5] = ["min", "max", "mean", "last", "count"];

#[derive(Debug, Default)]
pub(super) struct Csv {
    is_raw: bool,
}

impl Csv {
    fn line(&self, of: &HistoryOf, at: String, cells: &[String], gap: [String; 3], out: &mut Vec<u8>) {
        let point = [text(&of.smartserver), text(of.name.as_str()), at];
        let cells: Vec<&str> = point.iter().chain(cells).chain(&gap).map(String::as_str).collect();
        out.extend_from_slice(cells.join(",").as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

impl Writer for Csv {
    fn head(&mut self, export: &Export, out: &mut Vec<u8>) {
        self.is_raw = export.resolution_ms.is_none();
        let (at, columns) = if self.is_raw { ("at", &RAW[..]) } else { ("from", &BUCKETS[..]) };
        let head = format!("smartserver,name,{at},{},gap_until,gap_reason,gap_state\r\n", columns.join(","));
        out.extend_from_slice(head.as_bytes());
    }

    fn point(&mut self, of: &HistoryOf, around: HistoryAround, out: &mut Vec<u8>) {
        let empty = vec![String::new(); if self.is_raw { RAW.len() } else { BUCKETS.len() }];
        for gap in around.gaps {
            let (reason, state) = (reason(gap.reason), state(gap.state));
            let told = [gap.to.map(time).unwrap_or_default(), reason, state];
            self.line(of, time(gap.from), &empty, told, out);
        }
    }

    fn row(&mut self, of: &HistoryOf, row: &HistoryRow, out: &mut Vec<u8>) {
        let (quality, source) = (QualityView::from(row.quality), HistorySourceView::from(row.source));
        let cells = [value(&row.value), word(&quality), word(&source)];
        self.line(of, time(row.at), &cells, Default::default(), out);
    }

    fn bucket(&mut self, of: &HistoryOf, bucket: &HistoryBucket, out: &mut Vec<u8>) {
        let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
        let numbers = bucket.numbers;
        let cells = [
            number(numbers.map(|numbers| numbers.min)),
            number(numbers.map(|numbers| numbers.max)),
            number(numbers.map(|numbers| numbers.mean)),
            value(&bucket.last.value),
            bucket.count.to_string(),
        ];
        self.line(of, time(bucket.from), &cells, Default::default(), out);
    }

    fn point_end(&mut self, _out: &mut Vec<u8>) {}

    fn end(&mut self, _out: &mut Vec<u8>) {}
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Number(number) => number.to_string(),
        Value::Text(words) => text(words),
        other => text(&serde_json::to_string(other).unwrap_or_default()),
    }
}

fn word<T: serde::Serialize>(word: &T) -> String {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn reason(reason: GapReason) -> String {
    word(&GapReasonView::from(reason))
}

fn state(state: GapState) -> String {
    word(&GapStateView::from(state))
}

/// A text that no spreadsheet takes for a formula: one that would be gets an apostrophe in front.
fn text(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, text, value};

    #[test]
    fn cells_are_quoted_and_no_formula_is_executed() {
        for (given, expected) in [
            ("plain ü", "plain ü"),
            ("a,b", "\"a,b\""),
            ("say \"x\"\n", "\"say \"\"x\"\"\n\""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\""),
        ] {
            assert_eq!(text(given), expected);
        }
        assert_eq!(value(&Value::Number(-0.5)), "-0.5", "a number is one");
        assert_eq!(value(&Value::Null), "");
        let fields = Value::Fields(vec![("state".to_owned(), Value::Number(1.0))]);
        assert_eq!(value(&fields), "\"{\"\"state\"\":1.0}\"");
    }
}

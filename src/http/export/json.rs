use serde::Serialize;

use super::{Export, Writer};
use crate::domain::{HistoryBucket, HistoryRow};
use crate::gateway::{HistoryAround, HistoryOf};
use crate::http::views::history::{BucketView, HistoryPointView, HistoryReadingView, views};
use crate::http::views::time;

/// The `HistoryAnswer` of the API, written by hand around what is of unknown length.
#[derive(Debug, Default)]
pub(super) struct Json {
    is_raw: bool,
    points: usize,
    /// Of the point that is being written.
    elements: usize,
}

impl Json {
    fn element<T: Serialize>(&mut self, element: &T, out: &mut Vec<u8>) {
        comma(&mut self.elements, out);
        value(element, out);
    }
}

impl Writer for Json {
    fn head(&mut self, export: &Export, out: &mut Vec<u8>) {
        self.is_raw = export.resolution_ms.is_none();
        out.extend_from_slice(b"{\"from\":");
        value(&time(export.span.start), out);
        out.extend_from_slice(b",\"to\":");
        value(&time(export.span.end), out);
        out.extend_from_slice(b",\"resolution_ms\":");
        value(&export.resolution_ms, out);
        out.extend_from_slice(b",\"items\":[");
    }

    fn point(&mut self, of: &HistoryOf, around: HistoryAround, out: &mut Vec<u8>) {
        comma(&mut self.points, out);
        self.elements = 0;
        value(&HistoryPointView::from(of), out);
        // The point's object is left open for what follows.
        out.pop();
        out.extend_from_slice(b",\"gaps\":");
        value(&views(around.gaps), out);
        out.extend_from_slice(b",\"before\":");
        value(&around.before.as_ref().map(HistoryReadingView::from), out);
        out.extend_from_slice(if self.is_raw { b",\"readings\":[" } else { b",\"buckets\":[" });
    }

    fn row(&mut self, _of: &HistoryOf, row: &HistoryRow, out: &mut Vec<u8>) {
        self.element(&HistoryReadingView::from(row), out);
    }

    fn bucket(&mut self, _of: &HistoryOf, bucket: &HistoryBucket, out: &mut Vec<u8>) {
        self.element(&BucketView::from(bucket), out);
    }

    fn point_end(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"]}");
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"]}");
    }
}

fn comma(count: &mut usize, out: &mut Vec<u8>) {
    if *count > 0 {
        out.push(b',');
    }
    *count += 1;
}

fn value<T: Serialize>(value: &T, out: &mut Vec<u8>) {
    // Neither a view nor memory can fail to be written to.
    let _ = serde_json::to_writer(out, value);
}

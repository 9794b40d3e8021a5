//! The SVG that is written: a few shapes, numbers with one decimal, everything escaped.

use std::fmt::Write;

use super::layout::Point;
use super::text::escape;

/// Fonts that have Han characters, on the systems people print from.
pub(super) const FONTS: &str = "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC',\
    'Microsoft YaHei','WenQuanYi Micro Hei',sans-serif";

/// How a shape is painted.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    pub(super) fill: &'static str,
    pub(super) stroke: &'static str,
    pub(super) width: f64,
    pub(super) dash: &'static str,
}

/// How a line of text is set; the place is its baseline.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) ink: &'static str,
    pub(super) anchor: &'static str,
    pub(super) bold: bool,
}

/// SVG text under construction.
#[derive(Default)]
pub(super) struct Canvas {
    out: String,
}

/// A number with at most one decimal; what is no number is 0.
pub(super) fn number(value: f64) -> String {
    let rounded = if value.is_finite() { (value * 10.0).round() / 10.0 } else { 0.0 };
    // Adding 0 turns -0 into 0.
    (rounded + 0.0).to_string()
}

impl Paint {
    pub(super) const fn new(fill: &'static str, stroke: &'static str, width: f64) -> Self {
        Self { fill, stroke, width, dash: "" }
    }

    fn attributes(&self) -> String {
        let mut attributes = format!(r#" fill="{}""#, self.fill);
        if !self.stroke.is_empty() {
            let _ = write!(attributes, r#" stroke="{}" stroke-width="{}""#, self.stroke, number(self.width));
        }
        if !self.dash.is_empty() {
            let _ = write!(attributes, r#" stroke-dasharray="{}""#, self.dash);
        }
        attributes
    }
}

impl Canvas {
    /// Adds a line of SVG; the caller has escaped what is in it.
    pub(super) fn raw(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// Opens a group with a class and a place, and says what it shows.
    pub(super) fn open(&mut self, class: &str, id: &str, title: &str) {
        let id = if id.is_empty() { String::new() } else { format!(r#" id="{}""#, escape(id)) };
        let title = if title.is_empty() { String::new() } else { format!("<title>{}</title>", escape(title)) };
        self.raw(&format!(r#"<g class="{class}"{id}>{title}"#));
    }

    /// Opens a group that is moved and scaled.
    pub(super) fn open_at(&mut self, x: f64, y: f64, scale: f64) {
        let scale = if scale < 1.0 { format!(" scale({scale:.4})") } else { String::new() };
        self.raw(&format!(r#"<g transform="translate({} {}){scale}">"#, number(x), number(y)));
    }

    /// Closes the last group.
    pub(super) fn close(&mut self) {
        self.raw("</g>");
    }

    pub(super) fn rect(&mut self, (x, y, width, height): (f64, f64, f64, f64), radius: f64, paint: Paint) {
        let [x, y, width, height] = [x, y, width, height].map(number);
        let rx = if radius > 0.0 { format!(r#" rx="{}""#, number(radius)) } else { String::new() };
        let paint = paint.attributes();
        self.raw(&format!(r#"<rect x="{x}" y="{y}" width="{width}" height="{height}"{rx}{paint}/>"#));
    }

    pub(super) fn circle(&mut self, at: Point, radius: f64, paint: Paint) {
        let [x, y, radius] = [at.x, at.y, radius].map(number);
        self.raw(&format!(r#"<circle cx="{x}" cy="{y}" r="{radius}"{}/>"#, paint.attributes()));
    }

    pub(super) fn path(&mut self, d: &str, paint: Paint) {
        self.raw(&format!(r#"<path d="{d}"{}/>"#, paint.attributes()));
    }

    pub(super) fn text(&mut self, x: f64, y: f64, kind: Type, text: &str) {
        let [x, y, size] = [x, y, kind.size].map(number);
        let bold = if kind.bold { r#" font-weight="bold""# } else { "" };
        let anchor = if kind.anchor == "start" { "" } else { &format!(r#" text-anchor="{}""#, kind.anchor) };
        let (ink, text) = (kind.ink, escape(text));
        self.raw(&format!(r#"<text x="{x}" y="{y}" font-size="{size}" fill="{ink}"{anchor}{bold}>{text}</text>"#));
    }

    /// What was written.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

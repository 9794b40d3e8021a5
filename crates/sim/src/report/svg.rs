//! A picture made of lines, bars and words.

use std::fmt::Write as _;

use super::escape;

/// A picture under way.
pub(super) struct Svg {
    body: String,
    width: f64,
    height: f64,
}

impl Svg {
    pub(super) fn new(width: f64, height: f64, label: &str) -> Self {
        Self { body: format!("<title>{}</title>", escape(label)), width, height }
    }

    pub(super) fn text(&mut self, x: f64, y: f64, anchor: &str, size: f64, fill: &str, text: &str) {
        let text = escape(text);
        // Writing to a string never fails.
        let _ = write!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\" fill=\"{fill}\">{text}</text>"
        );
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str) {
        let _ = write!(
            self.body,
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{stroke}\"/>",
            from.0, from.1, to.0, to.1
        );
    }

    pub(super) fn bar(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str, label: &str) {
        let _ = write!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"><title>{}</title></rect>",
            escape(label)
        );
    }

    /// A line through points, or an area inside them when it is filled.
    pub(super) fn path(&mut self, points: &[(f64, f64)], stroke: &str, fill: &str) {
        let mut d = String::new();
        for (nth, (x, y)) in points.iter().enumerate() {
            let _ = write!(d, "{}{x:.1} {y:.1}", if nth == 0 { "M" } else { "L" });
        }
        let _ = write!(
            self.body,
            "<path d=\"{d}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"2\" stroke-linejoin=\"round\"/>"
        );
    }

    /// The picture on a page: on a narrow one it keeps its size and is moved sideways.
    pub(super) fn on_page(self) -> String {
        format!("<div class=\"picture\">{}</div>", self.in_style(""))
    }

    /// The picture as a file: on white, whatever the page that shows it.
    pub(super) fn end(self) -> String {
        self.in_style(" font-family=\"sans-serif\" style=\"background:#fff\"")
    }

    fn in_style(self, style: &str) -> String {
        let Self { body, width, height } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\"{style}>{body}</svg>"
        )
    }
}

//! Reading a definition file: strict JSON with the place of every value, within limits.

use std::borrow::Cow;

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::diagnostic::{Diagnostic, Place};

/// The largest definition file, in bytes. The largest real package is a hundredth of it.
pub const FILE_BYTES_MAX: usize = 1 << 20;
/// The deepest nesting of a definition file. The format itself needs six.
pub const DEPTH_MAX: usize = 32;

/// A file's text, its values and where each one is.
pub struct Source<'a> {
    file: String,
    text: &'a str,
    line_starts: Vec<usize>,
    root: Value<'a>,
}

impl<'a> Source<'a> {
    /// Parses strict JSON (RFC 8259).
    ///
    /// # Errors
    /// One finding: the file is too large, empty, too deep, not UTF-8 or not JSON.
    pub fn parse(file: &str, bytes: &'a [u8]) -> Result<Self, Box<Diagnostic>> {
        Self::parse_within(file, bytes, FILE_BYTES_MAX)
    }

    /// The same for a file that may be larger or must be smaller.
    pub(crate) fn parse_within(file: &str, bytes: &'a [u8], bytes_max: usize) -> Result<Self, Box<Diagnostic>> {
        let at_start = |offset: usize, line: u32, column: u32| Place {
            file: file.to_owned(),
            line,
            column,
            pointer: String::new(),
            offset,
            length: 0,
        };
        if bytes.len() > bytes_max {
            return Err(Box::new(
                Diagnostic::error("E-FILE-001", at_start(0, 1, 1), "文件太大", "the file is too large")
                    .expected(format!("不超过 {bytes_max} 字节"), format!("at most {bytes_max} bytes")),
            ));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let good = &bytes[..error.valid_up_to()];
            let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
            let line_start = good.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let column = String::from_utf8_lossy(&good[line_start..]).chars().count() + 1;
            Box::new(
                Diagnostic::error(
                    "E-FILE-002",
                    at_start(error.valid_up_to(), small(line), small(column)),
                    "文件不是有效的 UTF-8 文本",
                    "the file is not valid UTF-8",
                )
                .help("请用 UTF-8 编码保存文件", "save the file in UTF-8"),
            )
        })?;
        if text.starts_with('\u{feff}') {
            return Err(Box::new(
                Diagnostic::error(
                    "E-FILE-006",
                    at_start(0, 1, 1),
                    "文件以字节顺序标记（BOM）开头",
                    "the file begins with a byte order mark",
                )
                .help("请存为不带 BOM 的 UTF-8", "save it in UTF-8 without a byte order mark"),
            ));
        }
        if text.trim().is_empty() {
            return Err(Box::new(
                Diagnostic::error("E-FILE-003", at_start(0, 1, 1), "文件是空的", "the file is empty")
                    .expected("一个 JSON 对象", "a JSON object"),
            ));
        }
        let line_starts: Vec<usize> =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let spot = |offset: usize| {
            let line = line_starts.partition_point(|start| *start <= offset);
            let column = text[line_starts[line - 1]..offset].chars().count() + 1;
            at_start(offset, small(line), small(column))
        };
        if let Some(offset) = too_deep(text) {
            return Err(Box::new(
                Diagnostic::error("E-FILE-004", spot(offset), "嵌套太深", "values are nested too deeply")
                    .expected(format!("不超过 {DEPTH_MAX} 层"), format!("at most {DEPTH_MAX} levels")),
            ));
        }
        let strict = ParseOptions {
            allow_comments: false,
            allow_loose_object_property_names: false,
            allow_trailing_commas: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let parsed = parse_to_ast(text, &CollectOptions::default(), &strict).map_err(|error| {
            let mut place = spot(error.range().start.min(text.len()));
            place.length = error.range().end.saturating_sub(error.range().start);
            Box::new(
                Diagnostic::error(
                    "E-JSON-001",
                    place,
                    format!("不是有效的 JSON：{}", error.kind()),
                    format!("not valid JSON: {}", error.kind()),
                )
                .help("JSON 不允许注释、尾随逗号和单引号", "JSON allows no comments, trailing commas or single quotes"),
            )
        })?;
        let Some(root) = parsed.value else {
            return Err(Box::new(Diagnostic::error("E-FILE-003", spot(0), "文件是空的", "the file is empty")));
        };
        Ok(Self { file: file.to_owned(), text, line_starts, root })
    }

    /// The whole value.
    #[must_use]
    pub(crate) fn root(&self) -> &Value<'a> {
        &self.root
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The place of the value at a JSON pointer; when nothing is there, of the nearest thing above it.
    #[must_use]
    pub fn place(&self, pointer: &str) -> Place {
        let mut value = &self.root;
        let mut range = (value.start(), value.end());
        for token in pointer.split('/').skip(1) {
            let token: Cow<'_, str> =
                if token.contains('~') { token.replace("~1", "/").replace("~0", "~").into() } else { token.into() };
            let next = match value {
                Value::Object(object) => {
                    object.properties.iter().rev().find(|p| p.name.as_str() == token).map(|p| &p.value)
                }
                Value::Array(array) => token.parse().ok().and_then(|index: usize| array.elements.get(index)),
                _ => None,
            };
            match next {
                Some(found) => value = found,
                None => break,
            }
            range = (value.start(), value.end());
        }
        self.place_of(pointer, range.0, range.1)
    }

    /// The place of a key of the object at a pointer.
    #[must_use]
    pub(crate) fn place_of_name(&self, object: &str, key: &str) -> Place {
        let pointer = child(object, key);
        let mut value = Some(&self.root);
        for token in object.split('/').skip(1) {
            value = match value {
                Some(Value::Object(object)) => {
                    object.properties.iter().find(|p| p.name.as_str() == token).map(|p| &p.value)
                }
                Some(Value::Array(array)) => token.parse().ok().and_then(|index: usize| array.elements.get(index)),
                _ => None,
            };
        }
        let Some(Value::Object(object)) = value else { return self.place(&pointer) };
        match object.properties.iter().find(|p| p.name.as_str() == key) {
            Some(property) => self.place_of_key(&pointer, &property.name),
            None => self.place(&pointer),
        }
    }

    /// The place of a byte range.
    #[must_use]
    pub(crate) fn place_of(&self, pointer: &str, start: usize, end: usize) -> Place {
        let start = start.min(self.text.len());
        let line = self.line_starts.partition_point(|at| *at <= start);
        let column = self.text[self.line_starts[line - 1]..start].chars().count() + 1;
        Place {
            file: self.file.clone(),
            line: small(line),
            column: small(column),
            pointer: pointer.to_owned(),
            offset: start,
            length: end.saturating_sub(start),
        }
    }

    /// The place at a line and a byte of it, both counted from 1.
    #[must_use]
    pub(crate) fn place_of_line(&self, line: usize, byte: usize) -> Place {
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let at = self.text.floor_char_boundary(start + byte.saturating_sub(1));
        self.place_of("", at, at)
    }

    /// The place of an object's key.
    #[must_use]
    pub(crate) fn place_of_key(&self, pointer: &str, name: &ObjectPropName<'_>) -> Place {
        self.place_of(pointer, name.start(), name.end())
    }

    /// The text of a string directly under the root, such as `kind`.
    #[must_use]
    pub(crate) fn root_text(&self, key: &str) -> Option<&str> {
        let Value::Object(object) = &self.root else { return None };
        object.properties.iter().find(|p| p.name.as_str() == key).and_then(|p| match &p.value {
            Value::StringLit(text) => Some(text.value.as_ref()),
            _ => None,
        })
    }
}

/// The offset of the first bracket deeper than [`DEPTH_MAX`], found without recursion so that no input can
/// exhaust the stack.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Some(offset);
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Appends a token to a JSON pointer.
#[must_use]
pub(crate) fn child(pointer: &str, token: &str) -> String {
    if token.contains(['~', '/']) {
        format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
    } else {
        format!("{pointer}/{token}")
    }
}

//! Ids of our kind, made from names of theirs.

use std::collections::BTreeSet;

/// Ids that are unique within one list.
#[derive(Default)]
pub(super) struct Ids(BTreeSet<String>);

impl Ids {
    /// An id for a name: lower-case letters, digits and underscores, at most so long; a number behind it when it is taken.
    pub(super) fn id(&mut self, name: &str, bytes_max: usize) -> String {
        let plain = slug(name, '_', bytes_max);
        let numbered = (2..).map(|nth| {
            let tail = format!("_{nth}");
            format!("{}{tail}", plain[..plain.len().min(bytes_max - tail.len())].trim_end_matches('_'))
        });
        let mut free = std::iter::once(plain.clone()).chain(numbered).filter(|id| !self.0.contains(id));
        // Numbers go on for ever, so there is one.
        let id = free.next().unwrap_or(plain);
        self.0.insert(id.clone());
        id
    }

    /// Whether an id was given out.
    pub(super) fn contains(&self, id: &str) -> bool {
        self.0.contains(id)
    }
}

/// The id of a matter for a name: words joined by hyphens.
pub(super) fn kebab(name: &str) -> String {
    slug(name, '-', 64)
}

/// ASCII letters and digits in lower case, everything between them one joint; it begins with a letter.
pub(super) fn slug(name: &str, joint: char, bytes_max: usize) -> String {
    let mut slug = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with(joint) {
            slug.push(joint);
        }
    }
    if !slug.starts_with(|first: char| first.is_ascii_lowercase()) {
        slug.insert(0, 'x');
    }
    slug.truncate(bytes_max);
    slug.trim_end_matches(joint).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Ids, kebab};

    #[test]
    fn names_become_ids_once_each() {
        let mut ids = Ids::default();
        for (name, id) in [
            ("FIELD_INSPECTION", "field_inspection"),
            ("CITIZENACTIONREQUIRED-DV", "citizenactionrequired_dv"),
            ("field inspection ", "field_inspection_2"),
            ("Field/Inspection", "field_inspection_3"),
            ("1ST", "x1st"),
            ("审批", "x"),
            ("", "x_2"),
        ] {
            assert_eq!(ids.id(name, 64), id, "{name}");
        }
        assert_eq!(ids.id("ABCDEFGHIJKLMNOP", 10), "abcdefghij");
        assert_eq!(ids.id("ABCDEFGHIJKLMNOP", 10), "abcdefgh_2");
        assert_eq!(kebab("PT.CREATE"), "pt-create");
    }
}

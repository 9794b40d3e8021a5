//! Materials that are another matter's result: which matter of the package produces each.

use crate::check::file::Loaded;
use crate::check::names;
use crate::definition::{MaterialSource, Matter};
use crate::diagnostic::Diagnostic;
use crate::workflow::MaterialPlan;

/// Names the producer of every material that is a result; it is a matter of the package.
pub(crate) fn results(
    parts: &[(usize, &Loaded<'_, Matter>)],
    materials: &mut [MaterialPlan],
    found: &mut Vec<Diagnostic>,
) {
    for plan in materials {
        let MaterialSource::Result { result } = &plan.material.source else { continue };
        let producer = parts.iter().position(|(_, other)| other.value.results.iter().any(|known| known.id == *result));
        plan.produced_by = producer.and_then(|part| u8::try_from(part + 1).ok());
        if producer.is_some() {
            continue;
        }
        for (user, _) in &plan.needed_by {
            let Some((_, file)) = parts.get(usize::from(*user).wrapping_sub(1)) else { continue };
            let index = file.value.materials.iter().position(|m| m.id == plan.material.id).unwrap_or_default();
            let at = file.source.place(&format!("/materials/{index}/source/result"));
            let results = parts.iter().flat_map(|(_, other)| &other.value.results);
            let known: Vec<&str> = results.map(|result| result.id.as_str()).collect();
            found.push(names::unknown("E-REF-004", at, ("套餐内的结果", "result in the package"), result, known));
        }
    }
}

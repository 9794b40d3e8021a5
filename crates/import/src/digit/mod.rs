//! eGov DIGIT `BusinessService`: states with actions that roles take.
//!
//! A state is a human task and an exclusive split over its actions; an action is an outcome and an edge. What DIGIT
//! means by its keys is read from its workflow service: an instance begins in the state without a name, whatever
//! `isStartState` says; actions are found by name, whatever their case; `*` stands for every role; times are elapsed
//! milliseconds.

mod faults;
mod find;
mod graph;
mod matter;
mod names;
mod roles;
mod source;
mod tally;
mod words;

use onething_engine::Source;

use crate::report::{Imported, Refusal};

/// Makes a matter of the DIGIT business service in a file. `service` chooses among several by name; `id` is the
/// matter's id, made from the service's name when absent.
///
/// # Errors
/// Nothing could be made: the file is not JSON, holds no business service or several, or one larger than a definition
/// can be. A service that is merely broken is imported as it stands, with findings.
pub fn import(file: &str, bytes: &[u8], service: Option<&str>, id: Option<&str>) -> Result<Imported, Refusal> {
    let source = Source::parse(file, bytes).map_err(|finding| Refusal::Broken(vec![*finding]))?;
    let root = find::json(&source)?;
    let mut tally = tally::Tally::new(&source);
    let chosen = find::service(&source, &root, service, &mut tally)?;
    let service = source::Service::read(chosen.value, &chosen.pointer, &mut tally);
    graph::fits(&service, &source)?;
    let start = faults::start(&service, &mut tally);
    let ways = graph::Ways::of(&service, start, &mut tally);
    faults::look(&service, &ways, &mut tally);
    let drawn = graph::draw(&service, &ways, &source, &mut tally)?;
    let id = id.map_or_else(|| names::kebab(&service.name), str::to_owned);
    let text = matter::text(file, &id, &service, (start, drawn), &mut tally);
    Ok(tally.report(service.name, id, text))
}

//! Putting a matter, or a package with its matters, together into a workflow.

use std::collections::BTreeMap;
use std::sync::Arc;

use petgraph::algo::has_path_connecting;
use sha2::{Digest, Sha256};

use crate::check::file::Loaded;
use crate::check::once::{PartFile, Whole};
use crate::check::paths::Paths;
use crate::check::{decidable, duties, graph, limits, merged, names, on_time, produced, reads, shared};
use crate::condition::space::{Holds, Names, Space};
use crate::condition::{Condition, Scope};
use crate::definition::{ClockStart, Field, FileKind, Material, Matter, Node, Package, Power, PromiseScope};
use crate::diagnostic::Diagnostic;
use crate::net::Graph;
use crate::workflow::{Fetches, FieldPlan, MaterialPlan, Plan, SourceFile, Workflow};

/// A matter as it stands in its packages. What is wrong in it was reported when the matter itself was checked.
pub(crate) struct Part<'a> {
    loaded: &'a Loaded<'a, Matter>,
    fields: Vec<FieldPlan>,
    materials: Vec<MaterialPlan>,
    graph: Option<Graph>,
    broken: bool,
}

/// Checks a matter and makes it a workflow that can run alone.
pub(crate) fn matter<'a>(
    loaded: &'a Loaded<'a, Matter>,
    packages: &[Loaded<'_, Package>],
    found: &mut Vec<Diagnostic>,
) -> (Part<'a>, Option<Workflow>) {
    let before = found.len();
    let matter = &loaded.value;
    let mut scope = Scope::default();
    names::fields(loaded, &matter.fields, &mut scope, found);
    names::unique(loaded, "/materials", matter.materials.iter().map(|m| &*m.id), found);
    names::unique(loaded, "/results", matter.results.iter().map(|r| r.id.as_str()), found);
    let fields = asked(loaded, &matter.fields, &scope, found);
    let materials = needed(loaded, &matter.materials, &scope, found);
    uses(loaded, found);
    shared::obtained_alone(loaded, packages, found);
    limits::of_matter(loaded, found);
    on_time::stops(loaded, found);
    let graph = graph::graph(loaded, FileKind::Matter, &matter.nodes, &matter.edges, &mut scope, found);
    let mut part = Part { loaded, fields, materials, graph, broken: true };
    let (true, Some(graph)) = (found.len() == before, part.graph.clone()) else { return (part, None) };
    part.broken = false;
    let (fields, materials) = (part.fields.clone(), part.materials.clone());
    let mut names = Names::default();
    matter.fields.iter().for_each(|field| names.form(&field.id, names::holds(field)));
    conditions(loaded, &graph, (names.clone(), &fields, &materials), found);
    let (sources, plans) = (vec![source_of(loaded)], vec![plan(matter, graph, None)]);
    let workflow = Workflow {
        id: matter.id.as_str().into(),
        title: matter.title.clone(),
        kind: FileKind::Matter,
        hash: hash(&sources),
        fetches: Fetches::new(&plans, &materials),
        plans,
        fields,
        questions: Vec::new(),
        materials,
        promise: None,
        reductions: None,
        sources,
    };
    Whole::new(&workflow, &[matter_file(loaded)], &names).check(found);
    (part, Some(workflow))
}

/// Checks a package together with its matters.
pub(crate) fn package(
    loaded: &Loaded<'_, Package>,
    (matters, packages): (&BTreeMap<String, Part<'_>>, &[Loaded<'_, Package>]),
    unread: &[String],
    found: &mut Vec<Diagnostic>,
) -> Option<Workflow> {
    let before = found.len();
    let package = &loaded.value;
    let mut scope = Scope::default();
    names::fields(loaded, &package.fields, &mut scope, found);
    names::questions(loaded, &package.questions, &mut scope, found);
    names::limit(loaded, "/promise/limit", &package.promise.limit, found);
    let mut parts: Vec<(usize, &Part<'_>)> = Vec::new();
    // Whether a matter could not be read, and whether one that could is wrong in itself: both were reported.
    let (mut incomplete, mut waits_for_matters) = (false, false);
    for (index, node) in package.nodes.iter().enumerate() {
        let Node::Matter { matter, .. } = node else { continue };
        let at = loaded.source.place(&format!("/nodes/{index}/matter"));
        match matters.get(matter) {
            None => {
                incomplete = true;
                if !unread.contains(matter) {
                    let known = matters.keys().map(String::as_str);
                    found.push(names::unknown("E-REF-003", at, ("事项", "matter"), matter, known).or_help(
                        "把事项文件和套餐一起检查，如 onething check workflows",
                        "check the matter's file together with the package, as in: onething check workflows",
                    ));
                }
            }
            Some(_) if parts.iter().any(|(_, part)| part.loaded.value.id == *matter) => found.push(
                Diagnostic::error(
                    "E-REF-003",
                    at,
                    format!("事项“{matter}”在套餐里出现了两次"),
                    format!("the matter \"{matter}\" stands twice in the package"),
                )
                .expected("每个事项一次", "each matter once"),
            ),
            Some(part) => {
                waits_for_matters |= part.broken;
                limits::promised(loaded, index, node, &part.loaded.value, found);
                parts.push((index, part));
            }
        }
    }
    let (mut fields, mut materials) = (asked(loaded, &package.fields, &scope, found), Vec::new());
    let mut plans = Vec::new();
    for (nth, (node, part)) in parts.iter().enumerate() {
        let nth = u8::try_from(nth + 1).unwrap_or(u8::MAX);
        let (other, mut part_fields, mut part_materials) = (part.loaded, part.fields.clone(), part.materials.clone());
        for field in &other.value.fields {
            scope.field(&field.id, names::field_type(field));
        }
        part_fields.iter_mut().flat_map(|plan| &mut plan.asked_by).for_each(|(asks, _)| *asks = nth);
        part_materials.iter_mut().flat_map(|plan| &mut plan.needed_by).for_each(|(needs, _)| *needs = nth);
        merged::fields(other, &mut fields, part_fields, found);
        merged::materials(other, &mut materials, part_materials, found);
        if let Some(graph) = part.graph.clone() {
            let mut plan = plan(&other.value, graph, u16::try_from(*node).ok());
            plan.promised = limits::promise_for(&package.nodes[*node], &other.value);
            plans.push(plan);
        }
    }
    let parts: Vec<(usize, &Loaded<'_, Matter>)> = parts.iter().map(|(node, part)| (*node, part.loaded)).collect();
    merged::answered(loaded, &parts, found);
    shared::known(loaded, &materials, found);
    shared::obtained_together(loaded, packages, &parts, found);
    let graph = graph::graph(loaded, FileKind::Package, &package.nodes, &package.edges, &mut scope, found);
    if incomplete {
        // What a matter that was not read would have declared is not missing.
        let mut nth = 0;
        found.retain(|finding| {
            nth += 1;
            nth <= before || !["E-COND-002", "E-REF-005"].contains(&finding.code)
        });
        return None;
    }
    let graph = graph?;
    produced::results(&parts, &mut materials, found);
    on_time::package_stops(loaded, found);
    if found.len() > before || waits_for_matters || plans.len() != parts.len() {
        return None;
    }
    let mut names = Names::default();
    package.questions.iter().for_each(|question| names.answer(&question.id, names::question_type(question)));
    let elsewhere = parts.iter().flat_map(|(_, other)| &other.value.fields);
    elsewhere.for_each(|field| names.form(&field.id, Holds { nothing: true, ..names::holds(field) }));
    package.fields.iter().for_each(|field| names.form(&field.id, names::holds(field)));
    conditions(loaded, &graph, (names.clone(), &fields, &materials), found);
    wait_for_each_other(&graph, &mut plans);
    let mut sources = vec![source_of(loaded)];
    sources.extend(parts.iter().map(|(_, other)| source_of(other)));
    plans.insert(
        0,
        Plan {
            id: package.id.as_str().into(),
            title: package.title.clone(),
            graph,
            node: None,
            waits_for: Vec::new(),
            department: package.lead.clone(),
            power: None,
            statutory: None,
            promised: (package.promise.scope != PromiseScope::EachMatter).then_some(package.promise.limit),
            starts: package_start(package, &parts),
            results: Vec::new(),
            before: None,
        },
    );
    let workflow = Workflow {
        id: package.id.as_str().into(),
        title: package.title.clone(),
        kind: FileKind::Package,
        hash: hash(&sources),
        fetches: Fetches::new(&plans, &materials),
        plans,
        fields,
        questions: package.questions.clone(),
        materials,
        promise: Some(package.promise.clone()),
        reductions: Some(package.reductions.clone()),
        sources,
    };
    let own = PartFile { source: &loaded.source, fields: &package.fields, materials: &[], results: &[] };
    let files: Vec<PartFile<'_>> =
        std::iter::once(own).chain(parts.iter().map(|(_, other)| matter_file(other))).collect();
    let whole = Whole::new(&workflow, &files, &names);
    whole.check(found);
    on_time::promise(loaded, &workflow, &whole, found);
    on_time::limited(loaded, &workflow, found);
    Some(workflow)
}

fn matter_file<'a>(loaded: &'a Loaded<'_, Matter>) -> PartFile<'a> {
    let Matter { fields, materials, results, .. } = &loaded.value;
    PartFile { source: &loaded.source, fields, materials, results }
}

/// What the conditions of a file decide, and who must be somebody else.
fn conditions<T>(
    loaded: &Loaded<'_, T>,
    graph: &Graph,
    (mut names, fields, materials): (Names, &[FieldPlan], &[MaterialPlan]),
    found: &mut Vec<Diagnostic>,
) {
    for (node, step) in graph.steps().filter(|(_, step)| !step.node.outcomes().is_empty()) {
        names.outcome(node, &step.id, &step.node.outcomes());
    }
    let own = |(part, when): &'_ (u8, Option<Condition>)| when.clone().filter(|_| *part == 0);
    let asked = fields.iter().enumerate().flat_map(|(nth, plan)| {
        plan.asked_by.iter().filter_map(own).map(move |when| (format!("/fields/{nth}/when"), when))
    });
    let needed = materials.iter().enumerate().flat_map(|(nth, plan)| {
        plan.needed_by.iter().filter_map(own).map(move |when| (format!("/materials/{nth}/when"), when))
    });
    let whens: Vec<(String, Condition)> = asked.chain(needed).collect();
    let ways = (0..graph.edge_count()).filter_map(|edge| graph.way(edge).when.as_ref());
    let space = Space::new(&names, ways.chain(whens.iter().map(|(_, when)| when)));
    for (pointer, when) in &whens {
        decidable::sometimes(&space, &loaded.source.place(pointer), when, found);
    }
    let paths = Paths::new(graph);
    let unreadable = reads::outcomes(loaded, graph, &paths, found);
    decidable::splits(loaded, graph, &space, &unreadable, found);
    reads::passed_over(loaded, graph, &paths, &space, found);
    duties::check(loaded, graph, &paths, found);
}

/// A promise that counts from the end of the acceptance period uses the period of the matter that has one.
fn package_start(package: &Package, parts: &[(usize, &Loaded<'_, Matter>)]) -> ClockStart {
    match package.promise.scope {
        PromiseScope::Package | PromiseScope::EachMatter => ClockStart::Acceptance,
        PromiseScope::AfterPeriod => parts
            .iter()
            .map(|(_, other)| &other.value.limits.starts)
            .find(|starts| matches!(starts, ClockStart::PeriodEnd { .. }))
            .cloned()
            .unwrap_or_default(),
    }
}

/// Which matters may run before which: there is a way from one's step to the other's.
fn wait_for_each_other(graph: &Graph, plans: &mut [Plan]) {
    let nodes: Vec<u16> = plans.iter().filter_map(|plan| plan.node).collect();
    for (index, plan) in plans.iter_mut().enumerate() {
        let Some(node) = plan.node else { continue };
        let earlier = nodes.iter().enumerate().filter(|(other, from)| {
            *other != index && has_path_connecting(graph.petgraph(), (**from).into(), node.into(), None)
        });
        plan.waits_for = earlier.filter_map(|(other, _)| u8::try_from(other + 1).ok()).collect();
    }
}

fn plan(matter: &Matter, graph: Graph, node: Option<u16>) -> Plan {
    Plan {
        id: matter.id.as_str().into(),
        title: matter.title.clone(),
        graph,
        node,
        waits_for: Vec::new(),
        department: matter.department.clone(),
        power: Some(matter.power),
        statutory: matter.limits.statutory,
        promised: matter.limits.promised,
        starts: matter.limits.starts.clone(),
        results: matter.results.clone(),
        before: Some(matter.before.clone()),
    }
}

fn source_of<T>(loaded: &Loaded<'_, T>) -> SourceFile {
    SourceFile { name: loaded.input.name.clone(), text: loaded.source.text().to_owned() }
}

/// SHA-256 over the texts, each with its length, so that no two sets of files share one.
fn hash(sources: &[SourceFile]) -> Arc<str> {
    let mut hasher = Sha256::new();
    for source in sources {
        hasher.update((source.text.len() as u64).to_be_bytes());
        hasher.update(source.text.as_bytes());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

fn asked<T>(loaded: &Loaded<'_, T>, fields: &[Field], scope: &Scope, found: &mut Vec<Diagnostic>) -> Vec<FieldPlan> {
    let plan = |(index, field): (usize, &Field)| {
        let when = when(loaded, &format!("/fields/{index}/when"), field.when.as_deref(), scope, found);
        FieldPlan { field: field.clone(), asked_by: vec![(0, when)] }
    };
    fields.iter().enumerate().map(plan).collect()
}

fn needed<T>(
    loaded: &Loaded<'_, T>,
    materials: &[Material],
    scope: &Scope,
    found: &mut Vec<Diagnostic>,
) -> Vec<MaterialPlan> {
    let plan = |(index, material): (usize, &Material)| {
        let when = when(loaded, &format!("/materials/{index}/when"), material.when.as_deref(), scope, found);
        MaterialPlan { material: material.clone(), needed_by: vec![(0, when)], produced_by: None }
    };
    materials.iter().enumerate().map(plan).collect()
}

fn when<T>(
    loaded: &Loaded<'_, T>,
    pointer: &str,
    text: Option<&str>,
    scope: &Scope,
    found: &mut Vec<Diagnostic>,
) -> Option<Condition> {
    text.and_then(|text| names::condition(loaded, pointer, text, scope, found))
}

/// The names a matter's nodes use, and what its kind of power allows.
fn uses(loaded: &Loaded<'_, Matter>, found: &mut Vec<Diagnostic>) {
    let matter = &loaded.value;
    let results = || matter.results.iter().map(|result| result.id.as_str());
    let mut issued = Vec::new();
    for (index, node) in matter.nodes.iter().enumerate() {
        match node {
            Node::Issue { results: ids, .. } => {
                for (nth, id) in ids.iter().enumerate() {
                    issued.push(id.as_str());
                    if !results().any(|known| known == id) {
                        let at = loaded.source.place(&format!("/nodes/{index}/results/{nth}"));
                        found.push(names::unknown("E-REF-004", at, ("结果", "result"), id, results()));
                    }
                }
            }
            Node::Service { obtains, .. } => {
                let shared: Vec<&str> = shared::ids(&matter.materials).collect();
                for (nth, id) in obtains.iter().enumerate().filter(|(_, id)| !shared.contains(&id.as_str())) {
                    let at = loaded.source.place(&format!("/nodes/{index}/obtains/{nth}"));
                    found.push(names::unknown("E-REF-005", at, ("共享材料", "shared material"), id, shared.clone()));
                }
            }
            Node::Decide { .. } if matter.power == Power::PublicService => found.push(
                Diagnostic::error(
                    "E-DATA-005",
                    loaded.source.place(&format!("/nodes/{index}/type")),
                    "公共服务没有法律决定，不能有 decide 节点",
                    "a public service makes no legal decision and has no decide node",
                )
                .help("改用 review，或更正 power", "use review, or correct \"power\""),
            ),
            _ => {}
        }
    }
    for (index, id) in results().enumerate().filter(|(_, id)| !issued.contains(id)) {
        found.push(
            Diagnostic::error(
                "E-DATA-003",
                loaded.source.place(&format!("/results/{index}")),
                format!("没有节点发放结果“{id}”"),
                format!("no node issues the result \"{id}\""),
            )
            .help("在 issue 节点的 results 里写上它", "name it in the results of an issue node"),
        );
    }
}

//! Materials from shared sources: some automatic step fetches each of them, and fetches nothing else.

use crate::check::file::Loaded;
use crate::check::names;
use crate::definition::{Material, MaterialSource, Matter, Node, Package};
use crate::diagnostic::Diagnostic;
use crate::workflow::MaterialPlan;

/// The ids of the materials that come from a shared source.
pub(crate) fn ids(materials: &[Material]) -> impl Iterator<Item = &str> {
    materials.iter().filter(|m| matches!(m.source, MaterialSource::Shared { .. })).map(|m| &*m.id)
}

/// The shared materials that a package's automatic steps obtain are materials of its matters.
pub(crate) fn known(loaded: &Loaded<'_, Package>, materials: &[MaterialPlan], found: &mut Vec<Diagnostic>) {
    let known: Vec<&str> = materials
        .iter()
        .filter(|plan| matches!(plan.material.source, MaterialSource::Shared { .. }))
        .map(|plan| &*plan.material.id)
        .collect();
    for (index, node) in loaded.value.nodes.iter().enumerate() {
        let Node::Service { obtains, .. } = node else { continue };
        for (nth, id) in obtains.iter().enumerate().filter(|(_, id)| !known.contains(&id.as_str())) {
            let at = loaded.source.place(&format!("/nodes/{index}/obtains/{nth}"));
            found.push(names::unknown("E-REF-005", at, ("共享材料", "shared material"), id, known.clone()));
        }
    }
}

/// Every shared material of a matter is obtained by a step of its own or of a package that runs it.
pub(crate) fn obtained_alone(
    loaded: &Loaded<'_, Matter>,
    packages: &[Loaded<'_, Package>],
    found: &mut Vec<Diagnostic>,
) {
    let matter = &loaded.value;
    for (index, material) in matter.materials.iter().enumerate() {
        let MaterialSource::Shared { system } = &material.source else { continue };
        let id = &material.id;
        let by_a_package = packages
            .iter()
            .map(|package| &package.value)
            .filter(|package| runs(package, &matter.id))
            .any(|package| obtains(&package.nodes, id));
        if obtains(&matter.nodes, id) || by_a_package {
            continue;
        }
        found.push(
            Diagnostic::error(
                "E-DATA-006",
                loaded.source.place(&format!("/materials/{index}")),
                format!("材料“{id}”来自“{}”，但没有 service 节点去取", system.zh),
                format!("the material \"{id}\" comes from \"{}\", but no service node fetches it", system.en),
            )
            .help(
                format!("加一个 service 节点，在 obtains 里写“{id}”；或把来源改为 applicant"),
                format!("add a service node with \"{id}\" in its \"obtains\", or let the applicant bring it"),
            ),
        );
    }
}

/// A matter that leaves the fetching to its packages is fetched for by this one, too.
pub(crate) fn obtained_together(
    loaded: &Loaded<'_, Package>,
    packages: &[Loaded<'_, Package>],
    parts: &[(usize, &Loaded<'_, Matter>)],
    found: &mut Vec<Diagnostic>,
) {
    for (node, part) in parts {
        let matter = &part.value;
        for id in ids(&matter.materials) {
            let elsewhere = || packages.iter().any(|p| runs(&p.value, &matter.id) && obtains(&p.value.nodes, id));
            if obtains(&matter.nodes, id) || obtains(&loaded.value.nodes, id) || !elsewhere() {
                continue;
            }
            found.push(
                Diagnostic::error(
                    "E-DATA-006",
                    loaded.source.place(&format!("/nodes/{node}/matter")),
                    format!("事项“{}”的材料“{id}”由套餐去取，这个套餐却没有 service 节点取它", matter.id),
                    format!(
                        "the matter \"{}\" leaves fetching \"{id}\" to its package, but no service node here does it",
                        matter.id
                    ),
                )
                .help(
                    format!("在套餐里加一个 service 节点，在 obtains 里写“{id}”"),
                    format!("add a service node with \"{id}\" in its \"obtains\" to the package"),
                ),
            );
        }
    }
}

fn runs(package: &Package, id: &str) -> bool {
    package.nodes.iter().any(|node| matches!(node, Node::Matter { matter, .. } if matter == id))
}

fn obtains(nodes: &[Node], id: &str) -> bool {
    nodes.iter().any(|node| matches!(node, Node::Service { obtains, .. } if obtains.iter().any(|known| known == id)))
}

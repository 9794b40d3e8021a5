//! Both READMEs.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::{Fence, fences, read, root};
use crate::cli::{Place, code, onething, text};

const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];
/// The first command of the READMEs, as quick as a test needs it.
const SHORT_DEMO: &str = "onething demo --cases 20 --speed 3000";

#[test]
fn the_five_minutes_of_each_readme_go_as_they_say() {
    for readme in READMES {
        let place = Place::new();
        copy(&root().join("workflows"), &place.path("workflows"));
        shell(&place, SHORT_DEMO);
        let told = scripts_go_as_they_say(readme, &place);
        assert!(told >= 4, "{readme}: only {told} scripts have a sample of what they print");
    }
}

#[test]
fn the_sample_of_an_explained_package_is_what_is_printed() {
    let place = Place::new();
    copy(&root().join("workflows"), &place.path("workflows"));
    assert_eq!(scripts_go_as_they_say("docs/explain.md", &place), 1);
}

/// Runs the scripts of a document and holds what they print against the samples behind them; how many have one.
fn scripts_go_as_they_say(document: &str, place: &Place) -> usize {
    let fences = fences(&read(document));
    let scripts = fences.iter().enumerate().filter(|(_, it)| it.info == "sh" && !it.text.starts_with("cargo"));
    let mut told = 0;
    for (nth, script) in scripts {
        let (code, said) = shell(place, &script.text);
        assert!(code == 0 || code == 1, "{document}:{}: {code}\n{said}", script.line);
        let Some(sample) = fences.get(nth + 1).filter(|it| it.info == "text") else { continue };
        expect(document, sample, &said);
        told += 1;
    }
    told
}

/// Every line of a sample stands in what was printed; `…` stands for anything within a line.
fn expect(readme: &str, sample: &Fence, said: &str) {
    for line in sample.text.lines() {
        let matches = |printed: &&str| {
            let mut rest = *printed;
            line.split('…').all(|part| match rest.find(part) {
                Some(at) => {
                    rest = &rest[at + part.len()..];
                    true
                }
                None => false,
            })
        };
        assert!(said.lines().any(|printed| matches(&printed)), "{readme}:{}: no line\n{line}\nin\n{said}", sample.line);
    }
}

/// Runs a script where the program is on the path, with colours off.
fn shell(place: &Place, script: &str) -> (i32, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_onething"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("bash")
        .args(["-c", &format!("{script}\n")])
        .current_dir(place.path(""))
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    (code(&output), format!("{}{}", text(&output.stdout), text(&output.stderr)))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { drop(std::fs::copy(entry.path(), target)) }
    }
}

#[test]
fn every_command_stands_in_both_readmes() {
    let mut commands = BTreeSet::new();
    walk(&mut Vec::new(), &mut commands);
    assert!(commands.contains("onething demo") && commands.contains("onething case why"), "{commands:?}");
    for readme in READMES {
        let document = read(readme);
        for command in &commands {
            let named = document.contains(&format!("| `{command}`")) || document.contains(&format!("| `{command} "));
            assert!(named, "{readme}: the table of commands lacks a row for `{command}`");
        }
        for command in ["cargo run --release -- demo", "cargo xtask test"] {
            assert!(document.contains(&format!("```sh\n{command}\n```")), "{readme}: `{command}`");
        }
    }
}

/// Collects the commands that have none below them, from what `--help` lists.
fn walk(above: &mut Vec<String>, commands: &mut BTreeSet<String>) {
    let mut arguments: Vec<&str> = above.iter().map(String::as_str).collect();
    arguments.push("--help");
    let help = text(&onething(&arguments).stdout);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A description that goes on in the next line is indented further.
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<String> = names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    if names.is_empty() {
        commands.insert(format!("onething {}", above.join(" ")));
    }
    for name in names.into_iter().filter(|name| name != "help") {
        above.push(name);
        walk(above, commands);
        above.pop();
    }
}

#[test]
fn the_picture_is_what_the_command_draws() {
    let package = "workflows/packages/open-restaurant.json";
    let drawn = onething(&["draw", package, "--own"]);
    assert_eq!(code(&drawn), 0, "{}", text(&drawn.stderr));
    // The edition of the file stands in the picture; a remark that changes it changes nothing one sees.
    let seen = |picture: &str| -> Vec<String> {
        picture.lines().filter(|line| !line.contains("版本 version")).map(str::to_owned).collect()
    };
    let drawing = format!("cargo run -- draw {package} --own -o docs/open-restaurant.svg");
    assert!(seen(&read("docs/open-restaurant.svg")) == seen(&text(&drawn.stdout)), "out of date: {drawing}");
}

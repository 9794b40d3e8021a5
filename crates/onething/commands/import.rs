//! `onething import`: definitions of other systems made into ours.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use onething_engine::diagnostic::{Diagnostic, Severity};
use onething_engine::{FILE_BYTES_MAX, InputFile, check};
use onething_import::{Imported, Item, Refusal, digit};
use serde_json::json;

use crate::exit::{BROKEN, Failure, Outcome, REFUSED, USAGE};
use crate::{files, findings};

/// Pointers of one entry that are shown; the JSON report has them all.
const SHOWN_MAX: usize = 6;

const AFTER_HELP: &str = "\
退出码 Exit codes:
  0  已导入，来源完好，生成的文件通过检查 imported; nothing is broken in the source and the result passes the check
  1  来源有问题，或生成的文件通不过检查（文件仍然写出，供作者改正）
     something is broken, or the result does not pass the check (the file is still written, to be mended)
  2  命令行写错 the command line is wrong
  3  文件读不了或写不了 a file cannot be read or written";

/// What to import.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Options {
    #[command(subcommand)]
    from: From,
}

#[derive(clap::Subcommand)]
enum From {
    /// eGov DIGIT 的 BusinessService / A BusinessService of eGov DIGIT
    #[command(after_help = AFTER_HELP)]
    Digit(DigitOptions),
}

#[derive(clap::Args)]
struct DigitOptions {
    /// DIGIT 的 JSON 文件：单个 BusinessService、BusinessServices 列表或主数据文件 / The JSON file: one BusinessService, a list of them, or a master-data file
    file: PathBuf,
    /// 写到哪个文件或文件夹；文件名就是事项的 id；不写则输出到屏幕 / The file or folder to write to; the file's name is the matter's id; standard output when absent
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// 文件里有多个 BusinessService 时导入哪一个 / Which one to import when the file holds several
    #[arg(long)]
    service: Option<String>,
    /// 输出一个 JSON 对象：报告；不写 -o 时也含事项的文本 / Print one JSON object: the report, and without -o the matter's text
    #[arg(long)]
    json: bool,
}

/// Imports one definition.
pub(crate) fn run(options: &Options) -> Outcome {
    let From::Digit(options) = &options.from;
    import_digit(options).map_err(|failure| failure.with_json(options.json))
}

fn import_digit(options: &DigitOptions) -> Outcome {
    let id = options.output.as_deref().map(id).transpose()?.flatten();
    let source = files::read_one(&options.file, FILE_BYTES_MAX)?;
    let imported = match digit::import(&source.name, &source.bytes, options.service.as_deref(), id.as_deref()) {
        Ok(imported) => imported,
        Err(refusal) => return refused(refusal, &source, options.json),
    };
    let output = options
        .output
        .as_ref()
        .map(|path| if path.is_dir() { path.join(format!("{}.json", imported.id)) } else { path.clone() });
    if let Some(path) = &output {
        std::fs::write(path, &imported.text).map_err(|error| {
            let path = path.display();
            Failure::new(BROKEN, format!("写不了 {path}：{error}"), format!("cannot write {path}: {error}"))
        })?;
    }
    let name = output.as_ref().map_or_else(|| format!("{}.json", imported.id), |path| path.display().to_string());
    let result = InputFile { name, bytes: imported.text.clone().into_bytes() };
    let checked = check(std::slice::from_ref(&result));
    let good = imported.is_sane() && checked.is_good();
    if options.json {
        let mut report = json!({
            "format": "digit", "service": imported.name, "matter": imported.id, "output": output, "good": good,
            "carried_over": imported.carried_over, "not_carried_over": imported.not_carried_over,
            "findings": imported.findings, "check": checked.diagnostics,
        });
        if output.is_none() {
            report["text"] = imported.text.clone().into();
        }
        println!("{report}");
    } else {
        if output.is_none() {
            print!("{}", imported.text);
        }
        eprint!("{}", told(&imported, &checked.diagnostics, &[source, result], good));
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// The id that the name of the file to write asks for; a folder asks for none.
fn id(output: &Path) -> Result<Option<String>, Failure> {
    if output.is_dir() {
        return Ok(None);
    }
    let name = output.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = name.strip_suffix(".json").unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let fits =
        stem.starts_with(|first: char| first.is_ascii_lowercase()) && stem.len() <= 64 && stem.chars().all(plain);
    if fits {
        return Ok(Some(stem.to_owned()));
    }
    Err(Failure::new(
        USAGE,
        format!("文件名“{name}”不能作事项的 id：小写字母开头，只含小写字母、数字和连字符，以 .json 结尾"),
        format!(
            "the file name \"{name}\" cannot be a matter's id: a lower-case letter, then lower-case letters, digits and hyphens, then .json"
        ),
    ))
}

fn refused(refusal: Refusal, source: &InputFile, json: bool) -> Outcome {
    let choose = |zh: &str, en: &str, names: Vec<String>| {
        let names = names.join(", ");
        Err(Failure::new(USAGE, format!("{zh}：{names}"), format!("{en}: {names}")))
    };
    match refusal {
        Refusal::Choose(names) => choose(
            "文件里有多个 BusinessService，请用 --service 指明一个",
            "the file holds several business services, name one with --service",
            names,
        ),
        Refusal::Unknown(names) => {
            choose("文件里没有这个 BusinessService，有", "the file holds no business service of this name, but", names)
        }
        Refusal::Broken(found) => {
            if json {
                println!("{}", json!({"format": "digit", "good": false, "findings": found}));
            } else {
                for finding in &found {
                    eprint!("{}", findings::text(finding, std::slice::from_ref(source)));
                }
                eprintln!("没有导入 / nothing was imported");
            }
            Ok(ExitCode::from(REFUSED))
        }
    }
}

/// The report as people read it.
fn told(imported: &Imported, checked: &[Diagnostic], files: &[InputFile], good: bool) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "导入 DIGIT “{}”，成为事项 {} / imported as the matter {1}\n", imported.name, imported.id);
    let _ = writeln!(out, "带过来的 carried over：");
    imported.carried_over.iter().for_each(|item| entry(&mut out, item));
    if !imported.not_carried_over.is_empty() {
        let _ = writeln!(out, "\n没有带过来的 not carried over：");
        imported.not_carried_over.iter().for_each(|item| entry(&mut out, item));
    }
    out.push('\n');
    for (heading, found) in
        [("来源里的问题 in the source", imported.findings.as_slice()), ("生成文件的检查 check of the result", checked)]
    {
        if !found.is_empty() {
            let _ = writeln!(out, "{heading}：");
            found.iter().for_each(|finding| out.push_str(&findings::text(finding, files)));
        }
    }
    let errors = |found: &[Diagnostic]| found.iter().filter(|it| it.severity == Severity::Error).count();
    let (broken, wrong) = (errors(&imported.findings), errors(checked));
    let _ = if good {
        writeln!(out, "来源完好，生成的文件通过检查 / nothing is broken, and the result passes the check")
    } else {
        writeln!(
            out,
            "来源有 {broken} 处问题，生成的文件有 {wrong} 个错误 / {broken} faults in the source, {wrong} errors in the result"
        )
    };
    out
}

fn entry(out: &mut String, item: &Item) {
    let count = item.at.len();
    let more = if count > SHOWN_MAX { format!(" … ({count})") } else { String::new() };
    let at: Vec<&str> = item.at.iter().take(SHOWN_MAX).map(String::as_str).collect();
    let _ = writeln!(out, "  {}：{}", item.key, item.message.zh);
    let _ = writeln!(out, "    {}", item.message.en);
    let _ = writeln!(out, "    {}{more}", at.join(" "));
}

//! Reading definition files: from folders that people edit, or the ones carried inside the program.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use onething_engine::calendar::Calendar;
use onething_engine::diagnostic::closest;
use onething_engine::{Checked, FILE_BYTES_MAX, InputFile, Workflow, check};

use crate::exit::{BROKEN, Failure, REFUSED};
use crate::findings;

/// Most files looked at in one run; a district has a few hundred matters.
const FILES_MAX: usize = 5_000;
/// Deepest folder looked into.
const FOLDERS_MAX: usize = 8;
/// The folder looked for when none is named.
const FOLDER: &str = "workflows";
/// The definitions carried inside the program.
static CARRIED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/workflows");

/// All JSON files at some paths, folders included, in order of name. A folder's `schema` is left out.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<InputFile>, Failure> {
    let mut names = Vec::new();
    for path in paths {
        collect(path, FOLDERS_MAX, true, &mut names)?;
    }
    names.sort();
    names.dedup();
    names.iter().map(|path| read_one(path)).collect()
}

fn collect(path: &Path, depth: usize, named: bool, names: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| {
        let path = path.display();
        Failure::new(BROKEN, format!("读不了 {path}：{error}"), format!("cannot read {path}: {error}"))
    };
    if names.len() > FILES_MAX {
        return Err(Failure::new(BROKEN, format!("文件超过 {FILES_MAX} 个"), format!("more than {FILES_MAX} files")));
    }
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        if named || path.extension().is_some_and(|extension| extension == "json") {
            names.push(path.to_owned());
        }
        return Ok(());
    }
    if depth == 0 || (!named && path.file_name().is_some_and(|name| name == "schema")) {
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        collect(&entry.map_err(unreadable)?.path(), depth - 1, false, names)?;
    }
    Ok(())
}

fn read_one(path: &Path) -> Result<InputFile, Failure> {
    let unreadable = |error: std::io::Error| {
        let path = path.display();
        Failure::new(BROKEN, format!("读不了 {path}：{error}"), format!("cannot read {path}: {error}"))
    };
    let mut bytes = Vec::new();
    let most = FILE_BYTES_MAX as u64 + 1;
    std::fs::File::open(path).map_err(unreadable)?.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(InputFile { name: path.display().to_string(), bytes })
}

/// The other definitions of the tree a file stands in: a package finds its matters without naming them. Files of a
/// folder that cannot be read are left to whoever names them.
pub(crate) fn neighbours(paths: &[PathBuf], known: &[String]) -> Vec<InputFile> {
    let mut found: Vec<InputFile> = Vec::new();
    for path in paths.iter().filter(|path| path.is_file()) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        for beside in ["../matters", "../calendars", "."] {
            let beside = folder.join(beside);
            let files = if beside.is_dir() { read(&[beside]).unwrap_or_default() } else { Vec::new() };
            found.extend(files.into_iter().filter(|file| !same_file(&file.name, known)));
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|a, b| a.name == b.name);
    found
}

fn same_file(name: &str, known: &[String]) -> bool {
    let real = |name: &str| std::fs::canonicalize(name).ok();
    let it = real(name);
    known.iter().any(|known| known == name || (it.is_some() && real(known) == it))
}

/// Reads at most so many bytes of a file (`-` is standard input) as text.
pub(crate) fn read_text(path: &Path, bytes_max: u64) -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| {
        let path = path.display();
        Failure::new(BROKEN, format!("读不了 {path}：{error}"), format!("cannot read {path}: {error}"))
    };
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().take(bytes_max + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        std::fs::File::open(path)
            .map_err(unreadable)?
            .take(bytes_max + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
    }
    if bytes.len() as u64 > bytes_max {
        let path = path.display();
        return Err(Failure::new(
            BROKEN,
            format!("{path} 超过 {bytes_max} 字节"),
            format!("{path} has more than {bytes_max} bytes"),
        ));
    }
    String::from_utf8(bytes).map_err(|_| {
        let path = path.display();
        Failure::new(BROKEN, format!("{path} 不是 UTF-8 文本"), format!("{path} is not UTF-8 text"))
    })
}

/// The definitions to run with, where they came from, and the working calendar.
pub(crate) struct Library {
    pub(crate) checked: Checked,
    pub(crate) from: String,
}

impl Library {
    /// Definitions from a folder; without one from `./workflows`, else those carried inside the program.
    pub(crate) fn load(folder: Option<&Path>) -> Result<Self, Failure> {
        let (files, from) = match folder {
            Some(folder) => (read(&[folder.to_owned()])?, folder.display().to_string()),
            None if Path::new(FOLDER).is_dir() => (read(&[FOLDER.into()])?, FOLDER.to_owned()),
            None => (carried(), "程序自带 carried inside the program".to_owned()),
        };
        let checked = check(&files);
        if checked.is_good() {
            return Ok(Self { checked, from });
        }
        for finding in &checked.diagnostics {
            eprint!("{}", findings::text(finding, &files));
        }
        Err(Failure::new(
            REFUSED,
            format!("{from} 里的定义有错，没有运行"),
            format!("the definitions in {from} have errors: nothing was run"),
        ))
    }

    /// A package or matter.
    pub(crate) fn workflow(&self, id: &str) -> Result<&Workflow, Failure> {
        self.checked.workflows.get(id).ok_or_else(|| {
            let known: Vec<&str> = self.checked.workflows.keys().map(String::as_str).collect();
            let meant = closest(id, known.iter().copied());
            let zh = meant.map(|name| format!("，是否想写“{name}”？")).unwrap_or_default();
            let en = meant.map(|name| format!(": did you mean \"{name}\"?")).unwrap_or_default();
            Failure::new(
                REFUSED,
                format!("没有套餐或事项“{id}”{zh}（有：{}）", known.join("、")),
                format!("there is no package or matter \"{id}\"{en}"),
            )
        })
    }

    /// The working calendar.
    pub(crate) fn calendar(&self, id: &str) -> Result<Arc<Calendar>, Failure> {
        self.checked.calendars.get(id).cloned().map(Arc::new).ok_or_else(|| {
            let known: Vec<&str> = self.checked.calendars.keys().map(String::as_str).collect();
            Failure::new(
                BROKEN,
                format!("没有日历“{id}”，有：{}", known.join("、")),
                format!("there is no calendar \"{id}\"; there is: {}", known.join(", ")),
            )
        })
    }
}

fn carried() -> Vec<InputFile> {
    fn walk(folder: &Dir<'_>, files: &mut Vec<InputFile>) {
        for file in folder.files().filter(|file| file.path().extension().is_some_and(|it| it == "json")) {
            let name = format!("workflows/{}", file.path().display());
            files.push(InputFile { name, bytes: file.contents().to_vec() });
        }
        for inner in folder.dirs().filter(|inner| inner.path() != Path::new("schema")) {
            walk(inner, files);
        }
    }
    let mut files = Vec::new();
    walk(&CARRIED, &mut files);
    files
}

//! Reading definition files: from folders that people edit, or the ones carried inside the program.

use std::collections::BTreeSet;
use std::fs::DirEntry;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use onething_engine::calendar::Calendar;
use onething_engine::definition::FileKind;
use onething_engine::diagnostic::closest;
use onething_engine::{Checked, FILE_BYTES_MAX, InputFile, Title, Workflow, check};

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

/// All JSON files at some paths, folders included, in order of name, each once however many links lead to it. A
/// folder's `schema` is left out.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<InputFile>, Failure> {
    read_within(paths, FILE_BYTES_MAX)
}

/// The same where a file may have another size. Of a larger one so much is read that its reader sees that it is.
pub(crate) fn read_within(paths: &[PathBuf], bytes_max: usize) -> Result<Vec<InputFile>, Failure> {
    let mut found = Found::default();
    for path in paths {
        found.collect(path, FOLDERS_MAX, true)?;
    }
    if found.names.is_empty() {
        let paths = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ");
        return Err(Failure::new(
            BROKEN,
            format!("{paths} 里没有定义文件（.json）"),
            format!("there is no definition (.json) in {paths}"),
        ));
    }
    found.names.sort();
    found.names.iter().map(|path| read_one(path, bytes_max)).collect()
}

/// Files found so far.
#[derive(Default)]
struct Found {
    names: Vec<PathBuf>,
    /// Files and folders without links: links may lead round in a circle.
    seen: BTreeSet<PathBuf>,
}

impl Found {
    fn collect(&mut self, path: &Path, depth: usize, named: bool) -> Result<(), Failure> {
        if self.names.len() > FILES_MAX {
            return Err(Failure::new(
                BROKEN,
                format!("文件超过 {FILES_MAX} 个"),
                format!("more than {FILES_MAX} files"),
            ));
        }
        let real = std::fs::canonicalize(path).map_err(unreadable(path))?;
        if !real.is_dir() {
            let wanted = named || path.extension().is_some_and(|extension| extension == "json");
            if wanted && self.seen.insert(real) {
                self.names.push(path.to_owned());
            }
            return Ok(());
        }
        let schemas = !named && path.file_name().is_some_and(|name| name == "schema");
        if depth == 0 || schemas || !self.seen.insert(real) {
            return Ok(());
        }
        let entries: Result<Vec<_>, _> = std::fs::read_dir(path).and_then(Iterator::collect);
        let mut entries: Vec<PathBuf> = entries.map_err(unreadable(path))?.iter().map(DirEntry::path).collect();
        entries.sort();
        entries.iter().try_for_each(|entry| self.collect(entry, depth - 1, false))
    }
}

fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::new(BROKEN, format!("读不了 {path}：{error}"), format!("cannot read {path}: {error}"))
}

/// Opens a plain file. Opening a pipe would wait for somebody to write into it, and a device never ends.
fn open(path: &Path) -> Result<std::fs::File, Failure> {
    let kind = std::fs::metadata(path).map_err(unreadable(path))?.file_type();
    if kind.is_file() {
        return std::fs::File::open(path).map_err(unreadable(path));
    }
    let (zh, en) = if kind.is_dir() { ("文件夹", "a folder") } else { ("管道或设备", "a pipe or a device") };
    let path = path.display();
    Err(Failure::new(BROKEN, format!("{path} 不是文件，是{zh}"), format!("{path} is not a file but {en}")))
}

/// One file, cut off where it is larger than it may be.
pub(crate) fn read_one(path: &Path, bytes_max: usize) -> Result<InputFile, Failure> {
    let mut bytes = Vec::new();
    open(path)?.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(unreadable(path))?;
    Ok(InputFile { name: path.display().to_string(), bytes })
}

/// The other definitions of the tree a file stands in: a package finds its matters without naming them, and a test file
/// what it tests. A file is called like its id, so of a package's neighbours only its matters are read; when one is not
/// there all are, for the check to guess what was meant.
pub(crate) fn neighbours(paths: &[PathBuf], asked: &[InputFile]) -> Vec<InputFile> {
    let mut found: Vec<InputFile> = Vec::new();
    for path in paths.iter().filter(|path| path.is_file()) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.display().to_string();
        let file = asked.iter().find(|file| file.name == name);
        let beside = file.and_then(|file| matters_of(file, folder)).unwrap_or_else(|| {
            ["../matters", "../packages", "../calendars", "."].map(|beside| folder.join(beside)).to_vec()
        });
        for path in beside.into_iter().filter(|path| path.exists()) {
            // What cannot be read is left to whoever names it.
            let files = read(&[path]).unwrap_or_default();
            found.extend(files.into_iter().filter(|file| !asked.iter().any(|it| same_file(&file.name, &it.name))));
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|a, b| a.name == b.name);
    found
}

/// The files of the matters that a package names, if it is a package and all are there.
fn matters_of(file: &InputFile, folder: &Path) -> Option<Vec<PathBuf>> {
    let package: serde_json::Value = serde_json::from_slice(&file.bytes).ok()?;
    if package["kind"] != FileKind::Package.word() {
        return None;
    }
    let ids: BTreeSet<&str> = package["nodes"].as_array()?.iter().filter_map(|node| node["matter"].as_str()).collect();
    let home = |id: &&str| {
        let name = format!("{id}.json");
        // What is no id leads to no file.
        let is_id = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        [folder.join("../matters").join(&name), folder.join(&name)].into_iter().find(|it| is_id && it.is_file())
    };
    ids.iter().map(home).collect()
}

fn same_file(one: &str, other: &str) -> bool {
    let real = |name: &str| std::fs::canonicalize(name).ok();
    one == other || real(one).is_some_and(|it| real(other) == Some(it))
}

/// Reads at most so many bytes of a file (`-` is standard input) as text.
pub(crate) fn read_text(path: &Path, bytes_max: u64) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let input: Box<dyn Read> = if path == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(open(path)?) };
    input.take(bytes_max + 1).read_to_end(&mut bytes).map_err(unreadable(path))?;
    let (zh, en) = called(path);
    if bytes.len() as u64 > bytes_max {
        return Err(Failure::new(
            BROKEN,
            format!("{zh} 超过 {bytes_max} 字节"),
            format!("{en} has more than {bytes_max} bytes"),
        ));
    }
    String::from_utf8(bytes)
        .map_err(|_| Failure::new(BROKEN, format!("{zh} 不是 UTF-8 文本"), format!("{en} is not UTF-8 text")))
}

/// What to call a file in a sentence, in Chinese and English.
pub(crate) fn called(path: &Path) -> (String, String) {
    let name = path.display().to_string();
    if name == "-" { ("标准输入".to_owned(), "standard input".to_owned()) } else { (name.clone(), name) }
}

/// The definitions to run with, where they came from, and the working calendar.
pub(crate) struct Library {
    pub(crate) checked: Checked,
    /// Where they came from, in Chinese and English.
    pub(crate) from: Title,
}

impl Library {
    /// Definitions from a folder; without one from `./workflows`, else those carried inside the program.
    pub(crate) fn load(folder: Option<&Path>) -> Result<Self, Failure> {
        let (files, from) = match folder {
            Some(folder) => {
                let name = folder.display().to_string();
                (read(&[folder.to_owned()])?, Title::new(name.clone(), name))
            }
            None => usual()?,
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
            format!("定义（{}）有错，没有运行", from.zh),
            format!("the definitions ({}) have errors: nothing was run", from.en),
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
            let has = |list: String, nothing: &str| if known.is_empty() { nothing.to_owned() } else { list };
            Failure::new(
                BROKEN,
                format!("没有日历“{id}”，有：{}", has(known.join("、"), "无")),
                format!("there is no calendar \"{id}\"; there is: {}", has(known.join(", "), "none")),
            )
        })
    }
}

/// The definitions in `./workflows`, else those carried inside the program; and where they came from.
pub(crate) fn usual() -> Result<(Vec<InputFile>, Title), Failure> {
    if Path::new(FOLDER).is_dir() {
        return Ok((read(&[FOLDER.into()])?, Title::new(FOLDER, FOLDER)));
    }
    Ok((carried(), Title::new("程序自带", "inside the program")))
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

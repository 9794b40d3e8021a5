//! `onething case`: one application at a time.

mod applicant;
mod explain;
mod history;
pub(crate) mod submit;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::builder::PossibleValuesParser;
use onething_engine::case::{Case, Status};
use onething_store::{CaseId, CentreId, Filter};
use onething_worker::{Centre, Recorded, SharedClock};
use serde_json::json;

use crate::exit::{BROKEN, Failure, Outcome, REFUSED, wait_for};
use crate::files::Library;
use crate::place::Place;
use crate::{chain, words};

pub(crate) use submit::template;

/// The name of the centre when none is given.
pub(crate) const CENTRE: &str = "centre";
/// Where data is kept when no place is named.
pub(crate) const DATA: &str = "onething-data";
/// Records read at once.
const PAGE: usize = 500;

/// What to do with cases.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    ask: Ask,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    chain: chain::Wish,
    /// 政务服务中心的名称 / The name of the centre
    #[arg(long, global = true, default_value = CENTRE)]
    centre: String,
    /// 定义所在的文件夹；缺省为 ./workflows，没有则用程序自带的 / Folder of definitions; else ./workflows, else those carried inside
    #[arg(long, global = true)]
    workflows: Option<PathBuf>,
    /// 输出一个 JSON 对象 / Print one JSON object
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand)]
enum Ask {
    /// 打印一份可以填写的申请 / Print an application to fill in
    Template {
        /// 套餐或事项 / The package or matter
        package: String,
    },
    /// 提交申请；同一份申请提交两次得到同一个回答 / Hand in an application; handing the same in twice gets the same answer
    Submit {
        /// 申请文件（JSON），- 为标准输入 / The application (JSON), - for standard input
        file: PathBuf,
    },
    /// 补交缺少的材料；同样的补交做两次得到同一个回答 / Supply materials that are missing; supplying the same twice gets the same answer
    Supply {
        /// 办件编号 / The case's number
        number: String,
        /// 材料的标识，可以写几个；缺哪些见 case show / Ids of the materials, one or more; case show lists what is missing
        #[arg(required = true, value_name = "MATERIAL")]
        materials: Vec<String>,
        /// 谁来补交；缺省为申请人 / Who supplies them; else the applicant
        #[arg(long)]
        by: Option<String>,
    },
    /// 撤回申请；同样的撤回做两次得到同一个回答 / Withdraw an application; withdrawing the same twice gets the same answer
    Withdraw {
        /// 办件编号 / The case's number
        number: String,
        /// 理由 / Why
        #[arg(long)]
        reason: String,
        /// 谁来撤回；缺省为申请人 / Who withdraws it; else the applicant
        #[arg(long)]
        by: Option<String>,
    },
    /// 列出办件 / List cases
    List {
        /// 状态 / State
        #[arg(long, value_parser = PossibleValuesParser::new(Status::ALL.map(Status::word)))]
        state: Option<String>,
        /// 套餐 / Package
        #[arg(long)]
        package: Option<String>,
        /// 申请人 / Applicant
        #[arg(long)]
        applicant: Option<String>,
        /// 最多列几件，1 到 1000 / At most so many, 1 to 1000
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        /// 从这个编号之后列起 / List from after this number
        #[arg(long)]
        after: Option<String>,
    },
    /// 查看一个办件的现状 / Show where a case stands
    Show {
        /// 办件编号 / The case's number
        number: String,
    },
    /// 查看一个办件的全部历史 / Show the whole history of a case
    History {
        /// 办件编号 / The case's number
        number: String,
    },
    /// 逐行说明为什么在那一天到期 / Explain line by line why it is due on that day
    Why {
        /// 办件编号 / The case's number
        number: String,
    },
    /// 核验历史没有被改动、删除或调换 / Verify that nothing in the history was changed, removed or reordered
    Verify {
        /// 办件编号；与 --all 二选一 / The case's number; or --all
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        number: Option<String>,
        /// 核验所有办件 / Verify every case
        #[arg(long)]
        all: bool,
    },
}

/// Does it.
pub(crate) fn run(options: Options) -> Outcome {
    let json = options.json;
    wait_for(answer(options)).map_err(|failure| failure.with_json(json))
}

async fn answer(options: Options) -> Outcome {
    let library = Library::load(options.workflows.as_deref())?;
    if let Ask::Template { package } = &options.ask {
        println!("{:#}", submit::template(library.workflow(package)?));
        return Ok(ExitCode::SUCCESS);
    }
    let writes = matches!(options.ask, Ask::Submit { .. });
    let directory = &options.place.data;
    let data = directory.display();
    let local = !options.place.is_shared();
    if local && directory.exists() && !directory.is_dir() {
        return Err(Failure::new(
            BROKEN,
            format!("{data} 是文件，不是数据目录"),
            format!("{data} is a file, not a data directory"),
        ));
    }
    if local && !writes && !directory.is_dir() {
        return Err(Failure::new(
            BROKEN,
            format!("没有数据目录 {data}：先运行 onething demo --data {data}，或用 --data 指定"),
            format!(
                "there is no data directory {data}: run onething demo --data {data} first, or name one with --data"
            ),
        ));
    }
    let store = options.place.open(options.chain).await?;
    let id = CentreId::from(&*options.centre);
    let clock = Arc::new(SharedClock::of(&*store, &id, 1.0).await?);
    let centre = Centre::new(id, store, library.calendar("cn")?, clock);
    match &options.ask {
        Ask::Template { .. } => Ok(ExitCode::SUCCESS),
        Ask::Submit { file } => submit::run(&centre, &library, file, options.json).await,
        Ask::Supply { number, materials, by } => {
            applicant::supply(&centre, number, materials, by.as_deref(), options.json).await
        }
        Ask::Withdraw { number, reason, by } => {
            applicant::withdraw(&centre, number, reason, by.as_deref(), options.json).await
        }
        Ask::List { state, package, applicant, limit, after } => {
            let filter = Filter { state: state.clone(), package: package.clone(), applicant: applicant.clone() };
            list(&centre, &filter, after.as_deref(), usize::from(*limit), options.json).await
        }
        Ask::Show { number } => explain::show(&centre, number, options.json).await,
        Ask::History { number } => history::run(&centre, number, options.json).await,
        Ask::Why { number } => explain::why(&centre, number, options.json).await,
        Ask::Verify { number: Some(number), .. } => verify::one(&centre, number, options.json).await,
        Ask::Verify { number: None, .. } => verify::all(&centre, options.json).await,
    }
}

/// A case that must be there.
pub(crate) async fn known(centre: &Centre, number: &str) -> Result<Case, Failure> {
    centre
        .case(&CaseId::from(number))
        .await?
        .ok_or_else(|| Failure::new(REFUSED, format!("没有办件 {number}"), format!("there is no case {number}")))
}

async fn list(centre: &Centre, filter: &Filter, after: Option<&str>, limit: usize, json: bool) -> Outcome {
    let after = after.map(CaseId::from);
    let found = centre.store().search(centre.id(), filter, after.as_ref(), limit).await?;
    let more = found.len() == limit;
    let mut rows = Vec::new();
    for found in &found {
        let Some(case) = centre.case(&found.case).await? else { continue };
        rows.push((found.case.to_string(), case));
    }
    if json {
        let cases: Vec<_> = rows
            .iter()
            .map(|(number, case)| {
                json!({
                    "number": number, "package": case.application.workflow, "applicant": case.application.applicant,
                    "status": case.status, "light": case.light(), "received": words::iso(case.received_at),
                })
            })
            .collect();
        println!("{}", json!({"cases": cases, "more": more}));
        return Ok(ExitCode::SUCCESS);
    }
    if rows.is_empty() {
        println!("没有符合条件的办件 / no case matches");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table =
        words::table(&["编号 number", "套餐 package", "申请人 applicant", "状态 state", "灯 light", "收件 received"]);
    for (number, case) in &rows {
        let light = if case.status.is_closed() { "" } else { case.light().zh() };
        table.add_row([
            number.as_str(),
            &case.application.workflow,
            &case.application.applicant,
            case.status.zh(),
            light,
            &words::minute(case.received_at),
        ]);
    }
    println!("{table}");
    if let (true, Some((last, _))) = (more, rows.last()) {
        println!("还有更多 / there are more: --after {last}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Every record of a case, oldest first.
pub(crate) async fn records(centre: &Centre, number: &str) -> Result<Vec<(onething_store::Record, Recorded)>, Failure> {
    let id = CaseId::from(number);
    let mut all: Vec<(onething_store::Record, Recorded)> = Vec::new();
    loop {
        let from = all.last().map_or(1, |(record, _)| record.version + 1);
        let page = centre.store().history(centre.id(), &id, from, PAGE).await?;
        let last = page.len() < PAGE;
        for record in page {
            let recorded = serde_json::from_slice(&record.payload).map_err(|error| {
                let version = record.version;
                Failure::new(
                    BROKEN,
                    format!("办件 {number} 的第 {version} 条记录读不懂：{error}"),
                    format!("record {version} of the case {number} cannot be read: {error}"),
                )
            })?;
            all.push((record, recorded));
        }
        if last {
            return Ok(all);
        }
    }
}

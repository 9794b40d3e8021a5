//! Handing in an application from a file.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use onething_engine::command::{Action, Command, Submission};
use onething_engine::definition::{FieldType, QuestionType};
use onething_engine::{DEPTH_MAX, Workflow};
use onething_store::{CaseId, CentreId, ChainHash};
use onething_worker::{Centre, Offer, With};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::exit::{Failure, Outcome, REFUSED};
use crate::files::{self, Library};
use crate::words;

/// Largest application file, in bytes.
pub(crate) const APPLICATION_BYTES_MAX: u64 = 1 << 20;

/// An application file.
#[derive(Deserialize)]
struct File {
    /// The package or matter applied for.
    package: String,
    /// The centre that decides, where this one only receives and delivers (异地代收代办).
    decided_at: Option<String>,
    /// The number the case shall get; made from the application when absent.
    number: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// An application, and the command that hands it in.
pub(crate) struct Application {
    pub(crate) workflow: Arc<Workflow>,
    pub(crate) command: Command,
    /// The number its case gets.
    pub(crate) number: String,
    /// The centre that decides, if it is another one.
    pub(crate) decided_at: Option<String>,
}

/// Reads an application handed in `here` from a text, which is `called` so in both languages.
pub(crate) fn read(
    text: &str,
    (zh, en): (&str, &str),
    library: &Library,
    here: &CentreId,
) -> Result<Application, Failure> {
    let unreadable = |error: serde_json::Error| {
        Failure::new(
            REFUSED,
            format!("{zh} 不是一份申请：{error}；onething case template 套餐 可打印一份"),
            format!("{en} is no application: {error}; onething case template PACKAGE prints one"),
        )
    };
    if text.bytes().filter(|byte| matches!(byte, b'{' | b'[')).count() > 10_000 * DEPTH_MAX {
        return Err(Failure::new(REFUSED, "申请文件太复杂", "the application file is too complex"));
    }
    let file: File = serde_json::from_str(text).map_err(unreadable)?;
    let workflow = Arc::new(library.workflow(&file.package)?.clone());
    // The same text is the same application: its hash names the command, and the case if nobody did.
    let hash = words::hex(&ChainHash::Sha256.digest(&[text.as_bytes()]));
    let number = file.number.unwrap_or_else(|| format!("{}-{}", file.package, &hash[..12]));
    let mut rest = file.rest;
    rest.insert("number".to_owned(), json!(number));
    let submission: Submission = serde_json::from_value(Value::Object(rest)).map_err(unreadable)?;
    let (by, submission) = (submission.applicant.clone(), Box::new(submission));
    let decided_at = file.decided_at.filter(|to| to != here.as_str());
    let action = match &decided_at {
        Some(to) => Action::Entrust { submission, to: to.as_str().into() },
        None => Action::Submit(submission),
    };
    let command = Command { id: format!("submit-{hash}").into(), by, action };
    Ok(Application { workflow, command, number, decided_at })
}

pub(super) async fn run(centre: &Centre, library: &Library, path: &Path, json: bool) -> Outcome {
    let text = files::read_text(path, APPLICATION_BYTES_MAX)?;
    let (zh, en) = files::called(path);
    let Application { workflow, command, number, decided_at } = read(&text, (&zh, &en), library, centre.id())?;
    centre.publish(workflow.clone()).await?;
    let with = With { workflow: Some(workflow), ..With::default() };
    let done = centre.act(&CaseId::from(&*number), &command, with).await?;
    if json {
        let answer = &done.answer;
        println!(
            "{}",
            json!({"number": answer.case, "version": answer.version, "status": answer.status, "decided_at": decided_at})
        );
    } else if done.happened.is_some() {
        println!("已收件，办件编号 {0} / received as case {0}", done.answer.case);
    } else {
        println!(
            "这份申请已经提交过，办件编号 {0} / this application was handed in before as case {0}",
            done.answer.case
        );
    }
    if let Some(to) = &decided_at
        && Offer::of(&**centre.store(), &to.as_str().into()).await?.is_none()
    {
        eprintln!("注意 note：这个存储里没有名为 {to} 的中心办过公；在别处的，办公进程要写 --peer {to}=存储地址");
        eprintln!(
            "    no centre named {to} has been at work in this store; one elsewhere is named to the worker with --peer {to}=STORE"
        );
    }
    if let Some(to) = decided_at.filter(|_| !json) {
        println!("由 {to} 决定，本中心代收、代送 / {to} decides; this centre receives and delivers");
    }
    Ok(ExitCode::SUCCESS)
}

/// An application with every question and field, to fill in.
pub(crate) fn template(workflow: &Workflow) -> Value {
    let mut answers = Map::new();
    for question in workflow.questions() {
        let value = match question.kind {
            QuestionType::Boolean => json!(false),
            QuestionType::Choice => {
                json!(question.choices.first().map(|choice| choice.id.as_str()).unwrap_or_default())
            }
        };
        answers.insert(question.id.clone(), value);
    }
    let mut form = Map::new();
    for plan in workflow.fields().iter().filter(|plan| !answers.contains_key(&plan.field.id)) {
        let field = &plan.field;
        let value = match field.kind {
            FieldType::Text => json!(field.title.zh),
            FieldType::Integer | FieldType::Number => json!(field.min.unwrap_or(1.0)),
            FieldType::Boolean => json!(false),
            FieldType::Choice => json!(field.choices.first().map(|choice| choice.id.as_str()).unwrap_or_default()),
            FieldType::Date => json!("2026-01-01"),
        };
        form.insert(field.id.clone(), value);
    }
    let filled = |map: &Map<String, Value>| serde_json::from_value(Value::Object(map.clone())).unwrap_or_default();
    let (answered, full) = (filled(&answers), filled(&form));
    let full = workflow.filled(&answered, &full);
    let chosen = workflow.chosen(&answered, &full);
    let asked: Vec<&str> = workflow.asked(&chosen, &answered, &full).map(|plan| plan.field.id.as_str()).collect();
    form.retain(|id, _| asked.contains(&id.as_str()));
    let materials: Vec<&str> = workflow
        .needed(&chosen, &answered, &full)
        .filter(|plan| workflow.brought(plan, &chosen))
        .map(|plan| &*plan.material.id)
        .collect();
    json!({
        "package": workflow.id(), "applicant": "申请人姓名", "answers": answers, "form": form, "materials": materials,
    })
}

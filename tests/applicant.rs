//! `onething case supply` and `onething case withdraw`, over a data directory and over a shared store.

use std::sync::Arc;

use onething_engine::case::{Case, Outcome};
use onething_engine::command::{Action, Command};
use onething_engine::{InputFile, check};
use onething_store::{CaseId, EmbeddedStore, Options};
use onething_worker::{Centre, SharedClock, With};
use redis_fixture::Server;
use serde_json::{Value, json};

use crate::cli::{Place, code, onething, parsed, text};

const SEAL: &str = "seal_impression";
const CARD: &str = "business_licence";

/// A store with one case for which the seal and the licence were not brought.
struct Desk {
    store: Vec<String>,
    number: String,
}

impl Desk {
    fn new(place: &Place, store: &[&str]) -> Self {
        let mut application = parsed(&onething(&["case", "template", "bank-account-booking"]));
        application["applicant"] = json!("李娜");
        application["materials"] = json!(["articles_of_association"]);
        let file = place.file("application.json", application.to_string().as_bytes());
        let mut desk = Self { store: store.iter().map(ToString::to_string).collect(), number: String::new() };
        let (code, said) = desk.ask(&["submit", &file]);
        assert_eq!(code, 0, "{said}");
        said["number"].as_str().unwrap().clone_into(&mut desk.number);
        desk
    }

    /// What a command about cases answers.
    fn ask(&self, words: &[&str]) -> (i32, Value) {
        let store: Vec<&str> = self.store.iter().map(String::as_str).collect();
        let output = onething(&[&["case"], words, &store, &["--json"]].concat());
        (code(&output), parsed(&output))
    }

    fn supply(&self, words: &[&str]) -> (i32, Value) {
        self.ask(&[&["supply", &self.number], words].concat())
    }

    fn withdraw(&self, words: &[&str]) -> (i32, Value) {
        self.ask(&[&["withdraw", &self.number], words].concat())
    }

    /// A refusal with its code, in both languages.
    fn refused(&self, (code, said): (i32, Value), kind: &str, words: [&str; 2]) {
        let error = &said["error"];
        assert_eq!((code, &error["kind"]), (1, &json!(kind)), "{said}");
        for (language, word) in ["zh", "en"].into_iter().zip(words) {
            assert!(error["message"][language].as_str().unwrap().contains(word), "{said}");
        }
    }

    fn history(&self) -> Vec<Value> {
        let history = self.ask(&["history", &self.number]).1["history"].as_array().unwrap().clone();
        history.into_iter().map(|it| it["record"].clone()).collect()
    }
}

/// Does it over a data directory, and over Redis.
fn over_both(test: impl Fn(&Desk)) {
    let place = Place::new();
    test(&Desk::new(&place, &["--data", &place.name("data")]));
    let server = Server::start(&[]);
    test(&Desk::new(&place, &["--store", &server.url()]));
}

#[test]
fn what_is_missing_is_supplied_once_however_often_it_is_sent() {
    over_both(|desk| {
        desk.refused(desk.supply(&["floor_plan"]), "R-SUPPLY-001", [SEAL, "Business licence"]);
        desk.refused(desk.supply(&[SEAL, "--by", " "]), "refused", ["--by", "--by"]);
        let before = desk.history().len();

        let first = desk.supply(&[SEAL, CARD, "--by", "代办员王芳"]);
        assert_eq!(first.0, 0, "{}", first.1);
        for again in [[SEAL, CARD], [CARD, SEAL]] {
            assert_eq!(desk.supply(&[&again[..], &["--by", "代办员王芳"]].concat()), first);
        }
        let history = desk.history();
        let supplied: Vec<&Value> = history[before..].iter().filter(|it| it["event"]["from"] == "supplement").collect();
        assert_eq!(supplied.len(), 2, "{history:#?}");
        assert!(supplied.iter().all(|it| it["by"] == "代办员王芳"), "{supplied:#?}");
        // Somebody else is another command.
        desk.refused(desk.supply(&[SEAL]), "R-SUPPLY-001", ["没有要补交的材料", "no material of this case is missing"]);
        assert_eq!(desk.ask(&["verify", &desk.number]).0, 0);
    });
}

#[test]
fn an_application_is_withdrawn_once_however_often_it_is_sent() {
    over_both(|desk| {
        desk.refused(desk.withdraw(&["--reason", " "]), "R-TASK-004", ["理由", "reason"]);
        let first = desk.withdraw(&["--reason", "不办了"]);
        assert_eq!((first.0, &first.1["status"]), (0, &json!("withdrawn")), "{}", first.1);
        assert_eq!(desk.withdraw(&["--reason", "不办了"]), first);
        let last = desk.history().pop().unwrap();
        assert_eq!((&last["by"], &last["event"]["reason"]), (&json!("李娜"), &json!("不办了")), "{last}");
        desk.refused(desk.withdraw(&["--reason", "另有安排"]), "R-CASE-002", ["办件已结束", "the case is over"]);
        desk.refused(desk.supply(&[SEAL]), "R-CASE-002", ["办件已结束", "the case is over"]);
        let nobody = desk.ask(&["withdraw", "nobody", "--reason", "不办了"]);
        desk.refused(nobody, "refused", ["没有办件 nobody", "no case nobody"]);
    });
}

#[test]
fn both_say_in_words_what_they_did() {
    let place = Place::new();
    let data = place.name("data");
    let desk = Desk::new(&place, &["--data", &data]);
    let number = &*desk.number;
    let check = |words: &[&str], said: &[&str]| {
        let output = onething(&[&["case"], words, &["--data", &data]].concat());
        let out = text(&output.stdout);
        assert!(code(&output) == 0 && said.iter().all(|it| out.contains(it)), "{words:?}: {out}");
    };
    check(&["supply", number, SEAL], &["已补交", "supplied", "still missing", CARD]);
    check(&["supply", number, SEAL], &["补交过", "supplied before"]);
    check(&["withdraw", number, "--reason", "不办了"], &["已撤回", "is withdrawn"]);
    check(&["withdraw", number, "--reason", "不办了"], &["撤回过", "withdrawn in this way before"]);
    let nowhere = onething(&["case", "withdraw", number, "--reason", "不办了", "--data", &place.name("nowhere")]);
    assert_eq!(code(&nowhere), 3);
}

/// What was brought early and is not in legal form is asked for: the same words are another command then.
#[test]
fn what_the_notice_asks_for_again_is_supplied_again() {
    let place = Place::new();
    let desk = Desk::new(&place, &["--data", &place.name("data")]);
    let early = desk.supply(&[SEAL, CARD]);
    assert_eq!(early.0, 0, "{}", early.1);
    tokio::runtime::Runtime::new().unwrap().block_on(ask_again(&place, &desk.number));
    let again = desk.supply(&[SEAL, CARD]);
    assert_eq!(again.0, 0, "{}", again.1);
    assert!(again.1["version"].as_u64() > early.1["version"].as_u64(), "{}", again.1);
    assert_eq!(desk.supply(&[SEAL, CARD]), again);
}

/// The window sends the seal and the licence back.
async fn ask_again(place: &Place, number: &str) {
    let store = Arc::new(EmbeddedStore::open(place.path("data"), Options::default()).unwrap());
    let bytes = std::fs::read("workflows/calendars/cn.json").unwrap();
    let calendar = check(&[InputFile { name: "cn.json".into(), bytes }]).calendars.remove("cn").unwrap();
    let clock = Arc::new(SharedClock::new(1.0));
    let centre = Centre::new("centre".into(), store, Arc::new(calendar), clock);
    let number = CaseId::from(number);
    let act = async |case: &Case, outcome, lacking: Vec<Arc<str>>| {
        let task = case.tasks[0].id;
        let action = Action::Complete { task, outcome, reason: None, lacking, began: None };
        let command = Command { id: format!("window-{task}").into(), by: "窗口".into(), action };
        centre.act(&number, &command, With::default()).await.unwrap();
        centre.case(&number).await.unwrap().unwrap()
    };
    let case = centre.case(&number).await.unwrap().unwrap();
    let case = act(&case, Outcome::Done, Vec::new()).await;
    let case = act(&case, Outcome::Supplement, vec![SEAL.into(), CARD.into()]).await;
    assert_eq!(case.missing().len(), 2);
}

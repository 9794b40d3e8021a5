//! The business service as DIGIT holds it, read leniently: what cannot be used is told, what is absent is nothing.

use serde_json::{Map, Value as Json};

use super::find::child;
use super::tally::Tally;

/// A business service.
pub(super) struct Service {
    pub(super) pointer: String,
    pub(super) name: String,
    /// The module it belongs to.
    pub(super) business: Option<String>,
    /// The city or state it is configured for.
    pub(super) tenant: Option<String>,
    /// Elapsed milliseconds.
    pub(super) sla: Option<i64>,
    pub(super) states: Vec<State>,
}

/// A state.
pub(super) struct State {
    pub(super) pointer: String,
    /// `None` where an instance begins.
    pub(super) name: Option<String>,
    pub(super) uuid: Option<String>,
    /// Elapsed milliseconds.
    pub(super) sla: Option<i64>,
    pub(super) documents: bool,
    pub(super) says_start: bool,
    pub(super) ends: bool,
    /// The ones that are active and have a name.
    pub(super) actions: Vec<Action>,
}

/// What somebody may do in a state.
pub(super) struct Action {
    pub(super) pointer: String,
    pub(super) name: String,
    /// The name or the UUID of a state.
    pub(super) next: Option<String>,
    pub(super) roles: Vec<String>,
}

impl Service {
    pub(super) fn read(value: &Json, pointer: &str, tally: &mut Tally<'_>) -> Self {
        let empty = Map::new();
        let mut reader = Reader { object: value.as_object().unwrap_or(&empty), pointer, tally };
        let name = reader.text("businessService");
        if name.is_none() {
            let said = ("BusinessService 没有名称".to_owned(), "the BusinessService has no name".to_owned());
            let help = ("填写 businessService", "give it a \"businessService\"");
            reader.tally.unusual("W-DIGIT-001", pointer, said, help);
        }
        let (business, tenant) = (reader.text("business"), reader.text("tenantId"));
        let sla = reader.millis("businessServiceSla");
        reader.forget("uuid", IDENTITY);
        reader.forget("auditDetails", HISTORY);
        reader.forget("getUri", CALLS);
        reader.forget("postUri", CALLS);
        let known = [
            "businessService",
            "business",
            "tenantId",
            "businessServiceSla",
            "uuid",
            "auditDetails",
            "getUri",
            "postUri",
            "states",
        ];
        reader.unknown(&known);
        let states = reader.list("states").into_iter();
        let states = states.filter_map(|(pointer, value)| State::read(value, pointer, tally)).collect();
        let name = name.unwrap_or_else(|| "digit".to_owned());
        Self { pointer: pointer.to_owned(), name, business, tenant, sla, states }
    }
}

impl State {
    fn read(value: &Json, pointer: String, tally: &mut Tally<'_>) -> Option<Self> {
        let object = object(value, &pointer, tally)?;
        let mut reader = Reader { object, pointer: &pointer, tally };
        let name = reader.text("state").filter(|name| !name.trim().is_empty());
        let (uuid, sla, status) = (reader.text("uuid"), reader.millis("sla"), reader.text("applicationStatus"));
        let documents = reader.flag("docUploadRequired").unwrap_or_default();
        let says_start = reader.flag("isStartState").unwrap_or_default();
        let ends = reader.flag("isTerminateState").unwrap_or_default();
        if status.is_some() && status != name {
            reader.tally.lost(
                "applicationStatus",
                child(&pointer, "applicationStatus"),
                "办件状态由引擎给出（办理中、办结……），不另设名称",
                "the engine says itself where a case stands (running, granted...); there is no second name for it",
            );
        }
        if reader.flag("isStateUpdatable") == Some(true) {
            reader.tally.lost(
                "isStateUpdatable",
                child(&pointer, "isStateUpdatable"),
                "申请表提交后不再改动；要补充的用补正（collect）",
                "the form does not change once it is handed in; what must be added is asked for with a collect step",
            );
        }
        if uuid.is_some() {
            reader.forget("uuid", IDENTITY);
        }
        reader.forget("tenantId", IDENTITY);
        reader.forget("businessServiceId", IDENTITY);
        reader.forget("auditDetails", HISTORY);
        let known = [
            "state",
            "uuid",
            "sla",
            "applicationStatus",
            "docUploadRequired",
            "isStartState",
            "isTerminateState",
            "isStateUpdatable",
            "tenantId",
            "businessServiceId",
            "auditDetails",
            "actions",
        ];
        reader.unknown(&known);
        let actions = reader.list("actions").into_iter();
        let actions = actions.filter_map(|(pointer, value)| Action::read(value, pointer, tally)).collect();
        Some(Self { pointer, name, uuid, sla, documents, says_start, ends, actions })
    }

    /// What its author calls it.
    pub(super) fn title(&self) -> &str {
        self.name.as_deref().unwrap_or("START")
    }
}

impl Action {
    fn read(value: &Json, pointer: String, tally: &mut Tally<'_>) -> Option<Self> {
        let object = object(value, &pointer, tally)?;
        let mut reader = Reader { object, pointer: &pointer, tally };
        let (name, next) = (reader.text("action"), reader.text("nextState"));
        let roles = reader.list("roles").into_iter();
        let roles = roles.filter_map(|(at, role)| text(role, &at, reader.tally)).collect();
        let active = reader.flag("active");
        reader.forget("uuid", IDENTITY);
        reader.forget("tenantId", IDENTITY);
        reader.forget("currentState", IDENTITY);
        reader.forget("auditDetails", HISTORY);
        let known = ["action", "nextState", "roles", "active", "uuid", "tenantId", "currentState", "auditDetails"];
        reader.unknown(&known);
        if active == Some(false) {
            tally.lost(
                "active",
                pointer,
                "动作已停用（active 为 false）",
                "the action is switched off: \"active\" is false",
            );
            return None;
        }
        let Some(name) = name.filter(|name| !name.trim().is_empty()) else {
            let said =
                ("动作没有名称，谁也不能执行".to_owned(), "the action has no name: nobody can take it".to_owned());
            tally.broken("E-DIGIT-004", &pointer, said, ("填写 action", "give it an \"action\""));
            tally.lost("actions", pointer, "动作没有名称", "the action has no name");
            return None;
        };
        Some(Self { pointer, name, next: next.filter(|next| !next.trim().is_empty()), roles })
    }
}

const IDENTITY: (&str, &str) = (
    "DIGIT 内部的编号和归属，只用来找到下一状态",
    "numbers and ownership inside DIGIT, used only to find the next state",
);
const HISTORY: (&str, &str) =
    ("谁在何时改过定义，由版本库记录", "who changed the definition and when: the repository's history says it");
const CALLS: (&str, &str) =
    ("调用另一个服务的地址；自动步骤用 service", "addresses of another service; automatic steps are service nodes");

/// One object of the source.
struct Reader<'v, 'r, 's> {
    object: &'v Map<String, Json>,
    pointer: &'r str,
    tally: &'r mut Tally<'s>,
}

impl<'v> Reader<'v, '_, '_> {
    /// What stands at a key; null is nothing.
    fn value(&self, key: &str) -> Option<(&'v Json, String)> {
        let value = self.object.get(key).filter(|value| !value.is_null())?;
        Some((value, child(self.pointer, key)))
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let (value, at) = self.value(key)?;
        text(value, &at, self.tally)
    }

    fn flag(&mut self, key: &str) -> Option<bool> {
        let (value, at) = self.value(key)?;
        match value {
            Json::Bool(flag) => Some(*flag),
            Json::String(word) if word.eq_ignore_ascii_case("true") => Some(true),
            Json::String(word) if word.eq_ignore_ascii_case("false") => Some(false),
            _ => wrong(&at, ("是或否", "true or false"), self.tally),
        }
    }

    /// A time in milliseconds: a whole number above 0, or its digits.
    fn millis(&mut self, key: &str) -> Option<i64> {
        let (value, at) = self.value(key)?;
        let number = match value {
            Json::Number(number) => number.as_i64(),
            Json::String(digits) => digits.trim().parse().ok(),
            _ => None,
        };
        match number {
            Some(millis) if millis > 0 => Some(millis),
            _ => wrong(&at, ("大于 0 的毫秒数", "milliseconds, more than 0"), self.tally),
        }
    }

    fn list(&mut self, key: &str) -> Vec<(String, &'v Json)> {
        match self.value(key) {
            None => Vec::new(),
            Some((Json::Array(values), at)) => {
                values.iter().enumerate().map(|(nth, value)| (child(&at, &nth.to_string()), value)).collect()
            }
            Some((_, at)) => {
                wrong::<()>(&at, ("数组", "an array"), self.tally);
                Vec::new()
            }
        }
    }

    /// A key that means nothing here.
    fn forget(&mut self, key: &str, (zh, en): (&str, &str)) {
        if let Some((_, at)) = self.value(key) {
            self.tally.lost(key, at, zh, en);
        }
    }

    fn unknown(&mut self, known: &[&str]) {
        for key in self.object.keys().filter(|key| !known.contains(&key.as_str())) {
            let said = ("不认识的键", "an unknown key");
            self.tally.lost(key, child(self.pointer, key), said.0, said.1);
        }
    }
}

fn object<'v>(value: &'v Json, pointer: &str, tally: &mut Tally<'_>) -> Option<&'v Map<String, Json>> {
    value.as_object().or_else(|| wrong(pointer, ("对象", "an object"), tally))
}

fn text(value: &Json, at: &str, tally: &mut Tally<'_>) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => wrong(at, ("文字", "a string"), tally),
    }
}

/// A value that cannot be what it should be is told and passed over.
fn wrong<T>(at: &str, wanted: (&str, &str), tally: &mut Tally<'_>) -> Option<T> {
    let said = (format!("这里应是{}", wanted.0), format!("this should be {}", wanted.1));
    let help = ("改正后再导入", "mend it and import again");
    tally.broken("E-DIGIT-003", at, said, help);
    tally.lost("value", at, format!("不是{}", wanted.0), format!("it is not {}", wanted.1));
    None
}

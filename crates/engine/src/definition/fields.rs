//! What is asked (fields, questions), what is brought (materials) and what comes out (results).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ustr::Ustr;

use super::{Basis, Title};

/// One data element of a form. Its id is its identity: two matters that name the same id ask it once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Data-element code, such as `company_name`; conditions read it as `form.company_name`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
    pub id: String,
    /// What the applicant reads.
    pub title: Title,
    /// The kind of answer.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// The allowed answers of a `choice` field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub choices: Vec<Choice>,
    /// Whether the form may be handed in without it. Fields are required unless this is true.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Asked only when this condition over the other fields of the same file holds, such as `form.employs_now`;
    /// a package's own fields may also read `answer.*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000))]
    pub when: Option<String>,
    /// Smallest allowed number, in the field's own unit (say the unit in the title).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest allowed number, in the field's own unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// The kind of answer a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Free text, at most 2,000 characters.
    Text,
    /// A whole number between -2^53 and 2^53.
    Integer,
    /// A number that may have a fraction.
    Number,
    /// Yes or no.
    Boolean,
    /// One of `choices`.
    Choice,
    /// A day, `YYYY-MM-DD`.
    Date,
}

/// One allowed answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What is stored and compared in conditions.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
    pub id: String,
    /// What the applicant reads.
    pub title: Title,
}

/// A situational question (情形引导): its answer selects matters, materials and fields.
///
/// A question is asked once, like everything else: when a matter of the package has a field with the same id, the
/// answer fills that field and the form does not ask it again. So a matter reads `form.employs_now` whether it runs
/// alone (asked on its own form) or in a package that has the question `employs_now`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Conditions read the answer as `answer.<id>`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
    pub id: String,
    /// What the applicant reads.
    pub title: Title,
    /// Yes or no, or one of `choices`.
    #[serde(rename = "type")]
    pub kind: QuestionType,
    /// The allowed answers of a `choice` question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub choices: Vec<Choice>,
    /// What the answer changes, and why the question may be asked.
    pub effect: Title,
}

/// The kind of answer a question takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionType {
    /// Yes or no.
    Boolean,
    /// One of `choices`.
    Choice,
}

/// The id of a material. Interned: every case names what it needs and what it has, and definitions name few. It stays in
/// memory until the program ends. It comes from a definition, a history or the report of another centre; what an applicant
/// names is looked for among those and is never made one.
pub type MaterialId = Ustr;

/// A document a matter needs (申请材料). The same id in two matters of a package is collected once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Identity across matters, such as `articles_of_association`.
    #[schemars(with = "String", regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
    pub id: MaterialId,
    /// What the applicant reads.
    pub title: Title,
    /// Where it comes from.
    pub source: MaterialSource,
    /// Needed only when this condition over the fields of the same file holds, such as `form.employs_now`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000))]
    pub when: Option<String>,
}

/// Where a material comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "snake_case", deny_unknown_fields)]
pub enum MaterialSource {
    /// The applicant brings it.
    Applicant {},
    /// Fetched from a shared source; when the source is down the applicant is asked instead.
    Shared {
        /// The system that holds it.
        system: Title,
    },
    /// The result of a matter that is granted earlier in the package.
    Result {
        /// Id of the result in the matter that produces it.
        #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
        result: String,
    },
    /// Replaced by the applicant's signed commitment (告知承诺, 国办发〔2020〕42号).
    Commitment {
        /// What is promised.
        promise: Title,
    },
}

/// What a matter hands out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResultType {
    /// Identity, such as `business_licence`; a material may come from it.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
    pub id: String,
    /// Its printed name.
    pub title: Title,
    /// The kind of result.
    pub kind: ResultKind,
    /// How long it stays valid, in months from the decision; absent means no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1200))]
    pub valid_months: Option<u32>,
    /// Source of the validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
}

/// The kind of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResultKind {
    /// 证照
    Certificate,
    /// 批文
    Approval,
    /// 证明
    Proof,
    /// 登记簿记载
    RegisterEntry,
    /// 服务结果 (seal, appointment: no legal decision)
    Service,
}

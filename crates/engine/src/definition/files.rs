//! The matter file and the package file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Edge, Field, Material, Node, Question, ResultType, Title};
use crate::clock::Limit;

/// The kind of a definition file, read from its `kind` key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// One thing one department decides.
    Matter,
    /// Matters composed into one application.
    Package,
    /// Working days and business hours.
    Calendar,
    /// Applications, scripts and what must come of them.
    Tests,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Matter, Self::Package, Self::Calendar, Self::Tests];

    /// The word in the file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Matter => "matter",
            Self::Package => "package",
            Self::Calendar => "calendar",
            Self::Tests => "tests",
        }
    }
}

/// Version of the definition format. This release reads version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FormatVersion {
    /// Version 1.
    #[serde(rename = "1")]
    V1,
}

/// `"matter"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatterFileKind {
    /// A matter file.
    Matter,
}

/// `"package"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PackageFileKind {
    /// A package file.
    Package,
}

/// A matter (事项): one thing one department decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matter {
    /// Path of the JSON Schema, so that an editor completes and checks.
    #[serde(rename = "$schema")]
    #[schemars(length(max = 500))]
    pub schema: String,
    /// Format version.
    pub format: FormatVersion,
    /// Always `matter`.
    pub kind: MatterFileKind,
    /// Identity; the same as the file's name without `.json`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,63}$"))]
    pub id: String,
    /// Its printed name.
    pub title: Title,
    /// Free remarks for authors; say here what is illustrative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4000))]
    pub note: Option<String>,
    /// The department that decides.
    pub department: Title,
    /// The kind of power (权力类型).
    pub power: Power,
    /// Where the power comes from.
    #[schemars(length(max = 32))]
    pub legal_basis: Vec<Basis>,
    /// How long the department may take.
    pub limits: Limits,
    /// What the matter cost when it was handled alone, before the reform.
    pub before: Before,
    /// What the form asks for this matter.
    #[schemars(length(max = 200))]
    pub fields: Vec<Field>,
    /// What it needs.
    #[schemars(length(max = 100))]
    pub materials: Vec<Material>,
    /// What it hands out.
    #[schemars(length(max = 32))]
    pub results: Vec<ResultType>,
    /// Steps.
    #[schemars(length(min = 2, max = 200))]
    pub nodes: Vec<Node>,
    /// Ways between the steps.
    #[schemars(length(min = 1, max = 250))]
    pub edges: Vec<Edge>,
}

/// A service package (一件事主题服务套餐): matters composed into one application, one acceptance, one delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Path of the JSON Schema, so that an editor completes and checks.
    #[serde(rename = "$schema")]
    #[schemars(length(max = 500))]
    pub schema: String,
    /// Format version.
    pub format: FormatVersion,
    /// Always `package`.
    pub kind: PackageFileKind,
    /// Identity; the same as the file's name without `.json`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,63}$"))]
    pub id: String,
    /// Its printed name.
    pub title: Title,
    /// Free remarks for authors; say here what is illustrative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4000))]
    pub note: Option<String>,
    /// The leading department (牵头部门).
    pub lead: Title,
    /// The promise made for the package: as a whole, or for each of its matters.
    pub promise: Promise,
    /// Situational questions.
    #[schemars(length(max = 32))]
    pub questions: Vec<Question>,
    /// Fields that belong to the package, not to one matter (such as the delivery address).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    pub fields: Vec<Field>,
    /// The four reductions (减环节 减材料 减时限 减跑动) as published for the package.
    pub reductions: Reductions,
    /// Steps.
    #[schemars(length(min = 2, max = 200))]
    pub nodes: Vec<Node>,
    /// Ways between the steps.
    #[schemars(length(min = 1, max = 250))]
    pub edges: Vec<Edge>,
}

/// The promise of a package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// How long.
    pub limit: Limit,
    /// What the promise covers.
    pub scope: PromiseScope,
    /// Source of the figure, or `illustrative`.
    pub basis: Basis,
}

/// What a promise covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromiseScope {
    /// From the acceptance of the package to its last decision.
    Package,
    /// From the end of the acceptance period (such as the teachers' spring and autumn rounds).
    AfterPeriod,
    /// For each matter by itself: none is promised for longer than this, and each counts on its own clock. The package
    /// as a whole has no promise to break (as in a staged chain of approvals).
    EachMatter,
}

/// The kind of power (权力类型) that may stand in a package: only kinds that start on application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// 行政许可
    Licence,
    /// 行政确认
    Confirmation,
    /// 行政给付
    Benefit,
    /// 行政奖励
    Award,
    /// 行政裁决
    Adjudication,
    /// 其他 (filing and the like)
    Other,
    /// 公共服务: not a power, no legal decision
    PublicService,
}

impl Power {
    /// Whether a matter of this kind may be refused by a legal decision.
    #[must_use]
    pub fn decides(self) -> bool {
        !matches!(self, Self::PublicService)
    }
}

/// Where a rule or a figure comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "snake_case", deny_unknown_fields)]
pub enum Basis {
    /// A statute or regulation, by article.
    Law {
        /// Name of the law, such as `行政许可法`.
        #[schemars(length(min = 1, max = 200))]
        law: String,
        /// Article, such as `第四十二条`; absent when only the document is certain.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1, max = 100))]
        article: Option<String>,
        /// What is still to be verified, if anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1000))]
        note: Option<String>,
    },
    /// Published by the district.
    Report {
        /// What was published.
        #[schemars(length(min = 1, max = 1000))]
        note: String,
    },
    /// An invented default, to be replaced by the district's own.
    Illustrative {
        /// Why it is what it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1000))]
        note: Option<String>,
    },
}

/// The limits of a matter. Both are tracked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The legal limit (法定办结时限); absent when no law sets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statutory: Option<Limit>,
    /// Where the legal limit comes from.
    pub statutory_basis: Basis,
    /// The promised limit (承诺办结时限); absent when nothing is promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<Limit>,
    /// Where the promise comes from.
    pub promised_basis: Basis,
    /// The moment from which both run.
    #[serde(default)]
    pub starts: ClockStart,
}

/// The moment from which a matter's limits run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "at", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClockStart {
    /// Acceptance; for a matter that waits for another in a package, the arrival of that one's result (行政许可法 32, 42).
    #[default]
    Acceptance,
    /// Receipt, where the law counts from there (such as 建筑法 8); for a matter that waits for another in a package, the
    /// arrival of that one's result.
    Receipt,
    /// The end of the acceptance period in which the application was received (such as the teachers' rounds);
    /// an application outside every period is not received.
    PeriodEnd {
        /// The periods, in order.
        #[schemars(length(min = 1, max = 64))]
        periods: Vec<Period>,
    },
}

/// Days on which applications are received, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First day.
    #[schemars(with = "String", regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub from: jiff::civil::Date,
    /// Last day.
    #[schemars(with = "String", regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub to: jiff::civil::Date,
}

/// What a matter cost the applicant when it was handled alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// Working days.
    #[schemars(range(min = 0, max = 3650))]
    pub days: f64,
    /// Steps the applicant took part in.
    #[schemars(range(min = 0, max = 1000))]
    pub steps: u32,
    /// Visits in person.
    #[schemars(range(min = 0, max = 1000))]
    pub trips: u32,
    /// Source of the figures.
    pub basis: Basis,
}

/// The four reductions, each as before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reductions {
    /// Steps (环节), before and after.
    pub steps: [f64; 2],
    /// Materials (材料), before and after.
    pub materials: [f64; 2],
    /// Working days (时限), before and after.
    pub days: [f64; 2],
    /// Visits in person (跑动), before and after.
    pub trips: [f64; 2],
    /// Source of the figures.
    pub basis: Basis,
}

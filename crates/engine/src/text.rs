//! Text in two languages. Chinese is shown first.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text in Chinese and English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// 中文
    #[schemars(length(min = 1, max = 500))]
    pub zh: String,
    /// English
    #[schemars(length(min = 1, max = 500))]
    pub en: String,
}

impl Title {
    /// Both languages at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

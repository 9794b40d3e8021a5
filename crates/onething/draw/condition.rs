//! Conditions in the words of the people who read the picture: `answer.outdoor_sign` is shown as the question it answers.

use onething_engine::case;
use onething_engine::definition::{Choice, Title};

use super::sketch::{Part, Sketch};
use crate::words;

/// Where the names of a condition are declared.
pub(super) struct Names<'a> {
    pub(super) sketch: &'a Sketch,
    pub(super) part: &'a Part,
    /// The step before the split: its outcome needs no name.
    pub(super) before: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Token<'a> {
    Name(&'a str),
    Text(&'a str),
    Number(&'a str),
    Sign(&'a str),
}

/// A declared name: how it is read and the titles of its values.
struct Named<'a> {
    /// `None`: the outcome of the step before, which goes without saying.
    title: Option<Title>,
    values: Vec<(&'a str, &'a Title)>,
    outcome: Of,
}

/// What a name is declared by.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Form,
    Service,
    Step,
}

/// The condition in words.
pub(super) fn words(condition: &str, names: &Names<'_>) -> Title {
    let tokens = tokens(condition);
    let mut words = Title::new("", "");
    let mut rest = tokens.as_slice();
    while let Some((next, behind)) = phrase(rest, names) {
        words.zh.push_str(&next.zh);
        words.en.push_str(&next.en);
        rest = behind;
    }
    words
}

/// Reads one phrase: a comparison, a yes or no, a sign.
fn phrase<'t, 'a>(tokens: &'t [Token<'a>], names: &Names<'_>) -> Option<(Title, &'t [Token<'a>])> {
    use Token::{Name, Sign};
    let yes = |name: &Named<'_>, yes: bool| {
        let (zh, en) = if yes { ("是", "yes") } else { ("否", "no") };
        let mut words = said(name, "：", ": ", &Title::new(zh, en));
        // 是否设置招牌：是 says "whether" twice.
        words.zh = words.zh.replace("是否", "");
        words
    };
    Some(match tokens {
        [Name(name), Name("in"), Sign("["), list @ ..] => {
            let name = names.find(name);
            let end = list.iter().position(|token| *token == Sign("]")).unwrap_or(list.len());
            let values: Vec<Title> =
                list[..end].iter().filter(|t| **t != Sign(",")).map(|t| value(&name, *t)).collect();
            let join = |pick: fn(&Title) -> &str, by: &str| values.iter().map(pick).collect::<Vec<_>>().join(by);
            let any = Title::new(join(|value| &value.zh, "或"), join(|value| &value.en, " or "));
            (said(&name, "：", ": ", &any), list.get(end + 1..).unwrap_or_default())
        }
        [Name(name), Sign(op), other, rest @ ..] if is_comparison(op) => {
            (compared(&names.find(name), op, *other), rest)
        }
        [other, Sign(op), Name(name), rest @ ..] if is_comparison(op) => {
            (compared(&names.find(name), mirrored(op), *other), rest)
        }
        [Sign("!"), Name(name), rest @ ..] => (yes(&names.find(name), false), rest),
        [Name("true"), rest @ ..] => (Title::new("总是", "always"), rest),
        [Name("false"), rest @ ..] => (Title::new("从不", "never"), rest),
        [Name(name), rest @ ..] => (yes(&names.find(name), true), rest),
        [Sign(sign), rest @ ..] => {
            let (zh, en) = match *sign {
                "&&" => ("，且", "; and "),
                "||" => ("，或", "; or "),
                "!" => ("并非", "not "),
                "(" => ("（", "("),
                ")" => ("）", ")"),
                other => (other, other),
            };
            (Title::new(zh, en), rest)
        }
        [Token::Text(text) | Token::Number(text), rest @ ..] => (Title::new(*text, *text), rest),
        [] => return None,
    })
}

fn compared(name: &Named<'_>, op: &str, other: Token<'_>) -> Title {
    let (zh, en) = match op {
        "==" => ("：", ": "),
        "!=" if name.title.is_none() => ("不是", "not "),
        "!=" => ("：不是", ": not "),
        "<=" => (" ≤ ", " ≤ "),
        ">=" => (" ≥ ", " ≥ "),
        "<" => (" < ", " < "),
        _ => (" > ", " > "),
    };
    said(name, zh, en, &value(name, other))
}

/// The name, what joins, the value. The outcome of the step before is only its value.
fn said(name: &Named<'_>, zh: &str, en: &str, value: &Title) -> Title {
    match &name.title {
        Some(title) => Title::new(format!("{}{zh}{}", title.zh, value.zh), format!("{}{en}{}", title.en, value.en)),
        None => Title::new(
            format!("{}{}", zh.trim_start_matches('：'), value.zh),
            format!("{}{}", en.trim_start_matches(": "), value.en),
        ),
    }
}

fn value(name: &Named<'_>, token: Token<'_>) -> Title {
    match token {
        Token::Text("done") if name.outcome == Of::Service => Title::new("完成", "done"),
        Token::Text("failed") if name.outcome == Of::Service => Title::new("失败", "failed"),
        Token::Text(word) if name.outcome != Of::Form && name.find(word).is_none() => {
            let known = serde_json::from_value::<case::Outcome>(word.into()).ok();
            Title::new(
                known.map_or_else(|| word.to_owned(), |known| words::outcome(&known).to_owned()),
                word.replace('_', " "),
            )
        }
        Token::Text(word) => match name.find(word) {
            Some(title) => title.clone(),
            None => Title::new(format!("“{word}”"), format!("\"{word}\"")),
        },
        Token::Name("true") => Title::new("是", "yes"),
        Token::Name("false") => Title::new("否", "no"),
        Token::Name(other) | Token::Number(other) | Token::Sign(other) => Title::new(other, other),
    }
}

impl<'a> Named<'a> {
    /// The title of a value, where one was given.
    fn find(&self, word: &str) -> Option<&'a Title> {
        self.values.iter().find(|(value, _)| *value == word).map(|(_, title)| *title)
    }
}

impl Names<'_> {
    fn find(&self, name: &str) -> Named<'_> {
        let plain =
            |title: &Title| Title::new(title.zh.trim_end_matches(['？', '?']), title.en.trim_end_matches(['？', '?']));
        if let Some(step) = name.strip_prefix("outcome.").and_then(|id| self.part.find(id)) {
            let title = (Some(step) != self.before).then(|| self.step_title(step));
            let step = &self.part.steps[step];
            let values = step.declared().iter().map(|declared| (declared.id.as_str(), &declared.title)).collect();
            return Named { title, values, outcome: if step.is("service") { Of::Service } else { Of::Step } };
        }
        let field = name.strip_prefix("form.").and_then(|id| self.sketch.fields.iter().find(|field| field.id == id));
        let question = name.strip_prefix("answer.").and_then(|id| self.sketch.questions.iter().find(|q| q.id == id));
        match (field, question) {
            (Some(field), _) => {
                Named { title: Some(plain(&field.title)), values: titles(&field.choices), outcome: Of::Form }
            }
            (_, Some(question)) => {
                Named { title: Some(plain(&question.title)), values: titles(&question.choices), outcome: Of::Form }
            }
            _ => Named { title: Some(Title::new(name, name)), values: Vec::new(), outcome: Of::Form },
        }
    }

    fn step_title(&self, step: usize) -> Title {
        super::card::title(self.sketch, &self.part.steps[step])
    }
}

fn titles(choices: &[Choice]) -> Vec<(&str, &Title)> {
    choices.iter().map(|choice| (choice.id.as_str(), &choice.title)).collect()
}

fn is_comparison(sign: &str) -> bool {
    matches!(sign, "==" | "!=" | "<" | "<=" | ">" | ">=")
}

fn mirrored(op: &str) -> &str {
    match op {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        same => same,
    }
}

/// The tokens of a condition. Whatever is unknown here is shown as it is.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let run = |keep: fn(char) -> bool| rest.find(|letter| !keep(letter)).unwrap_or(rest.len());
        let (token, length) = if first == '\'' || first == '"' {
            let inner = rest[1..].find(first).unwrap_or(rest.len() - 1);
            (Token::Text(&rest[1..=inner]), (inner + 2).min(rest.len()))
        } else if first.is_alphabetic() || first == '_' {
            let length = run(|letter| letter.is_alphanumeric() || letter == '_' || letter == '.');
            (Token::Name(&rest[..length]), length)
        } else if first.is_ascii_digit() || (first == '-' && rest.len() > 1) {
            let length = 1 + rest[1..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len() - 1);
            (Token::Number(&rest[..length]), length)
        } else {
            let two = ["==", "!=", "<=", ">=", "&&", "||"].iter().any(|sign| rest.starts_with(sign));
            let length = if two { 2 } else { first.len_utf8() };
            (Token::Sign(&rest[..length]), length)
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    tokens
}

//! Members of text.

use super::operators::format;
use super::value::{LIST, Value, join};
use crate::languages::commands::LAYER;

/// Members of text.
pub(super) fn text_call(value: &Value, name: &str, arguments: &[Value]) -> Value {
    let own = value.to_text();
    let text = |n: usize| arguments.get(n).map(Value::to_text).unwrap_or_default();
    let number = |n: usize| arguments.get(n).and_then(Value::to_int).and_then(|n| usize::try_from(n).ok());
    if matches!(value, Value::Gap) {
        return Value::Gap;
    }
    let chars = || own.chars();
    match name {
        "replace" => {
            let (old, new) = (text(0), text(1));
            if old.is_empty() {
                Value::text(&own)
            } else {
                Value::text(&join(own.split(&old).map(str::to_owned), &new))
            }
        }
        "substring" => match (number(0), arguments.len()) {
            (Some(from), 1) => Value::text(&chars().skip(from).collect::<String>()),
            (Some(from), _) => Value::text(&chars().skip(from).take(number(1).unwrap_or(0)).collect::<String>()),
            _ => Value::Gap,
        },
        "remove" => match number(0) {
            Some(from) => {
                let kept = number(1).map_or(usize::MAX, |n| from.saturating_add(n));
                Value::text(
                    &chars().enumerate().filter(|(n, _)| *n < from || *n >= kept).map(|(_, c)| c).collect::<String>(),
                )
            }
            None => Value::Gap,
        },
        "insert" => match number(0) {
            Some(at) => {
                Value::text(&chars().take(at).chain(text(1).chars()).chain(chars().skip(at)).collect::<String>())
            }
            None => Value::Gap,
        },
        "split" => {
            let separators = match arguments.first() {
                Some(Value::List(values)) => values.iter().map(Value::to_text).collect::<Vec<_>>(),
                Some(Value::Char(c)) => vec![c.to_string()],
                // .NET Framework takes every character of the text for a separator.
                Some(other) => other.to_text().chars().map(|c| c.to_string()).collect(),
                None => vec![" ".to_owned()],
            };
            let drops = arguments.get(1).is_some_and(|option| {
                option.to_int() == Some(1) || option.to_text().to_lowercase().contains("removeempty")
            });
            let single: Option<Vec<char>> = separators
                .iter()
                .map(|s| {
                    let mut c = s.chars();
                    c.next().filter(|_| c.next().is_none())
                })
                .collect();
            let parts: Vec<String> = match single {
                Some(separators) => own.split(separators.as_slice()).map(str::to_owned).collect(),
                None => {
                    own.split(separators.first().map(String::as_str).unwrap_or_default()).map(str::to_owned).collect()
                }
            };
            Value::list(
                parts
                    .iter()
                    .filter(|part| !drops || !part.is_empty())
                    .take(LIST)
                    .map(|part| Value::text(part))
                    .collect(),
            )
        }
        "tochararray" => Value::list(chars().map(Value::Char).collect()),
        "tolower" | "tolowerinvariant" => Value::text(&own.to_lowercase()),
        "toupper" | "toupperinvariant" => Value::text(&own.to_uppercase()),
        "trim" | "trimstart" | "trimend" => {
            let set: Vec<char> = match arguments.first() {
                Some(set) => set.items().iter().map(Value::to_text).collect::<String>().chars().collect(),
                None => vec![' ', '\t', '\r', '\n'],
            };
            let set = set.as_slice();
            Value::text(match name {
                "trim" => own.trim_matches(set),
                "trimstart" => own.trim_start_matches(set),
                _ => own.trim_end_matches(set),
            })
        }
        "tostring" => match (value, arguments.first()) {
            (Value::Int(n), Some(shape)) if shape.to_text().to_lowercase().starts_with('x') => {
                Value::text(&format(&format!("{{0:{}}}", shape.to_text()), &[Value::Int(*n)]))
            }
            _ => Value::text(&own),
        },
        "normalize" | "clone" | "trimnull" => Value::text(&own),
        "padleft" | "padright" => {
            let pad = number(0).unwrap_or(0).min(LAYER / 4).saturating_sub(chars().count());
            let with = text(1).chars().next().unwrap_or(' ');
            let pad: String = std::iter::repeat_n(with, pad).collect();
            Value::text(&if name == "padleft" { format!("{pad}{own}") } else { format!("{own}{pad}") })
        }
        "indexof" | "lastindexof" => {
            let wanted = text(0);
            let found = if name == "indexof" { own.find(&wanted) } else { own.rfind(&wanted) };
            let count = found.and_then(|at| own.get(..at)).map(|before| before.chars().count());
            Value::Int(count.and_then(|n| i64::try_from(n).ok()).unwrap_or(-1))
        }
        "contains" => Value::Bool(own.contains(&text(0))),
        "startswith" => Value::Bool(own.starts_with(&text(0))),
        "endswith" => Value::Bool(own.ends_with(&text(0))),
        "equals" => Value::Bool(own == text(0)),
        "chars" | "get_chars" => number(0).and_then(|n| chars().nth(n)).map_or(Value::Gap, Value::Char),
        "get_length" => Value::Int(i64::try_from(chars().count()).unwrap_or(0)),
        "invoke" => Value::Gap,
        _ => Value::Gap,
    }
}

//! What a field shows, where the document alone decides ([ECMA-376] part 1, 17.16.5).

use std::collections::BTreeMap;

use super::formula;
use super::tokens::{Token, tokens};
use crate::languages::surroundings::Surroundings;
use crate::order;

/// Names and their texts: bookmarks set by fields, and what the document offers.
pub(super) struct Known<'a> {
    set: BTreeMap<String, String>,
    variables: BTreeMap<String, &'a str>,
    properties: BTreeMap<String, &'a str>,
    /// Bytes of values that were worked out.
    pub(super) spent: usize,
}

impl<'a> Known<'a> {
    pub(super) fn new(around: &'a Surroundings) -> Self {
        let by_name = |pairs: &'a [(String, String)]| {
            order::map(pairs.iter().map(|(name, value)| (name.to_lowercase(), value.as_str())))
        };
        Self {
            set: order::map(around.bookmarks.iter().map(|(name, text)| (name.to_lowercase(), text.clone()))),
            variables: by_name(&around.variables),
            properties: by_name(&around.properties),
            spent: 0,
        }
    }
}

/// The value of an instruction; `None` where the shown result is all there is.
pub(super) fn value(instruction: &str, known: &mut Known<'_>) -> Option<String> {
    if let Some(formula) = instruction.strip_prefix('=') {
        return formula::evaluate(formula);
    }
    let all = tokens(instruction);
    let (keyword, arguments) = all.split_first()?;
    let keyword = keyword.text.to_lowercase();
    let first = || plain(arguments).next().map(|token| token.text.to_lowercase());
    let property = |name: &str| known.properties.get(name).map(|value| (*value).to_owned());
    match keyword.as_str() {
        "quote" => Some(plain(arguments).map(character).collect()),
        "symbol" => plain(arguments).next().map(character),
        "set" => {
            let mut words = plain(arguments);
            let name = words.next()?.text.to_lowercase();
            let text: Vec<&str> = words.map(|token| token.text.as_str()).collect();
            known.set.insert(name, text.join(" "));
            Some(String::new())
        }
        "ref" => first().and_then(|name| known.set.get(&name).cloned()),
        "if" => compare(arguments),
        "docvariable" => first().and_then(|name| known.variables.get(&name).map(|value| (*value).to_owned())),
        "docproperty" | "info" => first().and_then(|name| property(&name)),
        "author" | "title" | "subject" | "keywords" | "comments" => property(&keyword),
        "lastsavedby" => property("last author"),
        // The name of a bookmark alone shows it.
        name => known.set.get(name).cloned(),
    }
}

/// Arguments without switches and what belongs to them.
fn plain(arguments: &[Token]) -> impl Iterator<Item = &Token> {
    let mut skip = false;
    arguments.iter().filter(move |token| {
        let is_argument = !std::mem::replace(&mut skip, token.is_format());
        is_argument && !token.is_switch()
    })
}

/// An argument of QUOTE: a number outside of quotation marks is the code of a character.
fn character(token: &Token) -> String {
    let text = token.text.as_str();
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let code = match hex {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    let c = if token.quoted { None } else { code.and_then(char::from_u32) };
    c.map_or_else(|| text.to_owned(), String::from)
}

/// IF: two values, a sign between them, what to show if it holds and if not.
fn compare(arguments: &[Token]) -> Option<String> {
    const SIGNS: &[&str] = &["<>", "<=", ">=", "=", "<", ">"];
    let (first, rest) = arguments.split_first()?;
    let glued = || SIGNS.iter().find_map(|sign| Some((first.text.split_once(sign)?, *sign)));
    let ((left, right), sign, rest) = match rest.split_first() {
        Some((second, rest)) if !second.quoted && SIGNS.contains(&second.text.as_str()) => {
            let (right, rest) = rest.split_first()?;
            ((first.text.as_str(), right.text.as_str()), second.text.as_str(), rest)
        }
        _ if !first.quoted => glued().map(|(sides, sign)| (sides, sign, rest))?,
        _ => return None,
    };
    let order = match (left.parse::<f64>(), right.parse::<f64>()) {
        (Ok(left), Ok(right)) => left.partial_cmp(&right)?,
        _ => left.cmp(right),
    };
    let holds = match sign {
        "=" => order.is_eq(),
        "<>" => order.is_ne(),
        "<" => order.is_lt(),
        ">" => order.is_gt(),
        "<=" => order.is_le(),
        _ => order.is_ge(),
    };
    rest.get(usize::from(!holds)).map(|token| token.text.clone())
}

//! A line taken apart: commands, what joins them, blocks, loops, conditions, redirections.

use super::is_blank;

/// A command or a construct.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) body: Body,
    /// Files its output goes to.
    pub(super) writes: Vec<String>,
    /// The file it reads.
    pub(super) reads: Option<String>,
    /// Whether its output goes to the next command.
    pub(super) piped: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    /// Carets are taken out, quotes stay.
    Simple(String),
    Group(Vec<Node>),
    For {
        options: String,
        variable: char,
        set: String,
        body: Vec<Node>,
    },
    If {
        condition: String,
        then: Vec<Node>,
        otherwise: Vec<Node>,
    },
}

/// Blocks inside blocks.
const NESTING: u8 = 24;

/// Takes a line apart.
pub(super) fn parse(line: &str) -> Vec<Node> {
    let chars: Vec<char> = line.chars().collect();
    Parser { chars, at: 0 }.list(0, false)
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at = self.at.saturating_add(1).min(self.chars.len());
        c
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|c| is_blank(c) || matches!(c, ',' | ';' | '=' | '\u{B}' | '\u{C}')) {
            self.next();
        }
    }

    /// Commands up to the end, or up to the bracket that closes the block.
    fn list(&mut self, depth: u8, inside: bool) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::new();
        loop {
            while self.peek().is_some_and(|c| is_blank(c) || matches!(c, '&' | '|' | '@' | ',' | ';' | '=')) {
                self.next();
            }
            match self.peek() {
                None => return nodes,
                Some(')') if inside => return nodes,
                Some(')') => {
                    self.next();
                    continue;
                }
                Some(_) => {}
            }
            let mut node = self.command(depth, inside);
            if self.peek() == Some('|') {
                self.next();
                node.piped = self.peek() != Some('|');
            }
            nodes.push(node);
        }
    }

    fn command(&mut self, depth: u8, inside: bool) -> Node {
        let mut node = Node { body: Body::Simple(String::new()), writes: Vec::new(), reads: None, piped: false };
        if depth < NESTING {
            if self.peek() == Some('(') {
                self.next();
                let body = self.list(depth.saturating_add(1), true);
                self.next();
                node.body = Body::Group(body);
                self.tail(&mut node);
                return node;
            }
            let start = self.at;
            let word = self.keyword();
            let made = match word.as_str() {
                "for" => self.construct_for(depth, inside),
                "if" => Some(self.construct_if(depth, inside)),
                _ => None,
            };
            if let Some(body) = made {
                node.body = body;
                return node;
            }
            self.at = start;
        }
        let text = self.simple(&mut node, inside);
        node.body = Body::Simple(text);
        node
    }

    /// A word of letters, carets aside, if a blank or a bracket follows it.
    fn keyword(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek().filter(|c| (c.is_ascii_alphabetic() || *c == '^') && word.len() < 8) {
            self.next();
            if c != '^' {
                word.push(c.to_ascii_lowercase());
            }
        }
        if self.peek().is_some_and(|c| is_blank(c) || matches!(c, '(' | ',' | ';' | '=' | '/' | '"')) {
            word
        } else {
            String::new()
        }
    }

    /// Redirections behind a block; anything else there is no part of it.
    fn tail(&mut self, node: &mut Node) {
        loop {
            self.blanks();
            let digit = self.peek().is_some_and(|c| c.is_ascii_digit());
            if digit && matches!(self.chars.get(self.at.saturating_add(1)), Some('>' | '<')) {
                self.next();
            }
            match self.peek() {
                Some(mark @ ('>' | '<')) => {
                    self.next();
                    self.redirect(node, mark);
                }
                _ => return,
            }
        }
    }

    /// One command up to a mark that ends it.
    fn simple(&mut self, node: &mut Node, inside: bool) -> String {
        let mut text = String::new();
        let mut quoted = false;
        while let Some(c) = self.peek() {
            match c {
                '"' => quoted = !quoted,
                '^' if !quoted => {
                    self.next();
                    if let Some(c) = self.next() {
                        text.push(c);
                    }
                    continue;
                }
                '&' | '|' | '\n' if !quoted => break,
                ')' if !quoted && inside => break,
                mark @ ('>' | '<') if !quoted => {
                    self.next();
                    // `2>` is the number of the stream.
                    let mut back = text.chars().rev();
                    if back.next().is_some_and(|c| c.is_ascii_digit()) && back.next().is_none_or(is_blank) {
                        text.pop();
                    }
                    self.redirect(node, mark);
                    continue;
                }
                _ => {}
            }
            self.next();
            text.push(c);
        }
        text
    }

    fn redirect(&mut self, node: &mut Node, mark: char) {
        while self.peek() == Some('>') {
            self.next();
        }
        if self.peek() == Some('&') {
            self.next();
            self.next();
            return;
        }
        self.blanks();
        let (mut name, mut quoted) = (String::new(), false);
        while let Some(c) = self.peek() {
            match c {
                '"' => quoted = !quoted,
                '^' if !quoted => {
                    self.next();
                    name.extend(self.next());
                    continue;
                }
                c if !quoted && (is_blank(c) || matches!(c, '&' | '|' | '<' | '>' | ')' | ',' | ';' | '=')) => break,
                c => name.push(c),
            }
            self.next();
        }
        if mark == '<' {
            node.reads = Some(name);
        } else {
            node.writes.push(name);
        }
    }

    /// `for [/options] %x in (set) do commands`.
    fn construct_for(&mut self, depth: u8, inside: bool) -> Option<Body> {
        let mut options = String::new();
        let variable = loop {
            match self.next()? {
                '%' => {
                    while self.peek() == Some('%') {
                        self.next();
                    }
                    if self.peek() == Some('^') {
                        self.next();
                    }
                    break self.next()?;
                }
                '^' => {}
                c => options.push(c),
            }
        };
        self.blanks();
        (self.keyword() == "in").then_some(())?;
        self.blanks();
        (self.next()? == '(').then_some(())?;
        let (mut set, mut quoted, mut open) = (String::new(), false, 0_usize);
        loop {
            match self.next()? {
                '^' if !quoted => set.extend(self.next()),
                c => {
                    match c {
                        '"' => quoted = !quoted,
                        '(' if !quoted => open = open.saturating_add(1),
                        ')' if !quoted && open == 0 => break,
                        ')' if !quoted => open = open.saturating_sub(1),
                        _ => {}
                    }
                    set.push(c);
                }
            }
        }
        self.blanks();
        (self.keyword() == "do").then_some(())?;
        let body = self.list(depth.saturating_add(1), inside);
        Some(Body::For { options, variable, set, body })
    }

    /// `if [/i] [not] condition commands [else commands]`.
    fn construct_if(&mut self, depth: u8, inside: bool) -> Body {
        let mut condition = String::new();
        let mut words = 0_i32;
        loop {
            self.blanks_only();
            let word = self.condition_word();
            if word.is_empty() {
                break;
            }
            let lower = word.to_ascii_lowercase();
            condition.push_str(&word);
            condition.push(' ');
            if matches!(lower.as_str(), "/i" | "not") {
                continue;
            }
            words = words.saturating_add(1);
            let unary = matches!(lower.as_str(), "exist" | "defined" | "errorlevel" | "cmdextversion");
            let more = match words {
                1 if unary => 2,
                1 if word.contains("==") && !word.ends_with("==") => 1,
                1 => {
                    self.blanks_only();
                    if self.chars.get(self.at..).is_some_and(|rest| rest.starts_with(&['=', '='])) {
                        self.next();
                        self.next();
                        condition.push_str("== ");
                        2
                    } else if word.ends_with("==") {
                        2
                    } else {
                        3
                    }
                }
                _ => self.wanted(&condition),
            };
            if words >= more {
                break;
            }
        }
        self.blanks();
        let then = if self.peek() == Some('(') {
            vec![self.command(depth.saturating_add(1), inside)]
        } else {
            self.list(depth.saturating_add(1), inside)
        };
        self.blanks();
        let start = self.at;
        let otherwise = if self.keyword() == "else" {
            self.blanks();
            if self.peek() == Some('(') {
                vec![self.command(depth.saturating_add(1), inside)]
            } else {
                self.list(depth.saturating_add(1), inside)
            }
        } else {
            self.at = start;
            Vec::new()
        };
        Body::If { condition, then, otherwise }
    }

    /// How many words the condition has.
    fn wanted(&self, condition: &str) -> i32 {
        let lower = condition.to_ascii_lowercase();
        let first = lower.split_whitespace().find(|word| !matches!(*word, "/i" | "not")).unwrap_or_default();
        let unary = matches!(first, "exist" | "defined" | "errorlevel" | "cmdextversion");
        if unary || lower.contains("==") { 2 } else { 3 }
    }

    fn blanks_only(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.next();
        }
    }

    fn condition_word(&mut self) -> String {
        let (mut word, mut quoted) = (String::new(), false);
        while let Some(c) = self.peek() {
            match c {
                '"' => quoted = !quoted,
                '^' if !quoted => {
                    self.next();
                    word.extend(self.next());
                    continue;
                }
                c if !quoted && (is_blank(c) || matches!(c, '&' | '|' | '(' | ')' | '<' | '>')) => break,
                _ => {}
            }
            self.next();
            word.push(c);
        }
        word
    }
}

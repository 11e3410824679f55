//! From tokens to statements ([MS-VBAL] 5.3.1, 5.4).
//!
//! A line that does not parse is skipped and remembered; everything else stays.

use std::rc::Rc;

use super::ast::{Block, Body, Declared, Expression, Node, Parameter, Statement, Symbol};
use super::value::Kind;
use crate::hashed::HashMap;
use crate::languages::vba::lexer::{self, Code};

/// Nesting of blocks, and of expressions, that is read.
pub(super) const DEPTH: u32 = 40;
/// What a name takes in memory beside its letters.
const SYMBOL: usize = 64;

pub(super) struct Parser<'c, 'a> {
    pub(super) code: &'c Code<'a>,
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) symbols: Vec<Rc<str>>,
    pub(super) by_name: HashMap<Rc<str>, Symbol>,
    pub(super) declared: Vec<bool>,
    /// Names that are given a value here.
    pub(super) assigned: Vec<bool>,
    pub(super) statics: Vec<Symbol>,
    pub(super) depth: u32,
    pub(super) torn: bool,
    /// `Next i, j` ends more loops than one.
    pub(super) closing: usize,
    /// Reading the line of a one-line If.
    pub(super) in_line: u32,
    /// Nested deeper than is read: nothing behind counts.
    pub(super) lost: bool,
    /// Bytes that the tree takes, and may take.
    pub(super) taken: u64,
    room: u64,
    pub(super) defined: &'c HashMap<String, bool>,
}

/// Reads a procedure whose name is at `name`, up to `end`.
pub(super) fn procedure(
    code: &Code<'_>,
    module: usize,
    name: usize,
    end: usize,
    defined: &HashMap<String, bool>,
    room: u64,
) -> Body {
    let before = name.checked_sub(1);
    let returns = before.is_some_and(|at| code.is(at, "function") || code.is(at, "get"));
    let mut parser = Parser::new(code, name.saturating_add(1), end, defined, room);
    let result = returns.then(|| parser.declare(code.name(name)));
    let (parameters, kind) = parser.signature();
    let block = parser.block(&["end sub", "end function", "end property"]);
    if is_static(code, name) {
        // Every variable that it declares keeps its value.
        let declared = parser.declared.iter().enumerate().filter(|(_, declared)| **declared);
        let own = |symbol: &Symbol| result != Some(*symbol) && !parameters.iter().any(|given| given.name == *symbol);
        parser.statics = declared.filter_map(|(at, _)| Symbol::try_from(at).ok()).filter(own).collect();
    }
    Body {
        module,
        declared: parser.declared,
        assigned: parser.assigned,
        symbols: parser.symbols,
        parameters,
        result,
        kind,
        statics: parser.statics,
        block,
        torn: parser.torn || parser.lost,
        taken: parser.taken,
    }
}

/// Whether `Static` stands before the keyword of the procedure whose name is at `name` ([MS-VBAL] 5.3.1.2).
fn is_static(code: &Code<'_>, name: usize) -> bool {
    let before = (name.saturating_sub(4)..name).rev().take_while(|at| code.kind(*at) != lexer::Kind::End);
    before.into_iter().any(|at| code.is(at, "static"))
}

impl<'c, 'a> Parser<'c, 'a> {
    pub(super) fn new(
        code: &'c Code<'a>,
        at: usize,
        end: usize,
        defined: &'c HashMap<String, bool>,
        room: u64,
    ) -> Self {
        Self {
            code,
            at,
            end,
            symbols: Vec::new(),
            by_name: HashMap::default(),
            declared: Vec::new(),
            assigned: Vec::new(),
            statics: Vec::new(),
            depth: 0,
            torn: false,
            closing: 0,
            in_line: 0,
            lost: false,
            taken: 0,
            room,
            defined,
        }
    }

    /// A parser for what stands outside procedures; its names are those of `symbols`.
    pub(super) fn into_symbols(self) -> (Vec<Rc<str>>, Vec<bool>) {
        (self.symbols, self.declared)
    }

    pub(super) fn symbol(&mut self, name: &str) -> Symbol {
        if let Some(symbol) = self.by_name.get(name) {
            return *symbol;
        }
        let symbol = Symbol::try_from(self.symbols.len()).unwrap_or(Symbol::MAX);
        let name: Rc<str> = name.into();
        self.take_room(name.len().saturating_add(SYMBOL));
        self.symbols.push(Rc::clone(&name));
        self.declared.push(false);
        self.assigned.push(false);
        self.by_name.insert(name, symbol);
        symbol
    }

    /// Whether a name has been met in this procedure.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// A name that is given a value.
    pub(super) fn assigns(&mut self, target: &Expression) {
        let symbol = match target {
            Expression::Name(symbol, _) => *symbol,
            Expression::Call(callee, ..) => match &**callee {
                Expression::Name(symbol, _) => *symbol,
                _ => return,
            },
            _ => return,
        };
        if let Some(assigned) = self.assigned.get_mut(symbol as usize) {
            *assigned = true;
        }
    }

    pub(super) fn declare(&mut self, name: &str) -> Symbol {
        let symbol = self.symbol(name);
        if let Some(declared) = self.declared.get_mut(symbol as usize) {
            *declared = true;
        }
        symbol
    }

    // ---- tokens ------------------------------------------------------------------------------------------------------

    pub(super) fn kind(&self) -> lexer::Kind {
        if self.at < self.end { self.code.kind(self.at) } else { lexer::Kind::End }
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.at < self.end && self.code.is(self.at, word) && !self.code.is_foreign(self.at)
    }

    pub(super) fn next_is(&self, word: &str) -> bool {
        let next = self.at.saturating_add(1);
        next < self.end && self.code.is(next, word)
    }

    pub(super) fn is_mark(&self, mark: &str) -> bool {
        self.at < self.end && self.code.is_mark(self.at, mark)
    }

    pub(super) fn skip(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    pub(super) fn take(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at = self.at.saturating_add(usize::from(found));
        found
    }

    pub(super) fn take_mark(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        self.at = self.at.saturating_add(usize::from(found));
        found
    }

    pub(super) fn word(&mut self) -> Option<&'c str> {
        let name = (self.kind() == lexer::Kind::Name).then(|| self.code.name(self.at))?;
        self.skip();
        Some(name)
    }

    /// Whether a statement ends here.
    pub(super) fn ends(&self) -> bool {
        self.kind() == lexer::Kind::End || self.is_mark(":") || self.in_line > 0 && self.is("else")
    }

    pub(super) fn skip_line(&mut self) {
        while self.kind() != lexer::Kind::End {
            self.skip();
        }
    }

    pub(super) fn skip_statement(&mut self) {
        while !self.ends() {
            self.skip();
        }
    }

    // ---- declarations ------------------------------------------------------------------------------------------------

    pub(super) fn signature(&mut self) -> (Vec<Parameter>, Kind) {
        let mut parameters = Vec::new();
        if self.take_mark("(") {
            while !self.is_mark(")") && self.kind() != lexer::Kind::End {
                let start = self.at;
                parameters.extend(self.parameter());
                if !self.take_mark(",") && self.at == start {
                    self.skip();
                }
            }
            self.take_mark(")");
        }
        let kind = self.as_type().0;
        self.skip_line();
        (parameters, kind)
    }

    pub(super) fn parameter(&mut self) -> Option<Parameter> {
        let (mut by_value, mut optional, mut list) = (false, false, false);
        loop {
            if self.take("optional") {
                optional = true;
            } else if self.take("byval") {
                by_value = true;
            } else if self.take("paramarray") {
                list = true;
            } else if !self.take("byref") {
                break;
            }
        }
        let suffix = self.suffix();
        let word = self.word()?;
        let name = self.declare(word);
        if self.take_mark("(") {
            self.take_mark(")");
        }
        let kind = if self.is("as") { self.as_type().0 } else { suffix };
        let default = self.take_mark("=").then(|| self.expression(0));
        Some(Parameter { name, by_value, optional, list, kind, default })
    }

    /// The kind that the suffix of the name here says.
    pub(super) fn suffix(&self) -> Kind {
        match self.code.behind(self.at) {
            Some('$') => Kind::Text,
            Some('%') => Kind::Integer,
            Some('&') => Kind::Long,
            Some('^') => Kind::Wide,
            Some('#' | '!' | '@') => Kind::Real,
            _ => Kind::Variant,
        }
    }

    /// `As [New] A.B [* n]`, and whether New.
    pub(super) fn as_type(&mut self) -> (Kind, bool) {
        if !self.take("as") {
            return (Kind::Variant, false);
        }
        let fresh = self.take("new");
        let mut name = self.word().unwrap_or_default().to_owned();
        while self.is_mark(".") {
            self.skip();
            let Some(part) = self.word() else { break };
            name = format!("{name}.{part}");
        }
        if self.take_mark("*") {
            let length = self.code.text(self.at).parse().unwrap_or(0);
            self.skip();
            return (Kind::Fixed(length), fresh);
        }
        if self.is_mark("(") {
            self.skip();
            self.take_mark(")");
        }
        (Kind::of(&name), fresh)
    }

    /// `a(1 To 2) As T, b$ …`
    pub(super) fn declarations(&mut self, constants: bool, redim: bool) -> Vec<Declared> {
        let mut declared = Vec::new();
        loop {
            self.take("withevents");
            let suffix = self.suffix();
            if let Some(bounds) = redim.then(|| self.bounds_of_member()).flatten() {
                declared.push(self.member(bounds));
                if self.lost || !self.take_mark(",") {
                    break;
                }
                continue;
            }
            if self.kind() != lexer::Kind::Name {
                break;
            }
            let word = self.word().unwrap_or_default();
            let name = if redim { self.redimensioned(word) } else { self.declare(word) };
            let bounds = self.is_mark("(").then(|| self.bounds());
            let (kind, fresh) = if self.is("as") { self.as_type() } else { (suffix, false) };
            let value = (constants && self.take_mark("=")).then(|| self.expression(0));
            declared.push(Declared { name, kind, fresh, bounds, value, member: None });
            self.take_room(size_of::<Declared>());
            if self.lost || !self.take_mark(",") {
                break;
            }
        }
        declared
    }

    /// Where the bounds of a member start: `x.y(1)`, `.y(1)`, `x(i).y(1)`; nothing for a variable.
    fn bounds_of_member(&self) -> Option<usize> {
        let (mut at, mut is_member) = (self.at, false);
        while at < self.end {
            let next = at.saturating_add(1);
            if self.code.is_mark(at, ".") {
                is_member = true;
                at = next;
            } else if self.code.kind(at) == lexer::Kind::Name && !self.code.is(at, "as") {
                at = next;
            } else if self.code.is_mark(at, "(") {
                let behind = self.code.pair(at)?.saturating_add(1);
                if !self.code.is_mark(behind, ".") {
                    return is_member.then_some(at);
                }
                at = behind;
            } else {
                return None;
            }
        }
        None
    }

    /// A member that ReDim makes anew.
    fn member(&mut self, bounds: usize) -> Declared {
        let end = std::mem::replace(&mut self.end, bounds);
        let member = self.expression(0);
        self.end = end;
        if self.at != bounds {
            self.tear();
            self.at = bounds;
        }
        let bounds = Some(self.bounds());
        let (kind, fresh) = if self.is("as") { self.as_type() } else { (Kind::Variant, false) };
        self.take_room(size_of::<Declared>());
        Declared { name: self.symbol(""), kind, fresh, bounds, value: None, member: Some(Box::new(member)) }
    }

    pub(super) fn redimensioned(&mut self, name: &str) -> Symbol {
        let symbol = self.symbol(name);
        self.assigns(&Expression::Name(symbol, 0));
        symbol
    }

    pub(super) fn bounds(&mut self) -> Vec<(Option<Expression>, Expression)> {
        let mut bounds = Vec::new();
        self.skip();
        while !self.is_mark(")") && self.kind() != lexer::Kind::End {
            let first = self.expression(0);
            if self.take("to") {
                let upper = self.expression(0);
                bounds.push((Some(first), upper));
            } else {
                bounds.push((None, first));
            }
            if self.lost || !self.take_mark(",") {
                break;
            }
        }
        self.take_mark(")");
        bounds
    }

    // ---- blocks ------------------------------------------------------------------------------------------------------

    /// Whether one of these ends a block here.
    pub(super) fn at_end_of(&self, ends: &[&str]) -> bool {
        ends.iter().any(|end| match end.split_once(' ') {
            Some((first, second)) => {
                self.is(first) && self.next_is(second)
                    || first == "end" && self.code.name(self.at).strip_prefix("end") == Some(second)
            }
            None => self.is(end) && !(*end == "case" && self.next_is("=")),
        })
    }

    /// Statements up to one of the ends, which stays.
    pub(super) fn block(&mut self, ends: &[&str]) -> Block {
        let mut block = Vec::new();
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH {
            self.lost = true;
        }
        while self.at < self.end && !self.lost {
            if self.closing > 0 {
                break;
            }
            if self.kind() == lexer::Kind::End || self.is_mark(":") {
                self.skip();
                continue;
            }
            if self.at_end_of(ends) {
                break;
            }
            if self.is_mark("#") {
                self.directive();
                continue;
            }
            let first = self.at == 0 || self.code.kind(self.at.saturating_sub(1)) == lexer::Kind::End;
            let start = u32::try_from(self.at).unwrap_or(u32::MAX);
            if first && self.label(&mut block, start) {
                continue;
            }
            let before = self.at;
            let statement = self.statement();
            self.push(&mut block, start, statement);
            if !self.ends() {
                self.tear();
                block.push(Node { at: start, statement: Statement::Unreadable });
                self.skip_statement();
                if self.at == before {
                    self.skip();
                }
            }
        }
        self.depth = self.depth.saturating_sub(1);
        block.shrink_to_fit();
        block
    }

    /// Adds a statement. A block takes little more room than its statements do: there may be a million of them.
    pub(super) fn push(&mut self, block: &mut Block, at: u32, statement: Statement) {
        if block.len() == block.capacity() {
            block.reserve_exact((block.len() / 2).max(2));
        }
        block.push(Node { at, statement });
        self.take_room(size_of::<Node>());
    }

    /// What stands here does not parse.
    pub(super) fn tear(&mut self) {
        self.torn = true;
        #[cfg(test)]
        tests::TORN.with_borrow_mut(|torn| torn.push(self.code.line_text(self.at).trim().to_owned()));
    }

    /// Counts memory that the tree takes; nothing behind counts when there is no more.
    pub(super) const fn take_room(&mut self, bytes: usize) {
        self.taken = self.taken.saturating_add(bytes as u64);
        self.lost |= self.taken > self.room;
    }

    pub(super) fn label(&mut self, block: &mut Block, start: u32) -> bool {
        let next = self.at.saturating_add(1);
        if self.kind() == lexer::Kind::Number {
            block.push(Node { at: start, statement: Statement::Label(self.code.text(self.at).into()) });
            self.skip();
            self.take_mark(":");
            return true;
        }
        let is_label = self.kind() == lexer::Kind::Name
            && self.code.is_mark(next, ":")
            && !["else", "do", "wend", "loop", "next", "end", "return", "resume", "stop", "close", "doevents", "beep"]
                .iter()
                .any(|word| self.is(word));
        if is_label {
            block.push(Node { at: start, statement: Statement::Label(self.code.name(self.at).into()) });
            self.skip();
            self.skip();
        }
        is_label
    }

    /// `#If`: the branch that a current Office on Windows compiles ([MS-VBAL] 3.4).
    pub(super) fn directive(&mut self) {
        self.skip();
        if self.take("if") {
            if !self.condition() {
                self.skip_branch();
            }
        } else {
            // `#ElseIf`, `#Else` behind the branch that counts.
            let over = self.is("else") || self.is("elseif");
            self.skip_line();
            if over {
                self.skip_to_end_if();
            }
        }
    }

    pub(super) fn condition(&mut self) -> bool {
        let mut result: Option<bool> = None;
        let (mut negative, mut or) = (false, true);
        while self.kind() != lexer::Kind::End && !self.is("then") {
            let word = self.code.name(self.at);
            match word {
                "not" => negative = true,
                "and" => or = false,
                "or" => or = true,
                _ => {
                    let value = match self.kind() {
                        lexer::Kind::Number => self.code.text(self.at) != "0",
                        lexer::Kind::Name => self
                            .defined
                            .get(word)
                            .copied()
                            .unwrap_or(matches!(word, "vba7" | "vba6" | "win64" | "win32" | "true")),
                        // `= 1`, `> 6`: what is defined is true.
                        _ => {
                            self.skip();
                            if self.kind() == lexer::Kind::Number {
                                if self.code.text(self.at) == "0" {
                                    result = result.map(|value| !value);
                                }
                                self.skip();
                            }
                            continue;
                        }
                    };
                    let value = value != negative;
                    negative = false;
                    result = Some(result.map_or(value, |before| if or { before || value } else { before && value }));
                }
            }
            self.skip();
        }
        self.skip_line();
        result.unwrap_or(true)
    }

    /// To the next branch that counts, or behind `#End If`.
    pub(super) fn skip_branch(&mut self) {
        self.skip_until(true);
    }

    /// Behind `#End If`.
    pub(super) fn skip_to_end_if(&mut self) {
        self.skip_until(false);
    }

    fn skip_until(&mut self, any_branch: bool) {
        let mut depth = 0_u32;
        while self.at < self.end {
            if self.is_mark("#") && (self.at == 0 || self.code.kind(self.at.saturating_sub(1)) == lexer::Kind::End) {
                self.skip();
                if self.is("if") {
                    depth = depth.saturating_add(1);
                } else if self.is("end") || self.is("endif") {
                    if depth == 0 {
                        self.skip_line();
                        return;
                    }
                    depth = depth.saturating_sub(1);
                } else if any_branch && depth == 0 && self.take("else") {
                    self.skip_line();
                    return;
                } else if any_branch && depth == 0 && self.take("elseif") && self.condition() {
                    return;
                }
            }
            self.skip();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use crate::budget::{Budget, Limits};
    use crate::hashed::HashSet;
    use crate::languages::surroundings::Surroundings;
    use crate::languages::vba::eval::Machine;
    use crate::languages::vba::outline::Outline;
    use crate::languages::vba::{Module, ModuleKind, Read};

    thread_local! {
        /// Lines that did not parse.
        pub(super) static TORN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    /// Lines of the procedures of a module that do not parse.
    fn torn(source: String) -> Vec<String> {
        TORN.take();
        let modules = [Module { name: "M".into(), path: String::new(), kind: ModuleKind::Standard, source }];
        let budget = Budget::new(Limits::default(), |_| ());
        let (outline, _) = Outline::read(&modules, Read::default(), HashSet::default(), &budget);
        let around = Surroundings::default();
        let mut machine = Machine::new(&outline, &around, &[], &budget);
        TORN.take();
        for procedure in 0..outline.procedures.len() {
            machine.body(procedure);
        }
        TORN.take()
    }

    #[test]
    fn rare_statements_are_read() {
        let lines = [
            "ReDim Preserve x.y(1), z(2)",
            "ReDim x(i).y(0 To 3) As Long",
            "a = Input(LOF(f), #f)",
            "If a Then b: c Else d",
            "Line Input #1, s$",
            "Print #1, a; Tab(3); b,",
            "Debug.Print a; b",
            "Open f For Binary Access Read Write Lock Read As #n Len = 5",
            "On Error GoTo -1",
            "On x GoTo 10, 20",
            "Put #1, , b(1)",
            "Get #1, 3, c",
            "Lock #1, 1 To 3",
            "Width #1, 80",
            "RaiseEvent Done(1)",
            "Mid$(s, 1, 2) = \"ab\"",
            "LSet a = b",
            "Erase a, b",
            "Name a As b",
            "Call x.y(1)(2).z",
            "Set a = New b.c",
            "Let a = 5",
            "Attribute x.VB_Description = \"y\"",
            "If TypeOf a Is b.c Then d",
            "For Each a In b: Next a",
            "Stop",
            "Load UserForm1",
            "a!b = c!d",
            "[A1] = [B1]",
            "x = a Is Nothing And Not b Like \"c\" Xor d Eqv e Imp f",
            "Seek #1, 5",
            "Reset",
            "Date = #1/1/2020#",
            "Error 5",
            "Beep",
        ];
        let source = format!("Sub a()\n{}\nEnd Sub\n", lines.join("\n"));
        assert_eq!(torn(source), [""; 0]);
    }
}

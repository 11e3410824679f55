//! Calls that a text decides: `Select Case kind`, `Case "ACTION": BuildReport`.
//!
//! One procedure often serves many callers, and a text says what each of them wants: the picture of a button when the
//! ribbon is drawn, the report when somebody clicks. What a case calls is then reached only if one of those who run
//! gives its text. This holds where nothing else can decide: every call is known and gives a literal, and the procedure
//! does nothing with the parameter but compare it, and jumps nowhere.

use std::ops::Range;
use std::rc::Rc;

use super::ModuleKind;
use super::lexer::{Code, Kind};
use super::names::Symbol;
use super::outline::{Outline, Span};
use super::triggers;

/// What a parameter must be for a case to be taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Guard {
    pub(super) parameter: Symbol,
    /// Its number.
    pub(super) index: usize,
    /// Lower case: under `Option Compare Text` that is how texts are compared.
    pub(super) texts: Vec<String>,
}

/// The cases of one procedure, by the tokens of their statements, in order.
#[derive(Debug, Default)]
pub(super) struct Guards(Vec<(Range<usize>, Rc<Guard>)>);

/// Cases kept of a procedure, texts of a case and bytes of a text.
const CASES: usize = 512;
const TEXTS: usize = 16;
const LONGEST: usize = 64;
/// `Select` inside `Select`.
const DEPTH: usize = 64;
/// Parameters that are looked at.
const ASKED: usize = 16;

/// An open `Select Case`.
struct Select {
    /// Number and name, where it asks for a parameter.
    asks: Option<(usize, Symbol)>,
    /// The case that is being read.
    case: Option<(usize, Vec<String>)>,
}

impl Guards {
    pub(super) fn read(outline: &Outline<'_>, procedure: usize) -> Self {
        let Some((found, unit)) = outline.procedures.get(procedure).zip(outline.unit(procedure)) else {
            return Self::default();
        };
        let code = &unit.code;
        let body = outline.body(procedure);
        let is_select = |span: &Span| is_select(code, &span.range());
        if found.parameters.is_empty() || unit.kind != ModuleKind::Standard || !body.iter().any(is_select) {
            return Self::default();
        }
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return Self::default() };
        let tokens = first.range().start..last.range().end;
        let starts = triggers::start(&found.name, &unit.name, unit.kind).is_some();
        if starts || tokens.clone().any(|at| code.is(at, "goto") || code.is(at, "gosub")) {
            return Self::default();
        }
        let mut asked: Vec<(Symbol, Option<usize>)> = Vec::new();
        let parameter = |at: usize| {
            let symbol = code.symbol(at);
            if let Some((_, index)) = asked.iter().find(|(known, _)| *known == symbol) {
                return index.map(|index| (index, symbol));
            }
            let index = found.parameters.iter().take(ASKED).position(|parameter| *parameter == symbol)?;
            let mut named = tokens.clone().filter(|at| code.symbol(*at) == symbol);
            let index = named.all(|at| only_compares(code, at)).then_some(index);
            asked.push((symbol, index));
            index.map(|index| (index, symbol))
        };
        Self::cases(code, body, parameter)
    }

    fn cases(code: &Code<'_>, body: &[Span], mut parameter: impl FnMut(usize) -> Option<(usize, Symbol)>) -> Self {
        let mut guards = Vec::new();
        let mut open: Vec<Select> = Vec::new();
        let end_case = |select: &mut Select, at: usize, guards: &mut Vec<(Range<usize>, Rc<Guard>)>| {
            if let Some(((from, texts), (index, parameter))) = select.case.take().zip(select.asks)
                && guards.len() < CASES
            {
                // What stands inside another case needs that one first.
                while guards.last().is_some_and(|(inside, _)| inside.start >= from) {
                    guards.pop();
                }
                guards.push((from..at, Rc::new(Guard { parameter, index, texts })));
            }
        };
        for span in body {
            let statement = span.range();
            let (at, next) = (statement.start, statement.start.saturating_add(1));
            if is_select(code, &statement) {
                let asked = at.saturating_add(2);
                let alone = asked.saturating_add(1) == statement.end && code.kind(asked) == Kind::Name;
                if open.len() >= DEPTH {
                    return Self::default();
                }
                open.push(Select { asks: if alone { parameter(asked) } else { None }, case: None });
            } else if code.is(at, "case") {
                let Some(select) = open.last_mut() else { return Self::default() };
                end_case(select, at, &mut guards);
                select.case = texts(code, next..statement.end).map(|texts| (statement.end, texts));
            } else if code.is(at, "end") && code.is(next, "select") {
                let Some(mut select) = open.pop() else { return Self::default() };
                end_case(&mut select, at, &mut guards);
            }
        }
        Self(guards)
    }

    /// What must hold where a statement starts at this token.
    pub(super) fn at(&self, token: usize) -> Option<&Rc<Guard>> {
        let next = self.0.partition_point(|(range, _)| range.start <= token);
        let (range, guard) = self.0.get(next.checked_sub(1)?)?;
        range.contains(&token).then_some(guard)
    }
}

fn is_select(code: &Code<'_>, statement: &Range<usize>) -> bool {
    code.is(statement.start, "select") && code.is(statement.start.saturating_add(1), "case")
}

/// The texts of a case; `None` where it is taken for anything else, too.
fn texts(code: &Code<'_>, range: Range<usize>) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    for (number, at) in range.enumerate() {
        if number % 2 == 1 {
            code.is_mark(at, ",").then_some(())?;
            continue;
        }
        let text = code.string(at).filter(|text| text.len() <= LONGEST && texts.len() < TEXTS)?;
        texts.push(text.to_lowercase());
    }
    (!texts.is_empty()).then_some(texts)
}

/// Whether the name at this token is asked for, compared with a text or joined to one, and cannot get another value.
fn only_compares(code: &Code<'_>, at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return false };
    let (next, text) = (at.saturating_add(1), at.saturating_add(2));
    let selects = code.is(before, "case") && before.checked_sub(1).is_some_and(|at| code.is(at, "select"));
    let compared = (code.is_mark(next, "=") || code.is_mark(next, "<>")) && code.kind(text) == Kind::Text;
    let in_condition = code.is_mark(before, "(")
        || ["if", "elseif", "and", "or", "not", "while", "until"].iter().any(|word| code.is(before, word));
    selects || code.is_mark(before, "&") || compared && in_condition
}

#[cfg(test)]
mod tests {
    use crate::budget::{Budget, Limits};
    use crate::languages::ActionKind;
    use crate::languages::surroundings::Surroundings;
    use crate::languages::vba::{Module, ModuleKind, Project, analyse};

    /// Whether opening the workbook reaches the program.
    fn runs(serve: &str, caller: &str) -> bool {
        let module = |name: &str, kind, source: String| Module { name: name.into(), path: name.into(), kind, source };
        let serve =
            format!("{serve}\nSub Report()\nShell \"cmd /c x\"\nEnd Sub\nSub Button()\nServe 1, \"ACTION\"\nEnd Sub");
        let modules = vec![
            module("ThisWorkbook", ModuleKind::Document, format!("Sub Workbook_Open()\n{caller}\nEnd Sub")),
            module("M", ModuleKind::Standard, serve),
        ];
        let budget = Budget::new(Limits { evaluation: 0, ..Limits::default() }, |_| ());
        let project = Project { modules, ..Project::default() };
        let (behaviour, result) = analyse(&project, &Surroundings::default(), &budget);
        result.unwrap();
        behaviour.actions.iter().any(|action| action.kind == ActionKind::Run && action.reached_by.is_some())
    }

    const SERVE: &str = "Function Serve(n, kind As String, Optional ByRef val)\n\
        If Not (kind = \"ACTION\" Or kind = \"IMAGE\") Then MsgBox \"wrong \" & kind\n\
        Select Case n\nCase 1\nSelect Case kind\nCase \"IMAGE\", \"LABEL\": val = \"x\"\nCase \"ACTION\": Call Report\n\
        Case Else\nval = 1\nEnd Select\nEnd Select\nEnd Function";

    #[test]
    fn a_case_that_no_caller_asks_for_is_not_reached() {
        assert!(!runs(SERVE, "Serve 1, \"IMAGE\", x"));
        assert!(!runs(SERVE, "Serve val:=x, n:=1, kind:=\"LABEL\""));
        // What is called so is a member of an object.
        assert!(!runs(SERVE, "Serve 1, \"IMAGE\"\nx = CallByName(Sheet1, Range(\"A1\"), VbGet)"));
    }

    #[test]
    fn whoever_may_give_the_text_reaches_it() {
        assert!(runs(SERVE, "Serve 1, \"ACTION\""));
        assert!(runs(SERVE, "Serve 1, \"action\""));
        assert!(runs(SERVE, "Serve 1, Cells(1, 1)"));
        assert!(runs(SERVE, "Serve 1"));
        assert!(runs(SERVE, "Serve 1, \"IMAGE\"\nApplication.Run \"Serve\", 1, Range(\"A1\")"));
        assert!(runs(SERVE, "Serve 1, \"IMAGE\"\nApplication.Run Range(\"A1\")"));
        assert!(runs(SERVE, "Serve 1, \"IMAGE\"\nButton"));
        assert!(runs(SERVE, "Serve 1, \"IMAGE\"\nf AddressOf Serve"));
    }

    #[test]
    fn nothing_else_may_decide() {
        let image = "Serve 1, \"IMAGE\"";
        for (from, to) in [
            ("Select Case n\n", "kind = Cells(1, 1)\nSelect Case n\n"),
            ("Select Case n\n", "Change kind\nSelect Case n\n"),
            ("Select Case n\n", "LSet kind = Cells(1, 1)\nSelect Case n\n"),
            ("Select Case n\n", "If n = 2 Then kind = \"ACTION\"\nSelect Case n\n"),
            ("Select Case kind\n", "GoTo 9\nSelect Case kind\n"),
            ("Select Case kind\n", "Select Case kind & \"\"\n"),
            ("Case \"ACTION\"", "Case Is <> \"x\""),
            ("Case \"ACTION\"", "Case \"A\" To \"Z\""),
            ("Case Else\n", "Case Else\nReport\n"),
            ("End Select\nEnd Select\n", "End Select\nReport\nEnd Select\n"),
        ] {
            assert!(SERVE.contains(from));
            assert!(runs(&SERVE.replacen(from, to, 1), image), "{to}");
        }
    }
}

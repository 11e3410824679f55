//! The syntax tree of a procedure ([MS-VBAL] 5.3, 5.4, 5.6), as far as running it needs.

use std::rc::Rc;

use super::value::{Kind, Value};

/// A name of a procedure: an index into [`Body::symbols`].
pub(super) type Symbol = u32;

/// Operators ([MS-VBAL] 5.6.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Power,
    Multiply,
    Divide,
    IntegerDivide,
    Modulo,
    Add,
    Subtract,
    Concatenate,
    Equal,
    Unequal,
    Less,
    More,
    LessOrEqual,
    MoreOrEqual,
    Like,
    Is,
    And,
    Or,
    Xor,
    Eqv,
    Imp,
}

/// An argument of a call.
#[derive(Debug)]
pub(super) struct Argument {
    /// `name:=`
    pub(super) name: Option<Rc<str>>,
    /// Nothing where the place is left out.
    pub(super) value: Option<Expression>,
}

/// An expression. Operators of one rank stand in one list, so that long concatenations need no nesting.
#[derive(Debug)]
pub(super) enum Expression {
    Literal(Value),
    /// A name, and its token.
    Name(Symbol, u32),
    /// `owner.name`; nothing before the dot is the object of the enclosing `With`.
    Member(Option<Box<Expression>>, Rc<str>, u32),
    /// `callee(arguments)`: a call or an index.
    Call(Box<Expression>, Vec<Argument>, u32),
    /// Operands from left to right.
    Operators(Box<Expression>, Vec<(Operator, Expression)>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    New(Rc<str>, u32),
    /// `AddressOf name`
    Address,
    /// `[A1]`
    Foreign(Rc<str>, u32),
    Me,
    /// What could not be read.
    Unreadable,
}

/// One name in `Dim`, `Static`, `ReDim`, `Const`.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) name: Symbol,
    pub(super) kind: Kind,
    /// `As New`
    pub(super) fresh: bool,
    /// Bounds of an array: lower (if given) and upper; an empty list is a dynamic array.
    pub(super) bounds: Option<Vec<(Option<Expression>, Expression)>>,
    /// Of a constant.
    pub(super) value: Option<Expression>,
    /// What ReDim makes anew where it is no variable but a member.
    pub(super) member: Option<Box<Expression>>,
}

/// A `Case` clause.
#[derive(Debug)]
pub(super) enum Case {
    Value(Expression),
    Range(Expression, Expression),
    Is(Operator, Expression),
}

/// What `Exit` leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Procedure,
    For,
    Do,
}

/// `On Error …`
#[derive(Clone, Debug)]
pub(super) enum OnError {
    ResumeNext,
    GoTo(Rc<str>),
    Off,
}

/// When the condition of a `Do` is asked.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) test: Expression,
    /// `Until` instead of `While`.
    pub(super) until: bool,
    /// Behind `Loop` instead of `Do`.
    pub(super) after: bool,
}

#[derive(Debug)]
pub(super) enum Statement {
    Let(Expression, Expression),
    Set(Expression, Expression),
    Call(Expression),
    /// `RaiseEvent Name(arguments)`
    Raise(Expression),
    If(Vec<(Expression, Block)>, Block),
    Select(Expression, Vec<(Vec<Case>, Block)>, Block),
    For {
        variable: Box<Expression>,
        from: Box<Expression>,
        to: Box<Expression>,
        step: Option<Box<Expression>>,
        body: Block,
    },
    ForEach {
        variable: Box<Expression>,
        over: Box<Expression>,
        body: Block,
    },
    Do(Option<Condition>, Block),
    With(Expression, Block),
    Dim(Vec<Declared>),
    Const(Vec<Declared>),
    ReDim(bool, Vec<Declared>),
    Erase(Vec<Expression>),
    Exit(Exit),
    Label(Rc<str>),
    GoTo(Rc<str>),
    GoSub(Rc<str>),
    /// `On x GoTo a, b`, or `GoSub`
    OnGoTo(Expression, Vec<Rc<str>>, bool),
    /// `LSet target = value`, or `RSet`: within the length the text has.
    Align(Expression, Expression, bool),
    Return,
    OnError(OnError),
    Resume,
    End,
    /// `Mid(target, from, length) = value`
    Mid {
        target: Box<Expression>,
        from: Box<Expression>,
        length: Option<Box<Expression>>,
        value: Box<Expression>,
        bytes: bool,
    },
    /// `Open path For mode As number`; whether it writes.
    Open {
        path: Expression,
        number: Expression,
        writes: bool,
    },
    /// `Print #`, `Write #`, `Put #`: what is written.
    Print {
        number: Expression,
        values: Vec<Expression>,
        line: bool,
    },
    /// `Line Input #`, `Input #`, `Get #`: what is read into.
    Input(Vec<Expression>),
    Close,
    FileCopy(Expression, Expression),
    Rename(Expression),
    /// What could not be read.
    Unreadable,
}

/// A statement and its first token.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: u32,
    pub(super) statement: Statement,
}

pub(super) type Block = Vec<Node>;

/// A parameter.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: Symbol,
    pub(super) by_value: bool,
    pub(super) optional: bool,
    pub(super) list: bool,
    pub(super) kind: Kind,
    pub(super) default: Option<Expression>,
}

/// A procedure, read.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) module: usize,
    /// Every name of it, lower case, and whether it is declared here.
    pub(super) symbols: Vec<Rc<str>>,
    pub(super) declared: Vec<bool>,
    /// Whether it is given a value here.
    pub(super) assigned: Vec<bool>,
    pub(super) parameters: Vec<Parameter>,
    /// The variable a function returns.
    pub(super) result: Option<Symbol>,
    pub(super) kind: Kind,
    pub(super) statics: Vec<Symbol>,
    pub(super) block: Block,
    /// Whether something in it could not be read.
    pub(super) torn: bool,
    /// Bytes it takes.
    pub(super) taken: u64,
}

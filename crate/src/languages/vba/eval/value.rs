//! Values of VBA ([MS-VBAL] 2.1) and how they turn into one another (5.5).
//!
//! A text is a sequence of UTF-16 units, as in VBA, since decoders count, cut and combine units. A text that is not
//! wholly known carries `…` where something is missing, or stands for a name of the machine (`%APPDATA%`); it can be
//! shown and joined, but nothing is computed from it.

use std::rc::Rc;

/// Units of one text.
pub(super) const LONGEST: usize = 1 << 20;
/// Bytes of a text with half a letter, which is put together anew each time.
const HALVES: usize = 1 << 12;
/// Elements of one array.
pub(super) const WIDEST: usize = 1 << 18;
/// Stands for what is not known.
const GAP: u16 = 0x2026;

/// What a variable is declared as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Variant,
    Byte,
    Bool,
    Integer,
    Long,
    /// LongLong, LongPtr.
    Wide,
    Real,
    Date,
    Text,
    /// `String * n`
    Fixed(u32),
    Object,
    /// A class, a form, a type of the project or of a library, lower case.
    Named(Rc<str>),
}

impl Kind {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "byte" => Self::Byte,
            "boolean" => Self::Bool,
            "integer" => Self::Integer,
            "long" => Self::Long,
            "longlong" | "longptr" => Self::Wide,
            "single" | "double" | "currency" | "decimal" => Self::Real,
            "string" => Self::Text,
            "object" => Self::Object,
            "date" => Self::Date,
            "variant" | "any" | "" => Self::Variant,
            other => Self::Named(other.into()),
        }
    }

    /// What a variable of this kind holds at first.
    pub(super) fn initial(&self) -> Value {
        match self {
            Self::Variant => Value::Empty,
            Self::Byte | Self::Integer | Self::Long | Self::Wide => Value::Int(0),
            Self::Bool => Value::Bool(false),
            Self::Real => Value::Real(0.0),
            Self::Date => Value::Date(0.0),
            Self::Text => Value::text(""),
            Self::Fixed(n) => Value::from_units(vec![0; (*n as usize).min(LONGEST)], true),
            Self::Object | Self::Named(_) => Value::Nothing,
        }
    }

    /// What becomes of a value that is put into such a variable.
    pub(super) fn take(&self, value: Value) -> Value {
        match (self, value) {
            (_, value @ (Value::Unknown | Value::Array(_) | Value::Object(_) | Value::Record(_)))
                if *self != Self::Text =>
            {
                value
            }
            (Self::Byte, value) => {
                value.number().map(round).filter(|n| (0..=255).contains(n)).map_or(Value::Unknown, Value::Int)
            }
            // Out of range is an error.
            (Self::Integer, value) => {
                value.number().map(round).filter(|n| i16::try_from(*n).is_ok()).map_or(Value::Unknown, Value::Int)
            }
            (Self::Long, value) => {
                value.number().map(round).filter(|n| i32::try_from(*n).is_ok()).map_or(Value::Unknown, Value::Int)
            }
            (Self::Wide, value) => value.number().map(round).map_or(Value::Unknown, Value::Int),
            (Self::Real, value) => value.number().map_or(Value::Unknown, Value::Real),
            (Self::Date, value) => {
                let date = match &value {
                    Value::Text(..) => value.known().and_then(|text| super::dates::read(&text, false)),
                    other => other.number(),
                };
                date.map_or(Value::Unknown, Value::Date)
            }
            (Self::Bool, value) => value.truth().map_or(Value::Unknown, Value::Bool),
            (Self::Text, value @ Value::Text(..)) => value,
            // Half a letter (ChrB, LeftB …) has no units of its own.
            (Self::Text, value) if value.is_odd() => value,
            (Self::Text, value) => match value.units() {
                Some((units, known)) => Value::Text(units, known),
                None => Value::Unknown,
            },
            (Self::Fixed(n), value) => match value.units() {
                Some((units, known)) => {
                    let mut units = units.to_vec();
                    units.resize((*n as usize).min(LONGEST), 0x20);
                    Value::from_units(units, known)
                }
                None => Value::Unknown,
            },
            (Self::Variant | Self::Object | Self::Named(_), value) => value,
        }
    }
}

/// An array; a copy is made when one of two holders changes it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    pub(super) kind: Kind,
    /// Lower bound and length of every dimension; none for a dynamic array without elements.
    pub(super) bounds: Vec<(i64, usize)>,
    pub(super) items: Vec<Value>,
    /// Something was put into it nobody knows where.
    pub(super) blurred: bool,
}

impl Array {
    pub(super) fn list(items: Vec<Value>) -> Self {
        Self { kind: Kind::Variant, bounds: vec![(0, items.len())], items, blurred: false }
    }

    pub(super) fn bytes(bytes: &[u8]) -> Self {
        let items = bytes.iter().map(|byte| Value::Int(i64::from(*byte))).collect();
        Self { kind: Kind::Byte, bounds: vec![(0, bytes.len())], items, blurred: false }
    }

    /// Where an element stands.
    pub(super) fn place(&self, index: &[i64]) -> Option<usize> {
        if index.len() != self.bounds.len() {
            return None;
        }
        // The first index runs fastest, so that ReDim Preserve keeps what stands before the last bound.
        let mut place = 0_usize;
        for (index, (lower, length)) in index.iter().zip(&self.bounds).rev() {
            let offset = usize::try_from(index.checked_sub(*lower)?).ok().filter(|offset| offset < length)?;
            place = place.checked_mul(*length)?.checked_add(offset)?;
        }
        Some(place)
    }

    pub(super) fn get(&self, index: &[i64]) -> Value {
        if self.blurred {
            return Value::Unknown;
        }
        self.place(index).and_then(|place| self.items.get(place)).cloned().unwrap_or(Value::Unknown)
    }

    /// As bytes, if every one is known.
    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        if self.blurred {
            return None;
        }
        self.items.iter().map(|item| item.integer().and_then(|n| u8::try_from(n).ok())).collect()
    }
}

/// Fields of a user-defined type, lower case.
pub(super) type Fields = Vec<(Rc<str>, Value)>;

/// A value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Value {
    #[default]
    Empty,
    Null,
    Nothing,
    /// An argument that was left out.
    Missing,
    Bool(bool),
    Int(i64),
    Real(f64),
    /// Days since 30 December 1899. How it reads as text is a setting of the machine.
    Date(f64),
    /// Units, and whether all of it is known.
    Text(Rc<Vec<u16>>, bool),
    Array(Rc<Array>),
    Record(Rc<Fields>),
    /// An index into the machine's objects.
    Object(u32),
    Unknown,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::from_units(text.encode_utf16().collect(), true)
    }

    /// A text that stands for something of the machine.
    pub(super) fn stand_in(text: &str) -> Self {
        Self::from_units(text.encode_utf16().collect(), false)
    }

    pub(super) fn from_units(units: Vec<u16>, known: bool) -> Self {
        if units.len() > LONGEST { Self::Unknown } else { Self::Text(Rc::new(units), known) }
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        if items.len() > WIDEST { Self::Unknown } else { Self::Array(Rc::new(Array::list(items))) }
    }

    pub(super) fn bytes(bytes: &[u8]) -> Self {
        if bytes.len() > WIDEST { Self::Unknown } else { Self::Array(Rc::new(Array::bytes(bytes))) }
    }

    /// As units, and whether all are known; `None` if nothing is.
    pub(super) fn units(&self) -> Option<(Rc<Vec<u16>>, bool)> {
        let text = match self {
            Self::Text(units, known) => return Some((Rc::clone(units), *known)),
            Self::Empty | Self::Null => String::new(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Int(n) => n.to_string(),
            Self::Real(n) => real(*n),
            Self::Array(array) if array.kind == Kind::Byte => {
                let bytes = array.to_bytes()?;
                let pairs = bytes.chunks(2);
                let unit = |pair: &[u8]| {
                    let byte = |at: usize| pair.get(at).copied().unwrap_or(0);
                    u16::from_le_bytes([byte(0), byte(1)])
                };
                return Some((Rc::new(pairs.map(unit).collect()), true));
            }
            _ => return None,
        };
        Some((Rc::new(text.encode_utf16().collect()), true))
    }

    /// As text, with gaps; `None` if nothing is known.
    pub(super) fn shown(&self) -> Option<String> {
        self.units().map(|(units, _)| String::from_utf16_lossy(&units))
    }

    /// As text, if all of it is known.
    pub(super) fn known(&self) -> Option<String> {
        self.units().filter(|(_, known)| *known).map(|(units, _)| String::from_utf16_lossy(&units))
    }

    /// As units, if all are known.
    pub(super) fn known_units(&self) -> Option<Rc<Vec<u16>>> {
        self.units().filter(|(_, known)| *known).map(|(units, _)| units)
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Int(n) => Some(wide(*n)),
            Self::Real(n) | Self::Date(n) => Some(*n),
            Self::Bool(b) => Some(if *b { -1.0 } else { 0.0 }),
            Self::Empty => Some(0.0),
            Self::Text(units, true) => parse(&String::from_utf16_lossy(units)),
            _ => None,
        }
    }

    /// As a whole number, rounded as VBA does.
    pub(super) fn integer(&self) -> Option<i64> {
        if let Self::Int(n) = self { Some(*n) } else { self.number().map(round) }
    }

    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(b) => Some(*b),
            Self::Text(units, true) => match String::from_utf16_lossy(units).to_ascii_lowercase().as_str() {
                "true" => Some(true),
                "false" => Some(false),
                text => parse(text).map(|n| n != 0.0),
            },
            _ => self.number().map(|n| n != 0.0),
        }
    }

    /// Bytes of a text with half a letter at its end.
    pub(super) fn odd_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Array(array) if self.is_odd() => array.to_bytes(),
            _ => None,
        }
    }

    fn is_odd(&self) -> bool {
        matches!(self, Self::Array(array) if array.kind == Kind::Byte && array.items.len() % 2 == 1)
    }

    /// A text of bytes: of letters where none is cut in half.
    pub(super) fn of_halves(bytes: &[u8]) -> Self {
        match bytes.len() % 2 {
            0 => Self::from_units(super::texts::of_bytes(bytes), true),
            _ => Self::bytes(bytes),
        }
    }

    /// Appends what `other` is as text.
    pub(super) fn join(self, other: &Self) -> Self {
        if self == Self::Unknown && *other == Self::Unknown {
            return Self::Unknown;
        }
        if self.is_odd() || other.is_odd() {
            let bytes = |value: &Self| {
                let halves = value.odd_bytes();
                halves.or_else(|| value.known_units().map(|units| super::texts::to_bytes(&units, 0, HALVES)))
            };
            return match (bytes(&self), bytes(other)) {
                (Some(left), Some(right)) if left.len().saturating_add(right.len()) < HALVES => {
                    Self::of_halves(&[left, right].concat())
                }
                _ => Self::Unknown,
            };
        }
        let (mut units, mut known) = match self {
            Self::Text(units, known) => (units, known),
            other => other.units().unwrap_or_else(|| (Rc::new(vec![GAP]), false)),
        };
        let target = Rc::make_mut(&mut units);
        match other.units() {
            Some((more, all)) if target.len().saturating_add(more.len()) <= LONGEST => {
                // By a quarter, not to twice: many such texts may be kept.
                if target.capacity().saturating_sub(target.len()) < more.len() {
                    target.reserve_exact(more.len().max(target.len() / 4).max(16));
                }
                target.extend_from_slice(&more);
                known &= all;
            }
            Some(_) => return Self::Unknown,
            None => {
                known = false;
                if target.last() != Some(&GAP) {
                    target.push(GAP);
                }
            }
        }
        Self::Text(units, known)
    }

    /// Bytes it holds, for the price of a copy.
    pub(super) fn weight(&self) -> u64 {
        match self {
            Self::Text(units, _) => units.len() as u64,
            Self::Array(array) => array.items.len() as u64,
            _ => 1,
        }
    }

    /// Without the room to grow that a long text was built with.
    pub(super) fn without_room(mut self) -> Self {
        if let Self::Text(units, _) = &mut self
            && let Some(units) = Rc::get_mut(units)
            && units.capacity() > units.len().saturating_add(units.len() / 4).saturating_add(64)
        {
            units.shrink_to_fit();
        }
        self
    }

    /// What of it has to be copied before it can grow.
    pub(super) fn shared_weight(&self) -> u64 {
        match self {
            Self::Text(units, _) if Rc::strong_count(units) > 1 => units.len() as u64,
            _ => 0,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "VBA's Double loses the same digits")]
pub(super) const fn wide(n: i64) -> f64 {
    n as f64
}

/// Half to even, as CInt and CLng do.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
pub(super) fn round(n: f64) -> i64 {
    n.round_ties_even() as i64
}

#[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
pub(super) const fn whole(n: f64) -> i64 {
    n as i64
}

/// A number that may be an index or a length.
pub(super) fn size(n: i64) -> Option<usize> {
    usize::try_from(n).ok().filter(|n| *n <= LONGEST.saturating_mul(2))
}

/// A Double as VBA writes it: 15 digits.
pub(super) fn real(n: f64) -> String {
    let short = format!("{n:.14e}").parse().unwrap_or(n);
    if short == 0.0 {
        return "0".into();
    }
    if (1e-4..1e15).contains(&f64::abs(short)) {
        return format!("{short}");
    }
    let text = format!("{short:E}");
    match text.split_once('E') {
        Some((digits, power)) if !power.starts_with('-') => format!("{digits}E+{power:0>2}"),
        Some((digits, power)) => format!("{digits}E-{:0>2}", power.trim_start_matches('-')),
        None => text,
    }
}

/// A text as a number: what CLng and CDbl take.
pub(super) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("&h") {
        return radix(digits.trim_end_matches('&'), 16, digits.ends_with('&')).map(wide);
    }
    if let Some(digits) = lower.strip_prefix("&o") {
        return radix(digits.trim_end_matches('&'), 8, digits.ends_with('&')).map(wide);
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+')) {
        return None;
    }
    lower.replace(',', "").replace('d', "e").parse().ok()
}

/// `&HFFFF` is -1: up to four digits are an Integer unless a suffix says Long.
pub(super) fn radix(digits: &str, base: u32, long: bool) -> Option<i64> {
    let n = i64::from_str_radix(digits, base).ok()?;
    Some(match n {
        0x8000..=0xFFFF if !long => n.saturating_sub(0x1_0000),
        0x8000_0000..=0xFFFF_FFFF => n.saturating_sub(0x1_0000_0000),
        _ => n,
    })
}

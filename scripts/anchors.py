"""What the tools of the field say about one file, called as their commands call it, without starting Python for each."""

import contextlib
import io
import logging
import os
import re
import signal

# XLMMacroDeobfuscator prints when it is imported, and olevba imports it.
with contextlib.redirect_stdout(io.StringIO()):
    from oletools import mraptor, msodde, oleobj, olevba, rtfobj

logging.disable(logging.CRITICAL)

PATIENCE = 120  # seconds per file and tool


class TooLong(BaseException):
    """No Exception: the tools catch those."""


class Encrypted(Exception):
    pass


class NotItsFormat(Exception):
    """The tool is not made for this file: no answer to compare with."""


class AnyTextIsVba(Exception):
    """oletools takes every text for VBA: no answer to compare with."""


# The answers of bounded that are no failure of the tool.
NOT_FOR_IT = {NotItsFormat.__name__, AnyTextIsVba.__name__}


def _alarm(*_):
    raise TooLong


signal.signal(signal.SIGALRM, _alarm)


def bounded(tool, path):
    """(answer, None) or (None, why there is none)."""
    signal.setitimer(signal.ITIMER_REAL, PATIENCE, 5)  # and again, where a tool catches everything
    try:
        return tool(path), None
    except TooLong:
        return None, f"over {PATIENCE} s"
    except (Exception, SystemExit) as error:  # whatever the tool raises is its answer
        return None, type(error).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def run_olevba(path):
    """Its default: the passwords it knows, source, p-code, all keyword classes."""
    parser = olevba.VBA_Parser(path)
    try:
        if parser.type == olevba.TYPE_TEXT:
            raise AnyTextIsVba
        if parser.detect_is_encrypted():
            opened = parser.decrypt_file()
            if not opened:
                raise Encrypted
            try:
                return run_olevba(opened)
            finally:
                os.unlink(opened)
        if not parser.detect_macros():
            return {"macro": False, "auto_run": False, "stomped": False}
        results = list(parser.analyze_macros())
        stomped = any(word == "VBA Stomping" for _, word, _ in results)
        return {"macro": True, "auto_run": any(kind == "AutoExec" for kind, _, _ in results), "stomped": stomped}
    finally:
        parser.close()


def run_mraptor(path):
    """Its default rule: A and (W or X) over the source of all modules."""
    parser = olevba.VBA_Parser(path)
    try:
        if parser.type == olevba.TYPE_TEXT:
            raise AnyTextIsVba
        if not parser.detect_vba_macros():
            return {"macro": False, "auto_run": False, "suspicious": False}
        code = parser.get_vba_code_all_modules()
        raptor = mraptor.MacroRaptor(code)
        raptor.scan()
        return {"macro": True, "auto_run": raptor.autoexec, "suspicious": raptor.suspicious}
    finally:
        parser.close()


def _silent():
    """The tools print: to nowhere."""
    return contextlib.redirect_stdout(io.StringIO())


def run_msodde(path):
    """Its option -d, only fields that are DDE; its default calls hyperlinks DDE too."""
    with _silent():
        links = msodde.process_file(path, msodde.FIELD_FILTER_DDE)
    return {"dde": bool(links and links.strip())}


def run_oleobj(path):
    """Files packed into objects."""
    count = 0
    with _silent():
        for ole in oleobj.find_ole(path, None):
            if ole is None:
                continue
            count += sum(1 for parts in ole.listdir() if parts[-1].lower() == "\x01ole10native")
    return {"packages": count}


def run_rtfobj(path):
    with open(path, "rb") as file:
        data = file.read()
    if not data.startswith(b"{\\rt"):
        raise NotItsFormat
    parser = rtfobj.RtfObjParser(data)
    parser.parse()
    return {"objects": len(parser.objects)}


def run_xlm(path):
    """XLMMacroDeobfuscator's emulation: its lines, and what they call and fetch."""
    with _silent():
        from XLMMacroDeobfuscator.deobfuscator import process_file

        try:
            lines = process_file(
                file=path,
                noninteractive=True,
                noindent=True,
                output_formula_format="[[CELL-ADDR]], [[INT-FORMULA]]",
                return_deobfuscated=True,
                timeout=30,
                silent=True,
            )
        except Exception as error:
            # Its own word, of no class of its own.
            if "not supported" in str(error):
                raise NotItsFormat from error
            raise
    text = "\n".join(lines or [])
    return {"macro": bool(lines), "urls": urls(text), "text": text}


def run_refinery(path):
    """binary-refinery: source, evaluated source and strings of VBA."""
    from refinery import dvba, vbamc, vbastr

    with open(path, "rb") as file:
        data = file.read()
    modules = data | vbamc() | []
    sources = [bytes(module) for module in modules]
    evaluated = [bytes(chunk) for module in sources for chunk in module | dvba() | []]
    lines = [line for part in sources + evaluated for line in part.decode("utf-8", "replace").splitlines()]
    # What stands in comments and attributes would never be fetched, and vbastr gives it without telling so.
    code, comments = zip(*map(_split, lines)) if lines else ((), ())
    passed_over = "\n".join(comments)
    strings = [bytes(chunk).decode("utf-8", "replace") for chunk in data | vbastr() | []]
    code = [*code, *(text for text in strings if text not in passed_over)]
    return {"macro": bool(modules), "urls": urls("\n".join(code))}


def _split(line):
    """(code, comment) of a line."""
    if line.lstrip().lower().startswith(("attribute ", "rem ")):
        return "", line
    quoted = False
    for at, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == "'" and not quoted:
            return line[:at], line[at:]
    return line, ""


def urls(text):
    """Addresses of the web in a text, as far as they are compared: lower case, without what ends a sentence."""
    return {url.rstrip(".,;)'\"").lower() for url in re.findall(r"(?:https?|ftp)://[^\s\"'<>|\\{}^`]{4,}", text, re.IGNORECASE)}

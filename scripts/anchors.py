"""What olevba and mraptor say about one file, called as their commands call it, without starting Python for each."""

import logging
import os
import signal

from oletools import mraptor, olevba

logging.disable(logging.CRITICAL)

PATIENCE = 120  # seconds per file and tool


class TooLong(Exception):
    pass


class Encrypted(Exception):
    pass


class AnyTextIsVba(Exception):
    """oletools takes every text for VBA: no answer to compare with."""


def _alarm(*_):
    raise TooLong


signal.signal(signal.SIGALRM, _alarm)


def bounded(tool, path):
    """(answer, None) or (None, why there is none)."""
    signal.alarm(PATIENCE)
    try:
        return tool(path), None
    except TooLong:
        return None, f"over {PATIENCE} s"
    except (Exception, SystemExit) as error:  # whatever the tool raises is its answer
        return None, type(error).__name__
    finally:
        signal.alarm(0)


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
            return {"macro": False, "auto_run": False, "suspicious": False}
        kinds = {kind for kind, _, _ in parser.analyze_macros()}
        return {"macro": True, "auto_run": "AutoExec" in kinds, "suspicious": "Suspicious" in kinds}
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

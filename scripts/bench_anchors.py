"""Times the tools of the field file by file, in one process: bench_anchors.py < LIST > JSON Lines.

Each line is {"file", "olevba", "mraptor", "xlm"}: the median of several runs in nanoseconds, or null where the tool
failed. XLMMacroDeobfuscator reads workbooks only. "macros" lists which of the first two found macros, and so had
something to analyse.
"""

import json
import sys
import time

import anchors


def median(tool, path):
    """(nanoseconds, whether there were macros), or (None, False)."""
    answer, failure = anchors.bounded(tool, path)
    if failure:
        return None, False
    times = []
    while len(times) < 3 or (len(times) < 15 and sum(times) < 100_000_000):
        started = time.perf_counter_ns()
        tool(path)
        times.append(time.perf_counter_ns() - started)
    return sorted(times)[len(times) // 2], isinstance(answer, dict) and answer.get("macro") is True


# Some of them print as they read.
answers, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    path = line.rstrip("\n")
    record = {"file": path, "macros": []}
    for name, tool in (("olevba", anchors.run_olevba), ("mraptor", anchors.run_mraptor)):
        record[name], macros = median(tool, path)
        if macros:
            record["macros"].append(name)
    is_workbook = path.lower().endswith((".xls", ".xlsm", ".xlsb"))
    record["xlm"] = median(anchors.run_xlm, path)[0] if is_workbook else None
    print(json.dumps(record), file=answers, flush=True)

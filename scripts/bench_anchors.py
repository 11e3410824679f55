"""Times the tools of the field file by file, in one process: bench_anchors.py < LIST > JSON Lines.

Each line is {"file", "olevba", "mraptor", "xlm"}: the median of several runs in nanoseconds, or null where the tool
failed. XLMMacroDeobfuscator reads workbooks only.
"""

import json
import sys
import time

import anchors


def median(tool, path):
    _, failure = anchors.bounded(tool, path)
    if failure:
        return None
    times = []
    while len(times) < 3 or (len(times) < 15 and sum(times) < 100_000_000):
        started = time.perf_counter_ns()
        tool(path)
        times.append(time.perf_counter_ns() - started)
    return sorted(times)[len(times) // 2]


for line in sys.stdin:
    path = line.rstrip("\n")
    record = {"file": path, "olevba": median(anchors.run_olevba, path), "mraptor": median(anchors.run_mraptor, path)}
    is_workbook = path.lower().endswith((".xls", ".xlsm", ".xlsb"))
    record["xlm"] = median(anchors.run_xlm, path) if is_workbook else None
    print(json.dumps(record), flush=True)

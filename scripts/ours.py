"""Runs the native command over many files; used by compare.py and corpus.py."""

import json
import os
import subprocess

CHUNK = 200
PATIENCE = 600  # seconds per chunk; per file when a chunk did not come back


def _records(command, paths, patience):
    """One parsed line per file that came back, by path."""
    try:
        done = subprocess.run([*command, *paths], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=patience)
        lines = done.stdout
    except subprocess.TimeoutExpired as expired:
        lines = expired.stdout or b""
    records = {}
    for line in lines.decode("utf-8", "replace").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # a line cut off when the process ended
        records[record["file"]] = record
    return records


def inspect(binary, paths, *options):
    """Reports by path, and the files that gave none: a crash or a hang."""
    command = [binary, "--json", *options]
    reports = {}
    for start in range(0, len(paths), CHUNK):
        reports.update(_records(command, paths[start : start + CHUNK], PATIENCE))
    missing = [path for path in paths if path not in reports]
    for path in missing:
        reports.update(_records(command, [path], 60))
    return reports, [path for path in missing if path not in reports]


def ids(report):
    return {finding["id"] for finding in report["findings"]}


def has_macro(report):
    return any(id.startswith(("vba.", "xlm.")) for id in ids(report))


def auto_runs(report):
    return has_macro(report) and any("auto-run" in id for id in ids(report))


def texts(report):
    """Everything a report quotes or resolved."""
    for action in report["actions"]:
        yield action["detail"]
        yield action["at"]["excerpt"]
    for finding in report["findings"]:
        yield from finding["values"].values()
        for evidence in finding["evidence"]:
            yield evidence["excerpt"]


def files_below(folder):
    return sorted(os.path.join(base, name) for base, _, names in os.walk(folder) for name in names)

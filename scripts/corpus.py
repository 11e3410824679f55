"""Confusion tables over labelled files: corpus.py BINARY FOLDER LABELS.

LABELS is JSON Lines: {"path", "label", "format", "has_vba", "has_xlm", "auto_exec", "encrypted"}; a field that is
missing or null is not judged.
"""

import collections
import json
import os
import sys

import ours

LEVELS = ["none", "notice", "unchecked", "hold", "stop"]
SHOWN = 60


def table(title, rows, columns, count):
    width = max([len(title), *map(len, rows)])
    print("\n" + title.ljust(width), *(column.rjust(10) for column in [*columns, "all"]))
    for row in rows:
        numbers = [count[row, column] for column in columns]
        print(row.ljust(width), *(str(number).rjust(10) for number in [*numbers, count[row, None]]))


def listed(title, lines, shown=SHOWN):
    print(f"\n{title}: {len(lines)}")
    for text in lines[:shown]:
        print("  " + text)
    if len(lines) > shown:
        print(f"  … and {len(lines) - shown} more")


def yes_no(title, field, labels, reports, says):
    """Counts one yes-or-no question, and returns what was missed and what was seen without being there."""
    count = collections.Counter()
    missed, extra = [], []
    for label in labels:
        truth, report = label.get(field), reports.get(label["path"])
        if truth is None or report is None:
            continue
        said = says(report)
        row = "labelled yes" if truth else "labelled no"
        count[row, "yes" if said else "no"] += 1
        count[row, None] += 1
        if truth != said:
            (missed if truth else extra).append(line(label, report))
    table(title, ["labelled yes", "labelled no"], ["yes", "no"], count)
    return missed, extra


def line(label, report):
    verdict = report["verdict"]
    return f"{label['path']} [{label['format']}]: {verdict['level']}{', incomplete' * verdict['incomplete']}, {' '.join(verdict['reasons']) or '-'}"


def encrypted(report):
    return any(id.endswith((".encrypted", ".risky-locked")) for id in ours.ids(report)) or any(
        artifact["status"] == "locked" or artifact.get("password") for artifact in report["artifacts"]
    )


def main():
    binary, folder, labels_path = sys.argv[1:]
    with open(labels_path, encoding="utf-8") as file:
        labels = [json.loads(text) for text in file if text.strip()]
    paths = {os.path.join(folder, label["path"]): label["path"] for label in labels}
    found, crashed = ours.inspect(binary, list(paths))
    reports = {paths[path]: report for path, report in found.items()}

    by_label, by_format, reasons = collections.Counter(), collections.Counter(), collections.Counter()
    lists = collections.defaultdict(list)
    for label in labels:
        report = reports.get(label["path"])
        if report is None:
            continue
        kind, verdict = label["label"], report["verdict"]
        level = verdict["level"]
        for counter, row in (by_label, kind), (by_format, label["format"]):
            counter[row, level] += 1
            counter[row, None] += 1
            counter[row, "incomplete"] += verdict["incomplete"]
        if kind.startswith("benign") and level in ("stop", "hold"):
            # A shortcut or a script is one, whoever labelled it: these are only counted.
            by_kind = all(id.startswith(("type.", "file.unsupported")) for id in verdict["reasons"])
            lists["type" if by_kind else level].append(line(label, report))
            reasons.update((level, id) for id in verdict["reasons"][:1])
        if kind == "malicious" and level not in ("stop", "hold"):
            lists["missed"].append(line(label, report))
        if kind == "malformed" and level == "none" and not verdict["incomplete"]:
            lists["malformed"].append(line(label, report))

    columns = [*LEVELS, "incomplete"]
    table("verdict by label", sorted({label["label"] for label in labels}), columns, by_label)
    table("verdict by format", sorted({row for row, _ in by_format}), columns, by_format)
    missed_vba, extra_vba = yes_no("VBA reported", "has_vba", labels, reports, lambda r: any(id.startswith("vba.") for id in ours.ids(r)))
    missed_xlm, extra_xlm = yes_no("XLM reported", "has_xlm", labels, reports, lambda r: any(id.startswith("xlm.") for id in ours.ids(r)))
    missed_auto, extra_auto = yes_no("auto-run reported", "auto_exec", labels, reports, ours.auto_runs)
    missed_lock, extra_lock = yes_no("encryption reported", "encrypted", labels, reports, encrypted)

    print("\nfirst reason of hold and stop on benign files")
    for (level, id), number in reasons.most_common():
        print(f"  {number:5} {level:5} {id}")
    listed("stop on a benign file for more than its type", lists["stop"], len(labels))
    listed("hold on a benign file for more than its type", lists["hold"], len(labels))
    listed("stop or hold on a benign file for its type alone", lists["type"], 0)
    listed("malicious, but neither stop nor hold", lists["missed"])
    listed("malformed, but none", lists["malformed"])
    listed("missed VBA", missed_vba)
    listed("missed XLM", missed_xlm)
    listed("missed auto-run", missed_auto)
    listed("missed encryption", missed_lock)
    listed("VBA reported where the label says none", extra_vba)
    listed("XLM reported where the label says none", extra_xlm)
    listed("auto-run reported where the label says none", extra_auto)
    listed("encryption reported where the label says none", extra_lock)
    listed("no report at all: crash or hang", [paths[path] for path in crashed])
    sys.exit(1 if crashed else 0)


main()

"""Agreement with the tools of the field: compare.py BINARY FOLDER."""

import collections
import sys

import anchors
import locked
import ours

FAILED = "failed"


def answers(report):
    ids = ours.ids(report)
    origins = [artifact["origin"]["kind"] for artifact in report["artifacts"]]
    return {
        "macro": ours.has_macro(report),
        "vba": any(id.startswith("vba.") for id in ids),
        "xlm": any(id.startswith("xlm.") for id in ids),
        "auto-run": ours.auto_runs(report),
        "suspicious": bool(ids & {"vba.auto-run-acts", "xlm.auto-run", "xlm.auto-run-acts"}),
        "stomped": bool(ids & {"vba.stomped", "vba.source-missing"}),
        "dde": any(id.startswith("dde.") or id == "field.dde-link" for id in ids),
        "object": "object" in origins or any(id.startswith("object.") for id in ids),
        "urls": anchors.urls("\n".join(ours.texts(report))),
    }


# Tool, question, its answer and ours from the two dictionaries. A set of addresses is answered when ours holds it.
QUESTIONS = [
    ("olevba", anchors.run_olevba, [("macro", "macro"), ("auto_run", "auto-run"), ("stomped", "stomped")]),
    ("mraptor", anchors.run_mraptor, [("macro", "macro"), ("auto_run", "auto-run"), ("suspicious", "suspicious")]),
    ("XLMMacroDeobfuscator", anchors.run_xlm, [("macro", "xlm"), ("urls", "urls")]),
    ("binary-refinery", anchors.run_refinery, [("macro", "vba"), ("urls", "urls")]),
    ("msodde", anchors.run_msodde, [("dde", "dde")]),
    ("oleobj", anchors.run_oleobj, [("packages", "object")]),
    ("rtfobj", anchors.run_rtfobj, [("objects", "object")]),
]


def said(theirs, mine):
    """One answer of theirs beside ours, both as yes or no."""
    if isinstance(theirs, set):
        # More than the other found is no disagreement.
        return bool(theirs), bool(theirs) and not any(not found(url, mine) for url in theirs)
    return bool(theirs), mine


def found(url, mine):
    """Whether one of ours is it, or its beginning: excerpts are short."""
    return any(url.startswith(ours_) or ours_.startswith(url) for ours_ in mine)


def row(title, lines):
    """One question in numbers: judged, the same, only they say yes, only we say yes, failed."""
    judged = [(theirs, mine) for _, theirs, mine, _ in lines if theirs != FAILED]
    count = collections.Counter(judged)
    numbers = [
        len(judged),
        count[True, True] + count[False, False],
        count[True, False],
        count[False, True],
        len(lines) - len(judged),
    ]
    return [*title, *map(str, numbers)]


def table(rows):
    """The first two columns are words, the others numbers."""
    rows = [["tool", "question", "judged", "same", "only they", "only we", "failed"], *rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for cells in rows:
        print("  ".join(c.ljust(w) if at < 2 else c.rjust(w) for at, (c, w) in enumerate(zip(cells, widths))))


def show(title, lines):
    """Every file where the two did not say the same, and why the tool failed on others."""
    apart = [(path, theirs, detail) for path, theirs, mine, detail in lines if theirs not in (FAILED, mine)]
    failures = collections.Counter(detail for _, theirs, _, detail in lines if theirs == FAILED)
    if not apart and not failures:
        return
    print(f"\n## {', '.join(title)}")
    for path, theirs, detail in apart:
        print(f"   only {'they' if theirs else 'we'}: {path} ({detail})")
    for why, number in failures.most_common():
        print(f"   failed on {number}: {why}")


def main():
    binary, folder = sys.argv[1:]
    paths = ours.files_below(folder)
    reports, crashed = ours.inspect(binary, paths)
    rows = collections.defaultdict(list)
    for path in paths:
        report = reports.get(path)
        if report is None:
            continue
        mine = answers(report)
        verdict = report["verdict"]
        name = path[len(folder) + 1 :]
        for tool, run, questions in QUESTIONS:
            theirs, why = anchors.bounded(run, path)
            if why in anchors.NOT_FOR_IT:
                continue
            for question, ours_ in questions:
                title = tool, question.replace("_", "-")
                if theirs is None:
                    rows[title].append((name, FAILED, bool(mine[ours_]), why))
                    continue
                it, we = said(theirs[question], mine[ours_])
                detail = f"{verdict['level']}: {' '.join(verdict['reasons']) or '-'}"
                if isinstance(theirs[question], set):
                    missing = sorted(url for url in theirs[question] if not found(url, mine[ours_]))
                    detail += "; missing " + " ".join(missing)
                rows[title].append((name, it, we, detail))
    print(f"{len(paths)} files, {len(crashed)} without a report of ours")
    for path in crashed:
        print("   " + path)
    print()
    table([row(title, lines) for title, lines in rows.items()])
    for title, lines in rows.items():
        show(title, lines)
    locked.compare(binary, folder, paths)


main()

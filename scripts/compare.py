"""Agreement with the tools of the field: compare.py BINARY FOLDER."""

import collections
import sys

import anchors
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
        "dde": any(id.startswith("dde.") for id in ids),
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


def word(value):
    return {True: "yes", False: "no"}.get(value, value)


def said(theirs, mine):
    """One answer of theirs beside ours, both as yes or no."""
    if isinstance(theirs, set):
        # More than the other found is no disagreement.
        return bool(theirs), bool(theirs) and not any(not found(url, mine) for url in theirs)
    return bool(theirs), mine


def found(url, mine):
    """Whether one of ours is it, or its beginning: excerpts are short."""
    return any(url.startswith(ours_) or ours_.startswith(url) for ours_ in mine)


def show(title, rows):
    """One question: how often both said the same, then every file where they did not."""
    count = collections.Counter((theirs, mine) for _, theirs, mine, _ in rows)
    same = sum(number for (theirs, mine), number in count.items() if theirs == mine)
    judged = sum(number for (theirs, _), number in count.items() if theirs != FAILED)
    print(f"\n## {title}: the same on {same} of {judged}, {len(rows) - judged} where it failed")
    for (theirs, mine), number in sorted(count.items(), key=str):
        print(f"   it {word(theirs):7} we {word(mine):4} {number:6}")
    for path, theirs, mine, detail in rows:
        if theirs != mine and (theirs != FAILED or mine):
            print(f"   {path}: it {word(theirs)}, we {word(mine)} ({detail})")


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
        for name, tool, questions in QUESTIONS:
            theirs, why = anchors.bounded(tool, path)
            detail = f"{verdict['level']}: {' '.join(verdict['reasons']) or '-'}" + (f"; {name}: {why}" if why else "")
            for question, ours_ in questions:
                it, we = said(theirs[question], mine[ours_]) if theirs else (FAILED, bool(mine[ours_]))
                if theirs and isinstance(theirs[question], set) and it != we:
                    detail += "; missing " + " ".join(sorted(u for u in theirs[question] if not found(u, mine[ours_])))
                title = question.replace("_", "-")
                rows[f"{name}, {title}"].append((path[len(folder) + 1 :], it, we, detail))
    print(f"{len(paths)} files, {len(crashed)} without a report of ours")
    for path in crashed:
        print("   " + path)
    for title, lines in rows.items():
        show(title, lines)


main()

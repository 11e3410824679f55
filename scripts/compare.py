"""Agreement with olevba and mraptor: compare.py BINARY FOLDER."""

import collections
import sys

import anchors
import ours

FAILED = "failed"


def answers(report):
    ids = ours.ids(report)
    return {
        "macro": ours.has_macro(report),
        "auto_run": ours.auto_runs(report),
        "suspicious": bool(ids & {"vba.auto-run-acts", "xlm.auto-run"}),
    }


def word(value):
    return {True: "yes", False: "no"}.get(value, value)


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
        for name, tool in ("olevba", anchors.run_olevba), ("mraptor", anchors.run_mraptor):
            theirs, why = anchors.bounded(tool, path)
            detail = f"{verdict['level']}: {' '.join(verdict['reasons']) or '-'}" + (f"; {name}: {why}" if why else "")
            questions = ["macro", "auto_run"] if name == "olevba" else ["macro", "auto_run", "suspicious"]
            for question in questions:
                rows[f"{name}, {question.replace('_', '-')}"].append(
                    (path[len(folder) + 1 :], theirs[question] if theirs else FAILED, mine[question], detail)
                )
    print(f"{len(paths)} files, {len(crashed)} without a report of ours")
    for path in crashed:
        print("   " + path)
    for title, lines in rows.items():
        show(title, lines)


main()

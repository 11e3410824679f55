"""Agreement with 7-Zip and libarchive on what archives hold: compare_archives.py BINARY FOLDER [--all].

For every archive: the SHA-256 of what each tool takes out of it beside ours. A file called `….pw=1234.zip` is opened
with that password. With --all, files that no tool takes anything out of are shown too.
"""

import collections
import hashlib
import os
import re
import stat
import subprocess
import sys
import tempfile

import ours

TOOLS = {
    "7-Zip": lambda path, to, password: ["7zz", "x", "-y", "-bd", f"-p{password}", f"-o{to}", path],
    "libarchive": lambda path, to, password: ["bsdtar", "-xf", path, "-C", to, *(["--passphrase", password] if password else [])],
}
ARCHIVES = {
    "zip", "7z", "gz", "bz2", "xz", "lzma", "lzip", "zst", "lz4", "compress", "tar", "rar", "cab", "lzh", "arj", "cpio", "ar",
}
# Streams for which libarchive needs to be told that there is no archive in them.
SINGLE = {"gz", "bz2", "xz", "lzma", "lzip", "zst", "lz4", "compress"}
DECODERS = {
    "gz": ["gzip", "-dc"],
    "bz2": ["bzip2", "-dc"],
    "xz": ["xz", "-dc"],
    "lzma": ["xz", "--format=lzma", "-dc"],
    "lzip": ["lzip", "-dc"],
    "zst": ["zstd", "-dqc", "--long=31"],
    "lz4": ["lz4", "-dqc"],
    "compress": ["gzip", "-dc"],
}
PATIENCE = 120


def digest(bytes_):
    return hashlib.sha256(bytes_).hexdigest()


def extracted(command):
    """What a tool wrote: SHA-256 and size of each regular file, and whether it was content with that."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                command(folder), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE
            )
            content = done.returncode == 0
        except (subprocess.TimeoutExpired, OSError):
            content = False
        found = collections.Counter()
        for base, folders, names in os.walk(folder):
            for name in folders:
                os.chmod(os.path.join(base, name), 0o700)
            for name in names:
                path = os.path.join(base, name)
                if stat.S_ISREG(os.lstat(path).st_mode):
                    os.chmod(path, 0o600)
                    with open(path, "rb") as file:
                        found[hashlib.file_digest(file, "sha256").hexdigest(), os.path.getsize(path)] += 1
        return found, content


def decoded(command, path):
    """What the tool of one format decodes."""
    try:
        with open(path, "rb") as file:
            done = subprocess.run(command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PATIENCE)
        return collections.Counter([(digest(done.stdout), len(done.stdout))]), done.returncode == 0
    except subprocess.TimeoutExpired:
        return collections.Counter(), False


def taken_out(report):
    """The entries of ours: SHA-256, or the size of what was read but not hashed because it does nothing."""
    entries = [a for a in report["artifacts"] if a["parent"] == 0 and a["origin"]["kind"] == "entry"]
    return [a["sha256"] or (a["size"] if a["status"] in ("passive", "partial") else None) for a in entries]


def judge(theirs, mine):
    """How two lists compare. A tool writes twins of a name over each other."""
    known = set(mine) - {None}
    return "the same" if all(sha in known or size in known for sha, size in theirs) else "we lack some"


def main():
    binary, folder, *options = sys.argv[1:]
    paths = ours.files_below(folder)
    groups = collections.defaultdict(list)
    for path in paths:
        found = re.search(r"pw=([^.]+)\.", os.path.basename(path))
        groups[found[1] if found else None].append(path)
    reports = {}
    for password, group in groups.items():
        found, crashed = ours.inspect(binary, group, *(["-p", password] if password else []))
        reports.update({path: (report, password) for path, report in found.items()})
        for path in crashed:
            print("no report:", path)
    rows = collections.defaultdict(collections.Counter)
    details = []
    for path, (report, password) in sorted(reports.items()):
        format_ = report["artifacts"][0]["format"]
        if format_ not in ARCHIVES:
            continue
        mine = taken_out(report)
        runs = {}
        if format_ in SINGLE:
            runs[DECODERS[format_][0]] = lambda: decoded(DECODERS[format_], path)
        else:
            for tool, command in TOOLS.items():
                runs[tool] = lambda command=command: extracted(lambda to: command(path, to, password or ""))
        for tool, run in runs.items():
            theirs, content = run()
            entries = sum(theirs.values())
            if not entries and not mine and "--all" not in options:
                continue
            answer = judge(theirs, mine)
            if not content:
                answer = "tool failed, " + ("nothing lacks" if answer == "the same" else "we lack some")
            rows[format_, tool][answer] += 1
            rows[format_, tool]["files"] += 1
            rows[format_, tool]["entries"] += entries
            if "lack some" in answer:
                reasons = " ".join(f["id"] for f in report["findings"] if f["severity"] == "unchecked")
                details.append(f"{answer}: {tool}: {path[len(folder) + 1:]} ({entries} / {len(mine)}; {reasons})")
    columns = ["files", "entries", "the same", "we lack some", "tool failed, nothing lacks", "tool failed, we lack some"]
    table = [["format", "tool", *columns]]
    table += [[*title, *(str(row[column]) for column in columns)] for title, row in sorted(rows.items())]
    widths = [max(map(len, column)) for column in zip(*table)]
    for cells in table:
        print("  ".join(c.ljust(w) if at < 2 else c.rjust(w) for at, (c, w) in enumerate(zip(cells, widths))))
    print()
    print("\n".join(details))


main()

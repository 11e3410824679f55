"""Decryption beside that of msoffcrypto-tool: the same bytes where a document inside becomes a file of its own, the same
answer elsewhere. Passwords are those of labels.jsonl in the folder; without one only what opens by itself is compared."""

import collections
import hashlib
import io
import json
import os

import msoffcrypto
import ours

# What Excel and PowerPoint try by themselves.
OWN = ["VelvetSweatshop", "/01Hannes Ruescher/01"]


def passwords(folder):
    known = {}
    try:
        with open(os.path.join(folder, "labels.jsonl"), encoding="utf-8") as lines:
            for label in map(json.loads, lines):
                known[os.path.join(folder, label["path"])] = label.get("password")
    except FileNotFoundError:
        pass
    return known


def theirs(path, password):
    """Kind, and the decrypted bytes or why there are none; None for what is not an encrypted document of Office."""
    with open(path, "rb") as file:
        try:
            document = msoffcrypto.OfficeFile(file)
            if not document.is_encrypted():
                return None
        except Exception:  # noqa: BLE001 - whatever it is, it is no document to it
            return None
        kind = " ".join(filter(None, [type(document).__name__, getattr(document, "type", None)]))
        why = "no password"
        for candidate in filter(None, [password, *OWN]):
            plain = io.BytesIO()
            try:
                document.load_key(password=candidate, verify_password=True) if "OOXML" in kind else document.load_key(password=candidate)
                document.decrypt(plain)
                return kind, plain.getvalue(), ""
            except Exception as error:  # noqa: BLE001
                why = f"{type(error).__name__}: {error}"
        return kind, None, why


def mine(binary, path, password):
    """Whether it was opened, and the fingerprint of what was in it if that is an artifact of its own."""
    options = ["-p", password] if password else []
    reports, _ = ours.inspect(binary, [path], *options)
    artifacts = reports.get(path, {"artifacts": []})["artifacts"]
    inside = [a["sha256"] for a in artifacts if a["parent"] == 0 and a["origin"].get("path") == "EncryptedPackage"]
    return bool(inside) or any(a.get("password") for a in artifacts[:1]), inside[0] if inside else None


def compare(binary, folder, paths):
    known = passwords(folder)
    count, apart = collections.defaultdict(collections.Counter), []
    for path in paths:
        found = theirs(path, known.get(path))
        if found is None:
            continue
        kind, plain, why = found
        opened, sha256 = mine(binary, path, known.get(path))
        if plain is not None and sha256 is not None:
            answer = "same bytes" if hashlib.sha256(plain).hexdigest() == sha256 else "other bytes"
        elif (plain is not None) == opened:
            answer = "both open" if opened else "neither"
        else:
            answer = "only we" if opened else "only they"
        count[kind][answer] += 1
        if answer in ("other bytes", "only we", "only they"):
            apart.append(f"   {answer}: {path[len(folder) + 1:]} {why}")
    answers = ["same bytes", "both open", "neither", "other bytes", "only they", "only we"]
    print("\n## msoffcrypto-tool: decryption")
    width = max([4, *map(len, count)])
    print("kind".ljust(width), *(answer.rjust(11) for answer in answers))
    for kind, numbers in sorted(count.items()):
        print(kind.ljust(width), *(str(numbers[answer]).rjust(11) for answer in answers))
    print("\n".join(apart))

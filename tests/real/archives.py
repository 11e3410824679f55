"""Writes the archives of tests/real that Python's zipfile makes; tests/real/make runs it."""

import os
import sys
import zipfile

WORK = sys.argv[1]
WHEN = (2026, 1, 2, 3, 4, 6)


class Cp932(zipfile.ZipInfo):
    """A name as Japanese Windows writes it: CP932, without the UTF-8 flag."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("cp932"), self.flag_bits & ~0x800


def entry(name, kind=zipfile.ZipInfo):
    info = kind(name, WHEN)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


with open(os.path.join(WORK, "letter.txt"), "rb") as file:
    LETTER = file.read()

with zipfile.ZipFile("python-empty.zip", "w"):
    pass

with zipfile.ZipFile("python-japanese-cp932.zip", "w") as archive:
    archive.writestr(entry("請求書/表と能力.txt", Cp932), LETTER)  # 表 and 能 hold 0x5C, the backslash

with zipfile.ZipFile("python-japanese-utf8.zip", "w") as archive:
    archive.writestr(entry("請求書/表と能力.txt"), LETTER)

# As macOS does: beside each file, an AppleDouble file with what other systems cannot keep.
APPLE_DOUBLE = bytes.fromhex("00051607" "00020000") + b"Mac OS X        " + bytes.fromhex("0001" "00000002" "00000026" "00000000")
with zipfile.ZipFile("python-macos.zip", "w") as archive:
    archive.writestr(entry("letter.txt"), LETTER)
    archive.writestr(entry("__MACOSX/._letter.txt"), APPLE_DOUBLE)

with zipfile.ZipFile("python-comment.zip", "w") as archive:
    archive.writestr(entry("letter.txt"), LETTER)
    archive.comment = "請求書在中".encode("cp932")

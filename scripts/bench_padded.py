"""Writes the large test files: bench_padded.py FOLDER MACRO.doc MACRO.docm."""

import os
import random
import sys
import zipfile

folder, doc, docm = sys.argv[1:]
SIZE = 500 << 20
os.makedirs(folder, exist_ok=True)

# As Emotet sent it in March 2023: a document with zeros to 500 MB behind it, in a small ZIP.
with open(doc, "rb") as file:
    head = file.read()
padded = os.path.join(folder, "padded.doc")
with open(padded, "wb") as file:
    file.write(head)
    file.truncate(SIZE)
with zipfile.ZipFile(os.path.join(folder, "padded.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
    archive.write(padded, "padded.doc")

# An ordinary document with macros and a picture.
with zipfile.ZipFile(docm) as source, zipfile.ZipFile(os.path.join(folder, "100k.docm"), "w", zipfile.ZIP_DEFLATED) as out:
    for name in source.namelist():
        out.writestr(name, source.read(name))
    picture = b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(100_000 - os.path.getsize(docm))
    out.writestr(zipfile.ZipInfo("word/media/image9.png"), picture)

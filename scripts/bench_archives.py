"""What bench_archives.mjs needs: `make FOLDER MACRO.doc` writes its files, `run COMMAND...` runs and measures one."""

import gzip
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time

import bench_bombs

MB = 1 << 20
SIZE = 500 * MB


def make(folder, doc):
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)

    def tool(name, *arguments):
        if shutil.which(name) and not os.path.exists(arguments[0]):
            subprocess.run([name, *arguments[1:]], stdout=subprocess.DEVNULL, check=True)

    # Text-like: words as often as in text, so that it packs as text does.
    rng = random.Random(1)
    words = [bytes(rng.choices(b"etaoinshrdlucmfwypvbgk", k=rng.randint(1, 9))) for _ in range(20_000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    if not os.path.exists("text.txt"):
        with open("text.txt", "wb") as file:
            while file.tell() < 32 * MB:
                file.write(b" ".join(rng.choices(words, weights, k=200_000)) + b"\r\n")
    # Packing takes longer than all that is measured: with the least effort, which unpacking does not feel.
    tool("7zz", "text.zip", "a", "-tzip", "-mx=1", "text.zip", "text.txt")
    tool("7zz", "text.7z", "a", "-mx=1", "text.7z", "text.txt")
    tool("xz", "text.txt.xz", "-k", "-1", "text.txt")

    if not os.path.exists("padded.doc"):
        shutil.copy(doc, "padded.doc")
        os.truncate("padded.doc", SIZE)
    tool("7zz", "padded.zip", "a", "-tzip", "padded.zip", "padded.doc")
    tool("7zz", "padded-aes.zip", "a", "-tzip", "-mem=AES256", "-psecret", "padded-aes.zip", "padded.doc")
    tool("7zz", "padded-zipcrypto.zip", "a", "-tzip", "-mem=ZipCrypto", "-psecret", "padded-zipcrypto.zip", "padded.doc")
    # The dictionary that 7-Zip takes by itself.
    tool("7zz", "padded.7z", "a", "-mx=1", "-md=32m", "padded.7z", "padded.doc")
    tool("7zz", "padded-locked.7z", "a", "-mx=1", "-md=32m", "-psecret", "-mhe=on", "padded-locked.7z", "padded.doc")
    tool("xz", "padded.doc.xz", "-k", "--lzma2=preset=0,dict=8MiB", "padded.doc")
    tool("zstd", "padded.doc.zst", "-q", "-k", "padded.doc")
    if not os.path.exists("padded.doc.gz"):
        with open("padded.doc", "rb") as plain, gzip.open("padded.doc.gz", "wb") as packed:
            shutil.copyfileobj(plain, packed, MB)

    # 2 GB of which nearly all is a hole on the disk.
    size, sectors = os.path.getsize(doc), (2 << 30) // 2048
    behind = 64 + -(-size // 2048)
    with open("large.iso", "wb") as image, open(doc, "rb") as document:
        image.write(bench_bombs.iso([(b"DATA.BIN;1", behind, (sectors - behind) * 2048), (b"INVOICE.DOC;1", 64, size)], sectors))
        image.seek(64 * 2048)
        image.write(document.read())
        image.truncate(2 << 30)

    for name, bytes_ in {"one.rar": bench_bombs.locked_rar5(1, 15), "one.7z": bench_bombs.locked_sevenz(1, 19)}.items():
        with open(name, "wb") as file:
            file.write(bytes_)


def run(command):
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "memory": memory, "status": done.returncode, "out": done.stdout.decode(errors="replace")}))


if sys.argv[1] == "make":
    make(*sys.argv[2:])
else:
    run(sys.argv[2:])

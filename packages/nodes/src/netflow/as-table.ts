import { openSync, closeSync, fstatSync, readFileSync } from "node:fs";
import { parseIp } from "@ngflow/base";
import { PrefixMap } from "@ngflow/os";
import { NodesError } from "../errors.ts";

/** Autonomous system numbers by prefix. */
export interface AsTable {
  /** The number for the longest prefix that covers the address at `o`, 0 where none does. */
  lookup(family: 4 | 6, b: Uint8Array, o: number): number;
}

/** Largest file: 4 million lines of about 30 bytes. */
const BYTES_MAX = 128 * 1024 * 1024;
const PREFIXES_MAX = 4_194_304;
const AS_MAX = 4294967295;

/**
 * Reads a table of lines `PREFIX,NUMBER`: an IPv4 or IPv6 prefix with its length, and the number of the autonomous
 * system it belongs to, 0 to 4294967295. Empty lines and what follows a `#` do not count. Of several lines for one
 * prefix the first counts.
 *
 * @throws NodesError with the line that is wrong; 66 when the file cannot be read, 65 when it is not such a table.
 */
export function readAsTable(file: string): AsTable {
  return parseAsTable(readText(file), file);
}

/** @param name how errors call the text. @throws NodesError with the line that is wrong. */
export function parseAsTable(text: string, name: string): AsTable {
  const lines = text.split("\n");
  const prefixes = lines.reduce((sum, line) => sum + (line.includes(",") ? 1 : 0), 0);
  if (prefixes > PREFIXES_MAX) {
    throw new NodesError("as-table", `${name}: more than ${PREFIXES_MAX} prefixes; remove the longest`);
  }
  const ipv6 = lines.reduce((sum, line) => sum + (line.includes(":") ? 1 : 0), 0);
  const maps = { 4: new PrefixMap(4, prefixes), 6: new PrefixMap(6, ipv6) };
  for (const [i, line] of lines.entries()) {
    const hash = line.indexOf("#");
    const content = (hash < 0 ? line : line.slice(0, hash)).trim();
    if (content === "") continue;
    const problem = addLine(maps, content);
    if (problem === "") continue;
    throw new NodesError("as-table", `${name}:${i + 1}: ${problem}; give PREFIX/LENGTH,NUMBER`);
  }
  return {
    lookup(family, b, o) {
      const number = (family === 4 ? maps[4] : maps[6]).find(b, o);
      return number < 0 ? 0 : number;
    },
  };
}

/** Adds a line to the map of its family. Returns what is wrong with it, nothing if it is right. */
function addLine(maps: Readonly<Record<4 | 6, PrefixMap>>, content: string): string {
  const match = /^([0-9a-fA-F:.]+)\/(\d{1,3})\s*,\s*(\d{1,10})$/.exec(content);
  if (!match) return `"${content.slice(0, 60)}" is not a line of an AS table`;
  const [, address = "", length = "", number = ""] = match;
  const bytes = parseIp(address);
  if (bytes === undefined) return `"${address}" is not an address`;
  const family = address.includes(":") ? 6 : 4;
  const bits = Number(length);
  if (bits > (family === 4 ? 32 : 128)) return `"/${length}" is not a prefix length of IPv${family}`;
  if (Number(number) > AS_MAX) return `${number} is not an AS number`;
  const at = family === 4 ? 12 : 0;
  if (hasBitsFrom(bytes, at, bits)) return `${address} has bits beyond its prefix length of ${bits}`;
  const map = maps[family];
  if (map.get(bytes, at, bits) < 0) map.set(bytes, at, bits, Number(number));
  return "";
}

/** Whether a bit of the address at `at` is set from bit `from` on. */
function hasBitsFrom(bytes: Uint8Array, at: number, from: number): boolean {
  for (let bit = from; at + (bit >> 3) < bytes.length; bit++) {
    if ((bytes[at + (bit >> 3)]! & (0x80 >> (bit & 7))) !== 0) return true;
  }
  return false;
}

function readText(file: string): string {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (cause) {
    throw new NodesError("as-table-unreadable", `${file}: cannot read the AS table: ${(cause as Error).message}`, {
      cause,
    });
  }
  try {
    if (fstatSync(fd).size > BYTES_MAX) {
      throw new NodesError("as-table", `${file}: larger than ${BYTES_MAX} bytes; remove the longest prefixes`);
    }
    return readFileSync(fd, "utf8");
  } catch (cause) {
    if (cause instanceof NodesError) throw cause;
    throw new NodesError("as-table-unreadable", `${file}: cannot read the AS table: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    closeSync(fd);
  }
}

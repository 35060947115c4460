// Compares what a case did with its expectation files. Returns one text for each difference.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const EXPORTS = ["export5", "export9", "export5-second", "export9-second"];

export function compareCase(directory, actual) {
  const differences = [];
  for (const name of EXPORTS) {
    const file = join(directory, `${name}.json`);
    if (existsSync(file))
      compareDatagrams(name, JSON.parse(readFileSync(file, "utf8")), actual.exports[name], differences);
    else if (actual.exports[name].length > 0)
      differences.push(`${name}: ${actual.exports[name].length} datagrams, expected none`);
  }
  compareInfo(JSON.parse(readFileSync(join(directory, "info.json"), "utf8")), actual, differences);
  return differences;
}

function compareDatagrams(name, expected, actual, differences) {
  if (!Array.isArray(expected)) {
    compareDigest(name, expected, actual, differences);
    return;
  }
  if (expected.length !== actual.length)
    differences.push(`${name}: ${actual.length} datagrams, expected ${expected.length}`);
  for (let i = 0; i < Math.min(expected.length, actual.length); i++) {
    for (const key of ["uptimeSec", "uptimeUsec", "unixSec"]) {
      if (expected[i][key] !== actual[i][key])
        differences.push(`${name}[${i}].${key}: ${actual[i][key]}, expected ${expected[i][key]}`);
    }
    if (expected[i].hex !== actual[i].hex)
      differences.push(`${name}[${i}]:\n${byteDiff(expected[i].hex, actual[i].hex)}`);
  }
}

function compareDigest(name, expected, actual, differences) {
  const hash = createHash("sha256");
  let bytes = 0;
  for (const { hex } of actual) {
    bytes += hex.length / 2;
    hash.update(Buffer.from(hex, "hex"));
  }
  const mine = {
    count: actual.length,
    bytes,
    sha256OfAllDatagrams: hash.digest("hex"),
    first: actual.slice(0, 2),
    last: actual.slice(-2),
  };
  for (const [key, value] of Object.entries(mine)) {
    if (JSON.stringify(value) !== JSON.stringify(expected[key])) {
      differences.push(
        `${name}.${key}: ${JSON.stringify(value)?.slice(0, 200)}, expected ${JSON.stringify(expected[key])?.slice(0, 200)}`,
      );
    }
  }
}

/** The first rows of 16 bytes that differ, expected over actual. */
function byteDiff(expected, actual) {
  const rows = [`  lengths ${expected.length / 2} expected, ${actual.length / 2} actual`];
  for (let o = 0; o < Math.max(expected.length, actual.length) && rows.length < 9; o += 32) {
    const [want, got] = [expected.slice(o, o + 32), actual.slice(o, o + 32)];
    if (want !== got)
      rows.push(
        `  ${(o / 2).toString(16).padStart(4, "0")} - ${want}`,
        `  ${(o / 2).toString(16).padStart(4, "0")} + ${got}`,
      );
  }
  return rows.join("\n");
}

function compareInfo(expected, actual, differences) {
  const same = (what, want, got) => {
    if (JSON.stringify(want) !== JSON.stringify(got))
      differences.push(`${what}: ${JSON.stringify(got)}, expected ${JSON.stringify(want)}`);
  };
  for (const key of ["infoReply", "ifinfoReply", "v9infoReply"]) {
    same(key, expected[key], actual.replies[0][key]);
    if (expected.second?.[key] !== undefined) same(`second.${key}`, expected.second[key], actual.replies[1]?.[key]);
  }
  same("forwarded", expected.forwarded, actual.forwarded);
  same("deliveryResults", expected.deliveryResults, actual.deliveryResults);
  for (const [i, want] of (expected.messageResults ?? []).entries())
    compareMessage(i, want, actual.messageResults[i], same);
}

function compareMessage(i, want, got, same) {
  same(`messageResults[${i}].errno`, want.errno, got?.errno);
  if (want.reply !== undefined) same(`messageResults[${i}].reply`, want.reply, got?.reply);
  if (want.hex !== undefined) {
    same(`messageResults[${i}].replyBytes`, want.replyBytes, got?.data?.length ?? 0);
    same(
      `messageResults[${i}].hex`,
      want.hex,
      Buffer.from(got?.data ?? [])
        .toString("hex")
        .slice(0, want.hex.length),
    );
  }
}

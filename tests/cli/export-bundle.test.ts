import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { warmCapture } from "../../tools/bundle/warm-capture.mjs";
import { removeAtEnd } from "../support/cleanup.ts";
import { must, NGFLOW, ROOT, run } from "../support/command.ts";

const [node, command] = NGFLOW;
/** Of 2,000 packets in eight kinds in turn; a fragment without ports (every 16th) is of the flow of the one before. */
const RECORDS = 2000 - 125;
/** Two kinds of eight over IPv4, one over IPv6, and every other fragment. */
const UNTAGGED_UDP = 500 + 250 + 125;
/** Prints whether the bundle of a verb is there, and whether V8 refused its compiled form. */
const stateOf = (verb: string): string =>
  `const bundle = require(${JSON.stringify(`${ROOT}apps/ngflow/bin/bundle.js`)}).loadBundle(${JSON.stringify(verb)});
  console.log(bundle === undefined ? "modules" : String(bundle.script.cachedDataRejected));`;

/** Totals of a run on the capture, without its duration. */
function totals(flags: readonly string[], ...options: readonly string[]): unknown {
  const folder = mkdtempSync(join(tmpdir(), "ngflow-bundle-"));
  removeAtEnd(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "a.pcap");
  writeFileSync(file, warmCapture());
  const { seconds: _, ...counts } = JSON.parse(
    must([node, ...flags, command, "export", "-r", file, "--stats", "json", ...options]),
  );
  return counts;
}

const STATE = stateOf("export");

/** The build compiles for its own Node.js; another one compiles the bundle itself. */
const other = isBuiltHere() ? "" : " (skipped: built by another Node.js)";

function isBuiltHere(): boolean {
  const text = `console.log(require(${JSON.stringify(`${ROOT}apps/ngflow/bin/bundle.js`)}).cacheFile("export"))`;
  return existsSync(must([node, "-e", text]).trim());
}

test.skipIf(other !== "").each(["export", "query"])(
  `the bundle of %s is loaded as compiled by the build${other}`,
  (verb) => {
    expect(must([node, "-e", stateOf(verb)])).toBe("false\n");
  },
);

test("a question has the same answer from the bundle and from the modules", () => {
  const folder = mkdtempSync(join(tmpdir(), "ngflow-bundle-"));
  removeAtEnd(() => rmSync(folder, { recursive: true, force: true }));
  const [capture, data] = [join(folder, "flows.pcap"), join(folder, "data")];
  const start = ["--start", "2026-01-05T00:00:00Z"];
  must([node, command, "generate", "--to", capture, "--format", "v9", "--count", "500", "--quiet", ...start]);
  must([node, command, "import", "--data", data, capture]);
  const query = ["query", "--data", data, "--from", "2026-01-04", "--to", "2026-01-06", "--by", "SrcAddr,Proto"];
  const answer = must([node, command, ...query]);
  expect(answer.split("\n").length).toBeGreaterThan(11);
  expect(must([node, "--enable-source-maps", command, ...query])).toBe(answer);
});

test.skipIf(other !== "")(`V8 with other flags compiles the bundle itself, and the result is the same${other}`, () => {
  const flags = ["--no-lazy-feedback-allocation"];
  expect(must([node, ...flags, "-e", STATE])).toBe("true\n");
  expect(totals(flags)).toEqual(totals([]));
});

test("source maps are those of the modules, which are loaded without the bundle", () => {
  const flags = ["--enable-source-maps"];
  expect(must([node, ...flags, "-e", STATE])).toBe("modules\n");
  expect(totals(flags)).toEqual(totals([]));
});

test("threads of the bundle and of the modules have the same totals", () => {
  const shared = totals([], "--workers", "2");
  expect(shared).toMatchObject({ packets: 2000, records: RECORDS, workers: [{}, {}] });
  expect(totals(["--enable-source-maps"], "--workers", "2")).toEqual(shared);
});

test("what is loaded later is in the bundle: names of hosts, filters, files of datagrams", async () => {
  const { address, family } = await lookup("localhost");
  const socket = createSocket(family === 6 ? "udp6" : "udp4").bind(0, address);
  removeAtEnd(() => socket.close());
  await once(socket, "listening");
  const destination = `udp://localhost:${socket.address().port}`;
  expect(totals([], "--to", destination, "--filter", "udp port 53")).toMatchObject({
    records: UNTAGGED_UDP,
    sendErrors: 0,
  });
  const file = join(tmpdir(), `ngflow-bundle-${process.pid}.pcap`);
  removeAtEnd(() => rmSync(file, { force: true }));
  expect(totals([], "--to", file, "--format", "ipfix", "--key", "vlan,tunnel")).toMatchObject({ records: RECORDS });
});

test("errors have the exit status and the one line of the command", () => {
  expect(run([...NGFLOW, "export", "--frob"])).toMatchObject({
    status: 64,
    stderr: "ngflow: unknown option '--frob' (--help lists the options)\n",
  });
  expect(run([...NGFLOW, "export", "-r", "absent.pcap"]).stderr).toMatch(/^ngflow: absent[.]pcap: no such file; .+\n$/);
});

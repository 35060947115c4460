import { PassThrough, Readable } from "node:stream";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connectControl } from "../../control/client.ts";
import { startTestDaemon, type TestDaemon } from "../../control/testing/test-daemon.ts";
import { tryScript } from "../../transaction/try-script.ts";
import { runFlowctl } from "../flowctl/flowctl.ts";
import { runNghook } from "../nghook/nghook.ts";
import { complete } from "./completion.ts";
import { runNgctl } from "./ngctl.ts";
import { Session } from "./session.ts";
import { VERBS } from "./verbs.ts";

/** Clears the screen, sets the title, ends the line: what a hostile name may do to a terminal. */
const HOSTILE = "\u001b[2J\u001b]0;x\u0007\nroot";
const SHOWN = "\\x1b[2J\\x1b]0;x\\x07\\x0aroot";
/** A byte that is not UTF-8, and which old terminals take for `\u001b[`. */
const RAW_BYTE = Uint8Array.of(0x9b, 0x33);

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await startTestDaemon();
  daemon.makeNode(HOSTILE);
  const client = await connectControl(daemon.path);
  const args = `{ type="pair" ourhook=${JSON.stringify("in")} peerhook="left" }`;
  daemon.makeNode("em0");
  await client.sendAscii("em0:", "mkpeer", args);
  await client.close();
});
afterEach(() => daemon.stop());

/** Everything that a command prints. */
async function printed(run: (io: Parameters<typeof runNgctl>[1]) => Promise<number>): Promise<string> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let text = "";
  for (const stream of [stdout, stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  await run({ stdin: Readable.from([]), stdout, stderr, isTerminal: false, pid: 1 });
  await new Promise((resolve) => setImmediate(resolve));
  return text;
}

// oxlint-disable-next-line no-control-regex
const ACTED_ON = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

it.each<[string, readonly string[], string]>([
  ["list", ["list"], `  Name: ${SHOWN}`],
  ["list -l", ["list", "-l"], `  Name: ${SHOWN}`],
  ["show", ["show", `${HOSTILE}:`], `  Name: ${SHOWN}`],
  ["dot", ["dot"], `[ label = "{${SHOWN}:|{wall|`],
  ["an error", ["show", "nobody\u001b[2J:"], "No such file or directory"],
  ["a word that is not a command", ["\u001b[2J"], "\\x1b[2J"],
  ["status of a node", ["status", `${HOSTILE}:`], "No status available for"],
  ["the answer to a message", ["msg", `${HOSTILE}:`, "nodeinfo"], "Rec'd response"],
])("ngctl %s shows what is in a name and does not send it to the terminal", async (_what, words, expected) => {
  const text = await printed((io) => runNgctl(["--control", daemon.path, ...words], io));
  expect(text).toContain(expected);
  expect(text).not.toMatch(ACTED_ON);
});

it("ngctl list shows bytes that are not UTF-8", async () => {
  daemon.makeNode(String.fromCharCode(...RAW_BYTE));
  const text = await printed((io) => runNgctl(["--control", daemon.path, "list"], io));
  expect(text).toContain("  Name: \\x9b3 ");
});

it("names that cannot be typed are not completed", async () => {
  const output = { out: () => {}, err: () => {} };
  const session = await Session.open({ path: daemon.path, name: "", verbs: VERBS, output, debugLevel: 0 });
  const [words] = await complete(session, "show ");
  expect(words).toContain("em0:");
  expect(words.join("")).not.toMatch(ACTED_ON);
  await session.close();
});

it.each<[string, (io: Parameters<typeof runNgctl>[1]) => Promise<number>]>([
  ["ngctl -t", (io) => tryScript("no\u001b[2Jfile", { control: daemon.path }, io)],
  ["flowctl", (io) => runFlowctl(["--control", "/nowhere/\u001b[2J", "x:", "show"], io, flowctl)],
  ["nghook", (io) => runNghook(["--control", "/nowhere/\u001b[2J", "x:", "y"], io, nghook)],
])("errors of %s are shown too", async (_command, run) => {
  const text = await printed(run);
  expect(text).toContain("\\x1b[2J");
  expect(text).not.toMatch(ACTED_ON);
});

const controlPath = (option?: string): string => option!;
const flowctl = { controlPath, interfaceNames: () => undefined };
const nghook = { controlPath, input: () => Readable.from([]), output: () => new PassThrough() };

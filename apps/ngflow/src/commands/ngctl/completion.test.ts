import { NODE_TYPES } from "@ngflow/nodes";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestDaemon, type TestDaemon } from "../../control/testing/test-daemon.ts";
import { complete } from "./completion.ts";
import { execute, splitWords } from "./execute.ts";
import { Session } from "./session.ts";
import { VERBS } from "./verbs.ts";

let daemon: TestDaemon;
let session: Session;
beforeEach(async () => {
  daemon = await startTestDaemon({ types: NODE_TYPES });
  session = await Session.open({
    path: daemon.path,
    name: "shell",
    verbs: VERBS,
    output: { out: () => {}, err: () => {} },
    debugLevel: 0,
  });
  for (const line of ["mkpeer tee up left", "name up T", "mkpeer T: netflow right iface0"]) {
    expect(await execute(session, splitWords(line))).toBe("ok");
  }
});
afterEach(async () => {
  await session.close();
  await daemon.stop();
});

it.each<[line: string, completions: string[]]>([
  ["mk", ["mkpeer "]],
  ["s", ["show ", "shutdown ", "source ", "status "]],
  ["zz", []],
  ["zz ", []],
  ["s em", []],
  ["show ", ["T:", "T:left", "T:right", "[3]:", "[3]:iface0", "shell:", "shell:up"]],
  ["show T:r", ["T:right"]],
  ["mkpeer T: t", ["tag ", "tee "]],
  ["mkpeer T: ks", ["ksocket "]],
  ["mkpeer T: ksocket le", ["left ", "left2right "]],
  ["mkpeer T: netflow left2right e", ["export", "export ", "export10 ", "export9 "]],
  ["mkpeer netflow up i", ["iface"]],
  ["connect T: T:right left2right o", ["out"]],
  ["connect . [3]: up o", ["out"]],
  ["mkpeer T: hole left2right ", []],
  ["rmhook T: righ", ["right ", "right2left "]],
  ["msg T: getst", ["getstats "]],
  [
    "msg [3]: set",
    [
      "balance",
      "config",
      "dlt",
      "fields",
      "ifindex",
      "key",
      "mtu",
      "prototimeouts",
      "sampling",
      "template",
      "timeouts",
    ].map((name) => `set${name} `),
  ],
  ["msg T:right nodei", ["nodeinfo "]],
  ["msg nobody: get", []],
  ["msg [3]: setconfig ", ["{ "]],
  ["msg [3]: setconfig { ", ["conf=", "iface=", "} "]],
  ["msg [3]: setconfig { iface=0 ", ["conf=", "} "]],
  ["msg [3]: setconfig { iface=0 co", ["conf="]],
  ["msg [3]: setconfig {iface=0 co", ["conf="]],
  ["msg [3]: setconfig {co", ["{conf="]],
  ["msg [3]: setconfig { iface=0 conf=", []],
  ["msg [3]: setconfig { iface=0 conf=7 } ", []],
  ["msg [3]: info ", []],
  ['msg T: mkpeer { type="hub" our', ["ourhook="]],
  ["msg nobody: setconfig { ", []],
  ["help shu", ["shutdown "]],
  ["name T: ", []],
])("completes %j", async (line, completions) => {
  const [found, word] = await complete(session, line).catch(() => [[], ""] as [string[], string]);
  expect(found).toEqual(completions);
  if (found.length > 0) expect(line.endsWith(word)).toBe(true);
});

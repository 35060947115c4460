import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { E } from "@ngflow/base";
import { nodeTypes, openNetworkSocket, SimulatedHost } from "@ngflow/nodes";
import { readLines } from "@ngflow/plan";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { transactionRequests } from "../transaction/transaction-requests.ts";
import { rightsOf } from "./client-rights.ts";
import { connectControl } from "./client.ts";
import type { ControlRequest } from "./connection.ts";
import { graphRequests } from "./graph-requests.ts";
import { modulesDirectory } from "./may-load.ts";
import { type Ask, askAs, canBeOthers } from "./testing/other-user.ts";
import { startTestDaemon, type TestDaemon } from "./testing/test-daemon.ts";

const GROUP = 4711;
const MEMBER = { uid: 4001, groups: [GROUP] };
const STRANGER = { uid: 4002, groups: [] };

let daemon: TestDaemon;
let modules: string;
/** A file that a module makes when its code runs. */
let trace: string;

beforeEach(async () => {
  modules = mkdtempSync(join(tmpdir(), "ngflow-modules-"));
  chmodSync(modules, 0o755);
  trace = join(modules, "trace");
  let served: Record<string, ControlRequest> = {};
  const requests: Record<string, ControlRequest> = {
    pid: () => process.pid,
    state: (args, rights) => served["state"]!(args, rights),
    try: (args, rights) => served["try"]!(args, rights),
  };
  daemon = await startTestDaemon({
    types: nodeTypes({ openSocket: openNetworkSocket, openInterface: new SimulatedHost().open }),
    requests,
    ...(canBeOthers && { group: GROUP, modules: modulesDirectory(modules) }),
  });
  served = transactionRequests(daemon.graph, () => true);
  chmodSync(daemon.directory, 0o755);
});
afterEach(async () => {
  await daemon.stop();
  rmSync(modules, { recursive: true });
});

/** Writes a module whose code leaves a trace. */
function writeModule(name: string, owner = 0, mode = 0o644): string {
  const path = join(modules, name);
  writeFileSync(
    path,
    `import { writeFileSync } from "node:fs";
     writeFileSync(${JSON.stringify(trace)}, "");
     export default { name: "planted", cookie: 1, summary: "", role: "plain", hooks: [], messages: [],
       dropReasons: {}, create: () => ({}) };`,
  );
  chownSync(path, owner, owner);
  chmodSync(path, mode);
  return path;
}

/** A script as `ngctl -t` sends it. */
const attempt = (script: string): Ask => ({
  call: "try",
  args: { revision: null, name: "", commands: readLines(script).commands },
});

const mkpeer = (type: string, hook: string, peerHook: string): Ask => ({
  path: ".",
  command: "mkpeer",
  args: `{ type="${type}" ourhook="${hook}" peerhook="${peerHook}" }`,
});

const DENIED = expect.objectContaining({ code: "module-denied" }) as unknown;
const UNDONE = (error: string): unknown => expect.objectContaining({ outcome: "undone", error });
const FILES = "files are not read or written in a transaction";

/** What a member of the group may ask, and why. `request` is the name of a call, or "" for messages to nodes. */
const TABLE: readonly { request: string; what: string; ask: () => Ask; answer: unknown; why: string }[] = [
  { request: "history", what: "", ask: () => ({ call: "history" }), answer: {}, why: "the graph is theirs to see" },
  { request: "snapshot", what: "", ask: () => ({ call: "snapshot" }), answer: {}, why: "as above" },
  { request: "structure", what: "", ask: () => ({ call: "structure" }), answer: {}, why: "as above" },
  { request: "rebuild", what: "", ask: () => ({ call: "rebuild" }), answer: {}, why: "as above" },
  { request: "flows", what: "", ask: () => ({ call: "flows" }), answer: [], why: "flowctl shows them, too" },
  { request: "state", what: "", ask: () => ({ call: "state" }), answer: {}, why: "as above" },
  { request: "types", what: "", ask: () => ({ call: "types" }), answer: [], why: "as above" },
  {
    request: "ask",
    what: "a node that is not there",
    ask: () => ({ call: "ask", args: { node: 0xffff, message: "getstats", text: "" } }),
    answer: expect.objectContaining({ code: "ENOENT" }),
    why: "it sends questions only, where they may send any message",
  },
  { request: "kldstat", what: "", ask: () => ({ call: "kldstat" }), answer: [], why: "as above" },
  {
    request: "why",
    what: "an error",
    ask: () => ({ call: "why", args: { from: 0, verb: "show", args: ["nope:"], errno: 2 } }),
    answer: expect.stringContaining("no node is called nope"),
    why: "what it names is in the graph that they see",
  },
  { request: "pid", what: "", ask: () => ({ call: "pid" }), answer: process.pid, why: "anybody can see it" },
  {
    request: "typetext",
    what: "of a type",
    ask: () => ({ call: "typetext", args: "tee" }),
    answer: expect.any(String),
    why: "documentation",
  },
  {
    request: "kldunload",
    what: "by name",
    ask: () => ({ call: "kldunload", args: "ng_tee" }),
    answer: null,
    why: "types of the daemon; only those that no node uses",
  },
  {
    request: "kldload",
    what: "by name",
    ask: () => ({ call: "kldload", args: "ng_hub" }),
    answer: expect.objectContaining({ code: "EEXIST" }),
    why: "names of the daemon's own types, never files",
  },
  {
    request: "kldload",
    what: "by a name that is a path",
    ask: () => ({ call: "kldload", args: writeModule("own.mjs", MEMBER.uid) }),
    answer: expect.objectContaining({ code: "ENOENT" }),
    why: "names of the daemon's own types, never files",
  },
  {
    request: "kldloadfile",
    what: "a file of the member in a directory of the member",
    ask() {
      const folder = mkdtempSync(join(modules, "members-"));
      chownSync(folder, MEMBER.uid, MEMBER.uid);
      return { call: "kldloadfile", args: writeModule(join(folder.slice(modules.length + 1), "own.mjs"), MEMBER.uid) };
    },
    answer: DENIED,
    why: "code runs with the daemon's rights",
  },
  {
    request: "kldloadfile",
    what: "a file outside the directory",
    ask: () => ({ call: "kldloadfile", args: "/etc/shadow" }),
    answer: DENIED,
    why: "code, and an error could tell what is in the file",
  },
  {
    request: "kldloadfile",
    what: "a file that does not exist",
    ask: () => ({ call: "kldloadfile", args: "/root/.ssh/nothing-here" }),
    answer: DENIED,
    why: "the answer must not tell which files there are",
  },
  {
    request: "kldloadfile",
    what: "a way out of the directory",
    ask: () => ({ call: "kldloadfile", args: `${modules}/../../etc/shadow` }),
    answer: DENIED,
    why: "outside",
  },
  {
    request: "kldloadfile",
    what: "a file of the directory that the member can change",
    ask: () => ({ call: "kldloadfile", args: writeModule("changeable.mjs", 0, 0o666) }),
    answer: DENIED,
    why: "somebody else's code",
  },
  {
    request: "kldloadfile",
    what: "a link of the directory to a file that the member can change",
    ask() {
      symlinkSync(writeModule("own.mjs", MEMBER.uid), join(modules, "link.mjs"));
      return { call: "kldloadfile", args: join(modules, "link.mjs") };
    },
    answer: DENIED,
    why: "somebody else's code",
  },
  {
    request: "try",
    what: "an ngctl script that makes nodes",
    ask: () => attempt("mkpeer . hub a b"),
    answer: expect.objectContaining({ outcome: "done" }),
    why: "the graph is theirs to change",
  },
  ...["read FILE", "write a -f FILE", "dot FILE", "dot -- -FILE", "read -FILE"].map((line) => ({
    request: "try",
    what: line,
    ask: () => attempt(line.replace("FILE", "/etc/shadow")),
    answer: UNDONE(`${line.split(" ").at(-1)!.replace("FILE", "/etc/shadow")}: ${FILES}`),
    why: "the daemon would open the file; ngctl itself reads and writes files with its user's rights",
  })),
  {
    request: "",
    what: "a network socket",
    ask: () => mkpeer("ksocket", "a", "inet/dgram/udp"),
    answer: 0,
    why: "exporting is sending to the network, from the daemon's address and port",
  },
  ...["local/stream/0", "local/dgram/0", "local/seqpacket/0", "1/2/0"].map((hook) => ({
    request: "",
    what: `a local socket, ${hook}`,
    ask: () => mkpeer("ksocket", "a", hook),
    answer: E.EACCES,
    why: "its name is a file, and services such as containers' trust a local client that is root",
  })),
  {
    request: "try",
    what: "a local socket in a script",
    ask: () => attempt("mkpeer . ksocket a local/stream/0"),
    answer: UNDONE("send msg: Permission denied"),
    why: "as above",
  },
  {
    request: "",
    what: "an interface of the machine",
    ask: () => mkpeer("eiface", "a", "ether"),
    answer: 0,
    why: "bringing interfaces in is what the group is for; needs CAP_NET_ADMIN",
  },
];

describe.runIf(canBeOthers)("a member of the control group", () => {
  it.each(TABLE)("$request $what: $why", async ({ ask, answer }) => {
    const { values, refused } = await askAs(MEMBER, daemon.path, [ask()]);
    expect(refused).toBe("");
    if (Array.isArray(answer)) expect(values[0]).toBeInstanceOf(Array);
    else if (typeof answer === "object" && answer !== null && Object.keys(answer).length === 0)
      expect(values[0]).toEqual(expect.any(Object));
    else expect(values[0]).toEqual(answer);
    expect(existsSync(trace)).toBe(false);
  });

  it("may load a module of the directory that only root can change", async () => {
    const path = writeModule("good.mjs");
    expect((await askAs(MEMBER, daemon.path, [{ call: "kldloadfile", args: path }])).values).toEqual([["ng_planted"]]);
    expect((await askAs(MEMBER, daemon.path, [mkpeer("planted", "a", "b")])).values).toEqual([0]);
  });

  it("has an answer to every request in the table above", () => {
    const known = { ...graphRequests(daemon.graph), ...transactionRequests(daemon.graph, () => true) };
    const named = new Set(TABLE.map(({ request }) => request));
    expect([...named].filter(Boolean).toSorted()).toEqual([...Object.keys(known), "pid", "snapshot"].toSorted());
  });
});

describe.runIf(canBeOthers)("a user outside the group", () => {
  it("cannot open the socket", async () => {
    expect((await askAs(STRANGER, daemon.path, [{ call: "pid" }])).refused).toBe("EACCES");
  });

  it("is refused and counted if the socket's permission lets it in all the same", async () => {
    chmodSync(daemon.path, 0o666);
    expect((await askAs(STRANGER, daemon.path, [{ call: "pid" }])).values).toEqual([undefined]);
    expect(daemon.server.counters()).toMatchObject({ deniedConnections: 1, connections: 0 });
  });
});

it("the owner may load any module", async () => {
  const client = await connectControl(daemon.path, { node: false });
  expect(await client.call("kldloadfile", writeModule("own.mjs", process.getuid?.()))).toEqual(["ng_planted"]);
  expect(existsSync(trace)).toBe(true);
  await client.close();
});

it.each([
  ["the daemon's user", { uid: 7, gid: 1, groups: [] }, 9, "owner"],
  ["root", { uid: 0, gid: 1, groups: [] }, 9, "owner"],
  ["the group as first group", { uid: 8, gid: 9, groups: [] }, 9, "member"],
  ["the group as further group", { uid: 8, gid: 1, groups: [2, 9] }, 9, "member"],
  ["another group", { uid: 8, gid: 1, groups: [2] }, 9, undefined],
  ["a group where none is named", { uid: 8, gid: 9, groups: [9] }, undefined, undefined],
])("%s", (_who, peer, group, rights) => {
  expect(rightsOf({ pid: 1, ...peer }, { uid: 7, group })).toBe(rights);
});

it("without the system's word, whoever the permission lets in is a member if there is a group", () => {
  expect(rightsOf(undefined, { uid: 7, group: 9 })).toBe("member");
  expect(rightsOf(undefined, { uid: 7, group: undefined })).toBe("owner");
});

it.runIf(canBeOthers)("a directory that others can change is not one for modules", () => {
  chmodSync(modules, 0o775);
  expect(() => modulesDirectory(modules)).toThrow(
    `--modules ${modules}: ${modules} can be written by users other than its owner; only root and the daemon's user may be able to change it`,
  );
  expect(() => modulesDirectory(join(modules, "none"))).toThrow("not a directory; make it, or name another");
});

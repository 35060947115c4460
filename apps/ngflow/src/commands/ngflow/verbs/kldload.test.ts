import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ModuleInfo } from "@ngflow/graph";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ControlClient, connectControl } from "../../../control/client.ts";
import { startTestDaemon, type TestDaemon } from "../../../control/testing/test-daemon.ts";
import { loadModules } from "./kldload.ts";
import { unloadModules } from "./kldunload.ts";

const EXAMPLES = join(import.meta.dirname, "../../../../../../examples/node-types");

let daemon: TestDaemon;
let client: ControlClient;
let packets: string[];
beforeEach(async () => {
  daemon = await startTestDaemon();
  packets = [];
  const onData = (hook: string, packet: Uint8Array): void => void packets.push(`${hook} ${packet.join(" ")}`);
  client = await connectControl(daemon.path, { name: "test", onData });
});
afterEach(async () => {
  await client.close();
  await daemon.stop();
});

const load = (...modules: string[]): Promise<void> => loadModules(modules, { control: daemon.path }, daemon.directory);

/** Writes a module into the daemon's directory. */
function write(name: string, text: string): void {
  writeFileSync(join(daemon.directory, name), text);
}

/** Text of a module that exports a type whose nodes behave as `create` says. */
function typeModule(name: string, create = "() => ({})"): string {
  return `export default {
    name: "${name}", cookie: 1, summary: "", role: "plain", hooks: [], messages: [], dropReasons: {}, create: ${create} };`;
}

async function loadedTypes(): Promise<string[]> {
  const modules = (await client.call("kldstat")) as ModuleInfo[];
  return modules.flatMap(({ loaded, types }) => (loaded ? types : []));
}

const mkpeer = async (type: string, hook: string, peerHook: string): Promise<number> =>
  (await client.sendAscii(".", "mkpeer", `{ type="${type}" ourhook="${hook}" peerhook="${peerHook}" }`)).errno;

describe("a module of one's own", () => {
  it("brings a type: examples/node-types/every-nth.mjs", async () => {
    await load(join(EXAMPLES, "every-nth.mjs"));
    expect(await mkpeer("every-nth", "feed", "in")).toBe(0);
    const connect = '{ path="feed" ourhook="chosen" peerhook="out" }';
    expect(await client.sendAscii(".", "connect", connect)).toMatchObject({ errno: 0 });
    expect(await client.sendAscii("feed", "setn", "3")).toMatchObject({ errno: 0 });
    for (let i = 1; i <= 7; i++) expect(await client.write("feed", Uint8Array.of(i))).toBe(0);
    expect(packets).toEqual(["chosen 3", "chosen 6"]);
    expect(await client.sendAscii("feed", "setn", "0")).toMatchObject({ errno: 22 });
    expect(await client.sendAscii(".", "connect", '{ path="feed" ourhook="x" peerhook="x" }')).toMatchObject({
      errno: 22,
    });
    const { nodes } = await client.snapshot();
    expect(nodes.find(({ type }) => type === "every-nth")?.counters).toEqual({ skipped: 5, unconnected: 0 });
    await expect(unloadModules(["ng_every-nth"], daemon.path)).rejects.toMatchObject({ code: "module-busy" });
    await client.sendAscii("feed", "shutdown", "");
    await unloadModules(["ng_every-nth"], daemon.path);
  });

  it("brings several: examples/node-types/rate.mjs", async () => {
    await load(join(EXAMPLES, "rate.mjs"));
    expect(await mkpeer("rate", "a", "a")).toBe(0);
    await client.sendAscii(".", "connect", '{ path="a" ourhook="b" peerhook="b" }');
    expect(await client.sendAscii("a", "mkpeer", '{ type="trickle" ourhook="c" peerhook="x" }')).toMatchObject({
      errno: 22,
    });
    await client.write("a", Uint8Array.of(1, 2));
    expect(packets).toEqual(["b 1 2"]);
    daemon.graph.tick(daemon.graph.clock.nowMs() + 1000);
    const { nodes } = await client.snapshot();
    expect(nodes.find(({ type }) => type === "rate")?.counters).toEqual({ lastSecond: 1, unconnected: 0 });
    expect(await mkpeer("trickle", "t", "x")).toBe(0);
    daemon.graph.tick(daemon.graph.clock.nowMs() + 5000);
    await client.call("types");
    expect(packets).toContain("t 0");
  });

  it("is found by its path from where the command was given, and as a package", async () => {
    write("mine.mjs", typeModule("mine"));
    for (const [name, exports] of [
      ["by-import", '"exports": { ".": { "import": "./lib/index.js" } }'],
      ["@me/by-main", '"main": "lib/index.js"'],
    ] as const) {
      const folder = join(daemon.directory, "node_modules", name);
      mkdirSync(join(folder, "lib"), { recursive: true });
      writeFileSync(join(folder, "package.json"), `{ "type": "module", ${exports} }`);
      writeFileSync(join(folder, "lib/index.js"), typeModule(name.replace(/.*\//, "")));
    }
    await load("./mine.mjs", "by-import", "@me/by-main");
    expect(await loadedTypes()).toEqual(expect.arrayContaining(["mine", "by-import", "by-main"]));
    await expect(load("no-such-package")).rejects.toMatchObject({ code: "module-unknown", exit: 1 });
  });

  it("is read anew when it has changed", async () => {
    write("mine.mjs", typeModule("mine", "() => ({ counters: () => ({ version: 1 }) })"));
    await load("./mine.mjs");
    await unloadModules(["ng_mine"], daemon.path);
    await new Promise((resolve) => setTimeout(resolve, 5));
    write("mine.mjs", typeModule("mine", "() => ({ counters: () => ({ version: 2 }) })"));
    await load("./mine.mjs");
    await mkpeer("mine", "a", "b");
    const { nodes } = await client.snapshot();
    expect(nodes.find(({ type }) => type === "mine")?.counters).toEqual({ version: 2 });
  });
});

describe("a module that is no good", () => {
  it.each([
    ["throws", 'throw new TypeError("broken");', "module-failed", "TypeError: broken"],
    ["is not JavaScript", "const const = 1;", "module-failed", "can't load"],
    ["needs what is not there", 'import "no-such-package";', "module-failed", "no-such-package"],
    ["has no default export", "export const type = 1;", "module-no-node-type", "no default export"],
    ["exports something else", "export default 7;", "module-no-node-type", "it is not an object"],
    ["exports nothing", "export default [];", "module-no-node-type", "it exports no node type"],
    ["lacks fields", 'export default { name: "x", cookie: 1, summary: "" };', "module-no-node-type", "create"],
    [
      "cannot be read",
      "export default { get name() { throw new Error('no') } };",
      "module-no-node-type",
      "it cannot be read",
    ],
    ["is there already", typeModule("pair"), "module-clash", 'a node type "pair" exists already'],
  ])("because it %s is refused and nothing else happens", async (_, text, code, words) => {
    const before = await loadedTypes();
    write("bad.mjs", text);
    await expect(load("./bad.mjs")).rejects.toMatchObject({ code, exit: 1, message: expect.stringContaining(words) });
    expect(await loadedTypes()).toEqual(before);
    expect(daemon.errors).toEqual([]);
  });

  it("is not loaded by halves", async () => {
    const one = typeModule("one").replace("export default", "const one =");
    write("bad.mjs", `${one}\nexport default [one, { ...one, name: "two" }, { ...one, name: "two" }];`);
    await expect(load("./bad.mjs")).rejects.toMatchObject({ code: "module-clash" });
    write("worse.mjs", `${one}\nexport default [one, {}];`);
    await expect(load("./worse.mjs")).rejects.toThrow("of type 1 its name has to be");
    expect(await loadedTypes()).not.toContain("one");
  });

  it("is not there", async () => {
    await expect(load("./absent.mjs")).rejects.toMatchObject({ code: "module-unreadable", exit: 1 });
    await expect(client.call("kldloadfile", "mine.mjs")).rejects.toThrow("must be absolute");
    await expect(client.call("kldloadfile", { path: 1 })).rejects.toThrow("must be an absolute path");
  });

  it("makes nodes that fail by themselves", async () => {
    const fail = '() => { throw new TypeError("broken"); }';
    write("faulty.mjs", typeModule("faulty", `() => ({ receive: ${fail}, counters: ${fail}, disconnect: ${fail} })`));
    write("stillborn.mjs", typeModule("stillborn", fail));
    await load("./faulty.mjs", "./stillborn.mjs");
    expect(await mkpeer("stillborn", "a", "b")).toBe(5);
    expect(await mkpeer("faulty", "a", "b")).toBe(0);
    expect(await client.write("a", Uint8Array.of(1))).toBe(5);
    expect((await client.snapshot()).nodes.length).toBe(2);
    await client.sendAscii(".", "rmhook", '{ hook="a" }');
    expect((await client.snapshot()).nodes.length).toBe(1);
  });
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ModuleInfo } from "@ngflow/graph";
import { startTestDaemon, type TestDaemon } from "../../../control/testing/test-daemon.ts";
import { askDaemon } from "../../../control/ask-daemon.ts";
import { loadModules, type LoadOptions } from "./kldload.ts";
import { chosenModules, renderModules } from "./kldstat.ts";
import { unloadModules } from "./kldunload.ts";

let daemon: TestDaemon;
let printed: { out: unknown[]; err: unknown[] };
beforeEach(async () => {
  daemon = await startTestDaemon();
  printed = { out: [], err: [] };
  vi.spyOn(process.stdout, "write").mockImplementation((text) => (printed.out.push(text), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => (printed.err.push(text), true));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await daemon.stop();
});

function load(names: string[], options: LoadOptions = {}): Promise<void> {
  return loadModules(names, { control: daemon.path, ...options });
}

async function modules(): Promise<string> {
  return renderModules((await askDaemon(daemon.path, (client) => client.call("kldstat"))) as ModuleInfo[]);
}

it("lists, unloads and loads modules", async () => {
  const all = [
    "Module           State     Node types",
    "netgraph         loaded",
    "ng_socket        loaded    socket",
    "ng_wall          loaded    wall",
    "ng_pair          loaded    pair",
    "",
  ].join("\n");
  expect(await modules()).toBe(all);
  await unloadModules(["ng_pair.ko"], daemon.path);
  expect(await modules()).toBe(all.replace("ng_pair          loaded   ", "ng_pair          available"));
  await load(["ng_pair"]);
  expect(await modules()).toBe(all);
});

it("loads the others when one cannot be, and says of each why", async () => {
  await unloadModules(["ng_pair"], daemon.path);
  await expect(load(["netgraph", "ng_nosuch", "ng_pair", "ng_wall.ko"])).rejects.toMatchObject({
    code: "module-loaded",
    exit: 1,
    message: "can't load ng_wall.ko: module already loaded or in kernel",
  });
  expect(printed.err).toEqual([
    "ngflow: can't load netgraph: module already loaded or in kernel\n",
    'ngflow: can\'t load ng_nosuch: No such file or directory; "ngflow kldstat" lists the modules\n',
  ]);
  expect(await modules()).toContain("ng_pair          loaded ");
});

it("takes the options of kldload", async () => {
  await unloadModules(["ng_pair"], daemon.path);
  await load(["ng_wall", "ng_pair"], { n: true });
  expect(printed).toEqual({ out: [], err: [] });
  await unloadModules(["ng_pair"], daemon.path);
  await load(["ng_wall", "ng_pair.ko"], { n: true, v: true });
  expect(printed.out).toEqual(["ng_wall is already loaded\n", "Loaded ng_pair.ko, id=4\n"]);
  await load(["ng_wall", "ng_nosuch"], { q: true });
  expect(process.exitCode).toBe(1);
  process.exitCode = undefined;
  await load(["ng_wall"], { n: true, q: true });
  expect(process.exitCode).toBeUndefined();
  expect(printed.err).toEqual([]);
});

it("chooses what kldstat lists", async () => {
  const all = (await askDaemon(daemon.path, (client) => client.call("kldstat"))) as ModuleInfo[];
  expect(chosenModules(all, {})).toEqual(all);
  const pair = { name: "ng_pair", types: ["pair"], loaded: true };
  expect(chosenModules(all, { m: "ng_pair" })).toEqual([pair]);
  expect(chosenModules(all, { n: "ng_pair.ko" })).toEqual([pair]);
  expect(() => chosenModules(all, { m: "ng_pair.ko" })).toThrow(
    "can't find module ng_pair.ko: No such file or directory",
  );
  const unloaded = [{ ...pair, loaded: false }];
  expect(() => chosenModules(unloaded, { n: "ng_pair" })).toThrow("can't find file ng_pair: No such file or directory");
});

it("does not unload what is in use or not loaded", async () => {
  daemon.makeNode("em0");
  await expect(unloadModules(["ng_wall"], daemon.path)).rejects.toThrow("can't unload ng_wall: Device busy");
  await expect(unloadModules(["netgraph"], daemon.path)).rejects.toMatchObject({ code: "module-busy", exit: 1 });
  await expect(unloadModules(["ng_nosuch"], daemon.path)).rejects.toMatchObject({ code: "module-not-loaded" });
});

it("needs a daemon", async () => {
  await daemon.stop();
  await expect(load(["ng_pair"])).rejects.toMatchObject({ code: "control-absent", exit: 71 });
});

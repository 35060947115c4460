import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ModuleInfo } from "@ngflow/graph";
import { startTestDaemon, type TestDaemon } from "../../../control/testing/test-daemon.ts";
import { askDaemon } from "../../../control/ask-daemon.ts";
import { loadModules } from "./kldload.ts";
import { renderModules } from "./kldstat.ts";
import { unloadModules } from "./kldunload.ts";

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await startTestDaemon();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await daemon.stop();
});

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
  await loadModules(["ng_pair"], daemon.path);
  expect(await modules()).toBe(all);
});

it("says what is loaded already and goes on, and refuses what is not there", async () => {
  const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await unloadModules(["ng_pair"], daemon.path);
  await loadModules(["netgraph", "ng_wall", "ng_pair"], daemon.path);
  expect(stderr.mock.calls.flat()).toEqual([
    "ngflow: netgraph is already loaded\n",
    "ngflow: ng_wall is already loaded\n",
  ]);
  await expect(loadModules(["ng_nosuch"], daemon.path)).rejects.toMatchObject({ code: "module-unknown", exit: 1 });
});

it("does not unload what is in use or not loaded", async () => {
  daemon.makeNode("em0");
  await expect(unloadModules(["ng_wall"], daemon.path)).rejects.toThrow("can't unload ng_wall: Device busy");
  await expect(unloadModules(["netgraph"], daemon.path)).rejects.toMatchObject({ code: "module-busy", exit: 1 });
  await expect(unloadModules(["ng_nosuch"], daemon.path)).rejects.toMatchObject({ code: "module-not-loaded" });
});

it("needs a daemon", async () => {
  await daemon.stop();
  await expect(loadModules(["ng_pair"], daemon.path)).rejects.toMatchObject({ code: "control-absent", exit: 71 });
});

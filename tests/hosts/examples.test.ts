import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, NGCTL, NGFLOW, ROOT, must } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "sysctl");
const scripts = readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".ngctl"));

describe("examples on a host with an interface em0", () => {
  let hosts: TwoHosts;
  let folder = "";
  let graph: Background | undefined;

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    folder = mkdtempSync(join(tmpdir(), "ngflow-examples-"));
    hosts = new TwoHosts("em0");
  });
  afterEach(async () => {
    if (missing !== undefined) return;
    await graph?.stop();
    hosts.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test.for(scripts)("%s builds the graph it describes", async (name) => {
    const control = join(folder, "control.sock");
    const script = join(ROOT, "examples", name);
    graph = new Background(
      hosts.left.exec([...NGFLOW, "graph", "--interface", "em0", "--control", control, "-f", script]),
    );
    await graph.until("ngflow graph", () => graph?.stdout.includes(control) === true);
    const list = must([...NGCTL, "--control", control, "list"]);
    // Every name that the script gives is that of a node, and nothing was refused.
    const named = [...readFileSync(script, "utf8").matchAll(/^name \S+ (\S+)$/gm)].map(([, given = ""]) => given);
    expect(named.length).toBeGreaterThan(0);
    for (const given of ["em0", ...named]) expect(list).toMatch(new RegExp(`Name: ${given} `));
    expect(graph.stderr).toBe("");
    const show = must([...NGCTL, "--control", control, "show", "netflow:"]);
    expect(show).toMatch(/iface0 +em0 +ether +\S+ +lower/);
    expect(show).toMatch(/out0 +em0 +ether +\S+ +upper/);
    expect(show).toMatch(/export9 +nfsock +ksocket/);
  });
});

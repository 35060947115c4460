import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Background, must, NGCTL, NGFLOW } from "../support/command.ts";

let directory: string;
let started: Background[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-export-"));
  started = [];
});

afterEach(async () => {
  for (const process of started) await process.stop("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

/** A daemon with the interface demo0. Returns its control socket. */
async function startGraph(name: string, ...words: string[]): Promise<string> {
  const control = join(directory, name);
  const daemon = new Background([...NGFLOW, "graph", "--demo", "3", "--control", control, ...words]);
  started.push(daemon);
  await daemon.until("the control socket", () => daemon.stdout.includes("control  "));
  return control;
}

it("the script that export writes makes the same graph in another daemon", async () => {
  const script = join(directory, "graph.ngctl");
  writeFileSync(
    script,
    [
      "mkpeer demo0: netflow lower iface0",
      "name demo0:lower nf",
      "connect demo0: nf: upper out0",
      "msg nf: setconfig { iface=0 conf=3 }",
      "mkpeer nf: ksocket export9 inet/dgram/udp",
      "msg nf:export9 connect inet/127.0.0.1:9",
      "",
    ].join("\n"),
  );
  const first = await startGraph("first.sock", "-f", script);
  const text = must([...NGFLOW, "graph", "export", "--control", first]);
  expect(text).toContain("msg nf: setconfig { conf=3 }\n");
  expect(text).toContain("msg nf:export9 connect inet/127.0.0.1:9\n");

  const rebuilt = join(directory, "rebuilt.ngctl");
  writeFileSync(rebuilt, text);
  const second = await startGraph("second.sock", "-f", rebuilt);
  expect(must([...NGFLOW, "graph", "export", "--format", "ngctl", "--control", second])).toBe(text);

  const { nodes } = JSON.parse(must([...NGFLOW, "graph", "export", "--format", "json", "--control", second])) as {
    nodes: { type: string }[];
  };
  expect(nodes.map(({ type }) => type).sort()).toEqual(["ether", "ksocket", "netflow"]);
  const dot = must([...NGFLOW, "graph", "export", "--format", "dot", "--control", second]);
  expect(dot).toMatch(/^graph netgraph \{\n/);
  // The program that asks is a node while it asks, with a name and an id of its own.
  expect(dot.split("\n").length).toBe(must([...NGCTL, "--control", second, "dot"]).split("\n").length);
});

import fc from "fast-check";
import { createGraph, type Graph, type NodeType, structType, uint32, messagesOf } from "@ngflow/graph";
import { attachEther, nodeTypes, SimulatedHost, SimulatedInterface } from "@ngflow/nodes";
import { ManualClock, settingMessages, typesWithSettings } from "@ngflow/nodes/testing";
import { describe, expect, it } from "vitest";
import { QuietSocket } from "../explain/quiet-socket.ts";
import { runTransaction, type TransactionResult } from "./run-transaction.ts";
import { readSettings } from "./setting.ts";

/** One node of every type, by the type's name, but for ether, which is em0. */
const SCRIPT = [
  "mkpeer em0: netflow lower iface0",
  "name em0:lower netflow",
  "connect em0: netflow: upper out0",
  "mkpeer netflow: ksocket export9 inet/dgram/udp",
  "name netflow:export9 ksocket",
  "mkpeer netflow: bridge iface1 link0",
  "name netflow:iface1 bridge",
  "mkpeer bridge: hub link1 a",
  "name bridge:link1 hub",
  "mkpeer hub: one2many b one",
  "name hub:b one2many",
  "mkpeer one2many: bpf many3 in",
  "name one2many:many3 bpf",
  "mkpeer bpf: pipe out upper",
  "name bpf:out pipe",
  "mkpeer pipe: tee lower left",
  "name pipe:lower tee",
  "mkpeer tee: source right output",
  "name tee:right source",
  "mkpeer tee: hole left2right x",
  "name tee:left2right hole",
  "mkpeer tee: split right2left in",
  "name tee:right2left split",
  "mkpeer hub: echo c x",
  "name hub:c echo",
  "mkpeer hub: eiface d ether",
];

/** Messages that set something; `em0` is the ether node, `ngeth0` the eiface node. */
const NAMES: Readonly<Record<string, string>> = { ether: "em0", eiface: "ngeth0" };
const MESSAGES = typesWithSettings().flatMap((type) =>
  settingMessages(type).messages.map(([command, args]) => `${NAMES[type] ?? type}: ${command} ${args}`.trim()),
);

const types = (): readonly NodeType[] =>
  nodeTypes({
    netflow: { maxFlows: 64 },
    openSocket: () => new QuietSocket(() => {}),
    openInterface: new SimulatedHost().open,
    interfaceExists: () => true,
  });

function run(graph: Graph, lines: readonly string[]): Promise<TransactionResult> {
  const commands = lines.map((text, line) => ({
    line,
    text,
    words: text.split(" "),
    kind: "ngctl" as const,
    session: 0,
    stopsAtFailure: true,
  }));
  return runTransaction(graph, { revision: null, name: "", commands });
}

async function start(more: readonly NodeType[] = []): Promise<Graph> {
  const graph = createGraph({ clock: new ManualClock(), types: [...types(), ...more] });
  attachEther(graph, new SimulatedInterface("em0", 1, Uint8Array.of(2, 0, 0, 0, 0, 1)));
  expect(await run(graph, SCRIPT)).toMatchObject({ outcome: "done" });
  return graph;
}

const settingsOf = (graph: Graph): string[] =>
  readSettings(graph.nodes(), { local: true })
    .map(({ nodeId, command, data }) => `${graph.node(nodeId)!.name} ${command} ${data}`)
    .sort();

/** Sends those messages that are taken. */
async function tell(graph: Graph, messages: readonly string[]): Promise<void> {
  for (const message of messages) await run(graph, [`msg ${message}`]);
}

describe("a transaction that fails", () => {
  it("leaves every setting as it was", async () => {
    const graph = await start();
    const before = settingsOf(graph);
    const result = await run(graph, ['msg netflow: setfields "mac"', "msg hub: setpersistent", "msg em0: nosuch"]);
    expect(result).toMatchObject({ outcome: "undone", step: 3, beyond: [] });
    expect(settingsOf(graph)).toEqual(before);
  });

  it("leaves what nodes of all types had been set to, whatever it set", async () => {
    const message = fc.array(fc.constantFrom(...MESSAGES), { maxLength: 12 });
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(message, message, async (first, second) => {
        const graph = await start();
        await tell(graph, first);
        const before = settingsOf(graph);
        const accepted: string[] = [];
        const trial = await start();
        await tell(trial, first);
        for (const each of second) {
          if ((await run(trial, [`msg ${each}`])).outcome === "done") accepted.push(`msg ${each}`);
        }
        if (settingsOf(trial).join() !== before.join()) changed++;
        const result = await run(graph, [...accepted, "msg em0: nosuch"]);
        expect(result).toMatchObject({ outcome: "undone", step: accepted.length + 1 });
        const { beyond } = result as { beyond: readonly string[] };
        // A socket without peer cannot be made to have none again. A source that has lost its rate while it ran cannot
        // be started without one.
        const toldOf: Readonly<Record<string, string>> = {
          "ksocket connect ": "node ksocket keeps its connect: nothing takes it back",
          "source start ": "node source does not take its start again",
        };
        const lost = /^node \S+ has lost its /;
        expect(beyond.filter((text) => !Object.values(toldOf).includes(text) && !lost.test(text))).toEqual([]);
        const isNamed = (text: string): boolean =>
          Object.entries(toldOf).some(([setting, told]) => text.startsWith(setting) && beyond.includes(told));
        const unnamed = (settings: readonly string[]): string[] => settings.filter((text) => !isNamed(text));
        expect(unnamed(settingsOf(graph))).toEqual(unnamed(before));
      }),
      { numRuns: 150 },
    );
    expect(changed).toBeGreaterThan(100);
  });

  it("restores a slot's settings when the slot had to be connected again", async () => {
    const graph = await start();
    await tell(graph, [
      "netflow: setdlt { iface=1 dlt=12 }",
      "netflow: setifindex { iface=1 index=5 }",
      "hub: setpersistent",
    ]);
    const before = settingsOf(graph);
    const result = await run(graph, ["rmhook netflow: iface1", "mkpeer netflow: hole iface1 x", "msg em0: nosuch"]);
    expect(result).toMatchObject({ outcome: "undone" });
    expect(settingsOf(graph)).toEqual(expect.arrayContaining(before.filter((text) => text.startsWith("netflow"))));
  });

  it("names what nothing takes back, and types that do not list their settings", async () => {
    const message = messagesOf<{ n: number }>();
    const counting: NodeType = {
      name: "counting",
      cookie: 4711,
      summary: "Keeps a number and does not say which.",
      role: "plain",
      hooks: [{ name: "<any>", summary: "Nothing." }],
      messages: [
        message({
          name: "setn",
          cmd: 1,
          args: structType([["n", uint32]]),
          summary: "Sets the number.",
          run: (node, { n }) => void (node.n = n),
        }),
      ],
      dropReasons: {},
      create: () => ({ n: 0 }) as object,
    };
    const graph = await start([counting]);
    expect(await run(graph, ["mkpeer hub: counting z x", "name hub:z counting"])).toMatchObject({ outcome: "done" });
    const result = await run(graph, [
      "msg ksocket: bind inet/127.0.0.1:9",
      "msg counting: setn { n=1 }",
      "msg tee: clrstats",
      "msg source: getclrstats",
      "msg em0: nosuch",
    ]);
    expect(result).toMatchObject({
      outcome: "undone",
      beyond: [
        "node ksocket keeps its bind: nothing takes it back",
        "node counting keeps what messages set: its type counting does not list its settings",
        "node tee has lost its statistics",
        "node source has lost its statistics",
      ],
    });
  });
});

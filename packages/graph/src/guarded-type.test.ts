import { expect, it } from "vitest";
import { createGraph } from "./create-graph.ts";
import { E, silentLog } from "@ngflow/base";
import { NgError } from "./ng-error.ts";
import { guardedType } from "./guarded-type.ts";
import { nodeTypeFault } from "./node-type-fault.ts";
import type { NodeBehaviour, NodeType } from "./node-type.ts";
import { openControlSocket } from "./open-control-socket.ts";
import { uint32 } from "./parse/integer.ts";
import { ManualClock, Received, testType } from "./testing/fixture.ts";

/** A graph with a node whose behaviour is not to be trusted, hanging on a program's hook `a`. */
function setUp(behaviour: unknown) {
  const logged: string[] = [];
  const messages = [{ name: "ask", cmd: 1, summary: "Asks." }];
  const graph = createGraph({
    clock: new ManualClock(),
    types: [guardedType(testType("odd", () => behaviour as NodeBehaviour, { messages }))],
    log: { ...silentLog, error: (_fields, message) => void logged.push(message) },
  });
  const socket = openControlSocket(graph, { events: new Received() });
  const { errno } = socket.sendAscii(".", "mkpeer", '{ type="odd" ourhook="a" peerhook="b" }');
  return { graph, socket, logged, errno };
}

function fail(): never {
  throw new TypeError("broken");
}

it("keeps faults of a node to the node", () => {
  const { graph, socket, logged, errno } = setUp({ receive: fail, message: fail, counters: fail, disconnect: fail });
  expect(errno).toBe(0);
  expect(socket.write("a", Uint8Array.of(1))).toBe(E.EIO);
  expect(socket.write("a", Uint8Array.of(1))).toBe(E.EIO);
  expect(logged.length).toBe(1);
  expect(logged[0]).toContain("[2] (odd): receive failed, and may do so again: TypeError: broken");
  expect(socket.sendAscii("a", "ask", "").errno).toBe(E.EIO);
  expect(graph.snapshot().nodes.map(({ counters }) => counters)).toEqual([{}, {}]);
  expect(socket.sendAscii(".", "rmhook", '{ hook="a" }').errno).toBe(0);
  expect(graph.snapshot().nodes.length).toBe(1);
});

it("refuses what makes no node and leaves nothing behind", () => {
  for (const behaviour of [undefined, null, 7, { newHook: fail }, { connected: fail }]) {
    const { graph, errno } = setUp(behaviour);
    expect(errno).toBe(E.EIO);
    expect(graph.snapshot().nodes.map(({ hooks }) => hooks)).toEqual([[]]);
  }
});

it("takes errors of other copies and errno names for what they mean", () => {
  const foreign = Object.assign(new Error("Device busy"), { name: "NgError", errno: E.EBUSY });
  const named = Object.assign(new Error("no"), { code: "EISCONN" });
  for (const [error, errno] of [
    [foreign, E.EBUSY],
    [named, E.EISCONN],
    [new NgError("EINVAL"), E.EINVAL],
  ] as const) {
    const refuse = (): never => {
      throw error;
    };
    expect(setUp({ newHook: refuse }).errno).toBe(errno);
    expect(setUp({ receive: refuse }).socket.write("a", Uint8Array.of(1))).toBe(errno);
  }
});

it("does not pass on what is not an errno, a number or bytes", () => {
  const { socket, graph } = setUp({ receive: () => "yes", message: () => "yes", counters: () => ({ a: 1, b: "c" }) });
  expect(socket.write("a", Uint8Array.of(1))).toBe(E.EIO);
  expect(socket.sendAscii("a", "ask", "").errno).toBe(E.EIO);
  expect(graph.snapshot().nodes.find(({ type }) => type === "odd")!.counters).toEqual({ a: 1 });
  expect(setUp({ receive: () => undefined }).socket.write("a", Uint8Array.of(1))).toBe(0);
});

it("runs rows of messages with the type's own behaviour, and keeps their faults to the sender", () => {
  const own = { n: 2, settings: () => [{ command: "set", data: Uint8Array.of(1) }, { command: 7 }, null] };
  const rows = {
    get: (node: { n: number }) => node.n,
    set: (node: { n: number }, n: number) => void (node.n = n),
    wrong: () => "yes",
    broken: fail,
    busy: () => {
      throw Object.assign(new Error("no"), { code: "EBUSY" });
    },
  };
  const messages = Object.entries(rows).map(([name, run], i) => {
    const types = name === "set" ? { args: uint32 } : { reply: uint32 };
    return { name, cmd: i + 1, summary: "A message.", ...types, run };
  });
  const type = { ...testType("odd", () => own as unknown as NodeBehaviour), messages };
  expect(nodeTypeFault(type)).toBeUndefined();
  const graph = createGraph({ clock: new ManualClock(), types: [guardedType(type as unknown as NodeType)] });
  const received = new Received();
  const socket = openControlSocket(graph, { events: received });
  socket.sendAscii(".", "mkpeer", '{ type="odd" ourhook="a" peerhook="b" }');
  const send = (command: string, args = ""): number => socket.sendAscii("a", command, args).errno;
  expect([send("set", "7"), send("get"), own.n]).toEqual([0, 0, 7]);
  expect([...received.messages.at(-1)!.message.data]).toEqual([7, 0, 0, 0]);
  expect([send("wrong"), send("broken"), send("busy")]).toEqual([E.EIO, E.EIO, E.EBUSY]);
  expect(received.messages.length).toBe(1);
  const { behaviour } = graph.resolve(graph.node(socket.nodeId), "a");
  expect(behaviour.settings!()).toEqual([{ command: "set", data: Uint8Array.of(1) }]);
  own.settings = fail;
  expect(behaviour.settings!()).toEqual([]);
});

it("says what keeps a value from being a type", () => {
  const good = testType("good", undefined, {
    messages: [{ name: "get", cmd: 1, reply: uint32, summary: "Gets." }],
    hooks: [{ name: "<any>", summary: "Anything." }],
    gauges: { waiting: "Packets waiting." },
  });
  expect(nodeTypeFault(good)).toBeUndefined();
  const message = good.messages[0]!;
  const faults: [object, string][] = [
    [{ name: "a:b" }, "name"],
    [{ name: "x".repeat(32) }, "name"],
    [{ cookie: -1 }, "cookie"],
    [{ cookie: 1.5 }, "cookie"],
    [{ summary: undefined }, "summary"],
    [{ role: undefined }, "its role has to be one of interface, generator, meter"],
    [{ role: "toString" }, "role"],
    [{ role: "meter", counters: { packets: "Packets." } }, "a meter has to have the counter packetsAccounted"],
    [{ hooks: [{ name: "a", summary: "Packets.", carries: "frames" }] }, "hooks"],
    [{ module: "" }, "module"],
    [{ create: undefined }, "create"],
    [{ lastHook: "never" }, "lastHook"],
    [{ hooks: [{}] }, "hooks"],
    [{ messages: undefined }, "messages"],
    [{ messages: [{}] }, "message 0 has no name"],
    [{ messages: [{ ...message, cmd: "1" }] }, "message get has no number"],
    [{ messages: [{ ...message, cookie: "1" }] }, "cookie of its message get"],
    [{ messages: [{ ...message, summary: 1 }] }, "summary"],
    [{ messages: [{ ...message, reply: "uint32" }] }, "args and reply"],
    [{ messages: [{ ...message, run: "get" }] }, "run of its message get"],
    [{ messages: [{ ...message, reply: { ...uint32, write: undefined }, run: () => 1 }] }, "need read and write"],
    [{ messages: [message, message] }, "two messages named get"],
    [{ messages: [message, { ...message, name: "set" }] }, "two messages of number 1"],
    [{ dropReasons: undefined }, "dropReasons"],
    [{ counters: { a: 1 } }, "counters"],
  ];
  for (const [change, words] of faults) expect(nodeTypeFault({ ...good, ...change })).toContain(words);
  for (const value of [undefined, null, 7, "type", () => {}]) expect(nodeTypeFault(value)).toBe("it is not an object");
});

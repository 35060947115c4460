import { E, u32le } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGraph } from "./create-graph.ts";
import { NgError } from "./ng-error.ts";
import { GENERIC } from "./generic-types.ts";
import { decodeHookList, decodeNodeInfo, decodeNodeList, decodeTypeList } from "./list-reply.ts";
import { decodeMessage, encodeMessage, GENERIC_COOKIE, HEADER_BYTES, RESPONSE } from "./message.ts";
import type { NodeContext } from "./node-type.ts";
import type { ControlMessage, ReplyAddress } from "./control-message.ts";
import { openControlSocket } from "./open-control-socket.ts";
import { uint32 } from "./parse/integer.ts";
import { errnoOf, ManualClock, Received, testType } from "./testing/fixture.ts";

const adder = testType(
  "adder",
  () => ({
    message(message) {
      if (message.cookie !== 4711 || message.data.length !== 4) throw new NgError("EINVAL");
      return new Uint8Array(Uint32Array.of(u32le(message.data, 0) + 1).buffer);
    },
    receive: (hook, batch) => hook.send(batch),
  }),
  { messages: [{ name: "increment", cmd: 9, args: uint32, reply: uint32, summary: "Adds one." }] },
);

function setUp(name: string | null = "ngctl") {
  const graph = createGraph({ clock: new ManualClock(), types: [adder] });
  const received = new Received();
  return { graph, received, socket: openControlSocket(graph, { name, events: received }) };
}

function generic(cmd: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  return encodeMessage({ cookie: GENERIC_COOKIE, cmd, flags: 0, token: 77, cmdstr: "", data });
}

describe("messages", () => {
  it("converts, sends and has the reply before it returns", () => {
    const { socket, received } = setUp();
    expect(socket.sendAscii(".", "mkpeer", '{ type="adder" ourhook="a" peerhook="b" }').errno).toBe(0);
    const { errno, token } = socket.sendAscii("a", "increment", "41");
    expect(errno).toBe(0);
    expect(received.messages.length).toBe(1);
    const { from, message } = received.messages[0]!;
    expect(from).toBe("[2]:");
    expect(message).toMatchObject({ token, cmd: 9, cookie: 4711, flags: RESPONSE, cmdstr: "increment" });
    expect(u32le(message.data, 0)).toBe(42);
    expect(socket.send("[2]:", generic(GENERIC.binary2ascii, encodeMessage(message)))).toBe(0);
    const ascii = decodeMessage(received.messages[1]!.message.data);
    expect([ascii.cmdstr, String.fromCharCode(...ascii.data)]).toEqual(["increment", "42\0"]);
  });

  it("answers the generic queries", () => {
    const { socket, received } = setUp();
    socket.sendAscii(".", "mkpeer", '{ type="adder" ourhook="a" peerhook="b" }');
    for (const name of ["nodeinfo", "listhooks", "listnames", "listnodes", "listtypes"])
      socket.sendAscii(".", name, "");
    const data = received.messages.map(({ message }) => message.data);
    const own = { name: "ngctl", type: "socket", id: 1, hooks: 1 };
    const peer = { name: "", type: "adder", id: 2, hooks: 1 };
    expect(decodeNodeInfo(data[0]!)).toEqual(own);
    expect(decodeHookList(data[1]!)).toEqual({ node: own, links: [{ hook: "a", peerHook: "b", peer }] });
    expect(decodeNodeList(data[2]!)).toEqual([own]);
    expect(decodeNodeList(data[3]!)).toEqual([own, peer]);
    expect(decodeTypeList(data[4]!)).toEqual([
      { name: "adder", nodes: 1 },
      { name: "socket", nodes: 1 },
    ]);
    for (const bytes of data) expect(errnoOf(() => decodeNodeInfo(bytes.subarray(0, 3)))).toBe(E.EINVAL);
  });

  it("translates whole messages when asked in text", () => {
    const { socket, received } = setUp();
    const inner = '{ version=8 arglen=3 cmdstr="nodeinfo" data="xy" }';
    expect(socket.sendAscii(".", "ascii2binary", inner).errno).toBe(0);
    const { message } = received.messages[0]!;
    expect([message.cmd, message.cmdstr]).toEqual([GENERIC.ascii2binary, "ascii2binary"]);
    expect(decodeMessage(message.data)).toMatchObject({ cmd: GENERIC.nodeinfo, cookie: GENERIC_COOKIE });
    expect(socket.sendAscii(".", "binary2ascii", "").errno).toBe(E.EINVAL);
  });

  it("refuses what is not a message", () => {
    const { socket } = setUp();
    const good = generic(GENERIC.nodeinfo);
    expect(socket.send(".", good)).toBe(0);
    expect(socket.send(".", good.subarray(0, HEADER_BYTES - 1))).toBe(E.EINVAL);
    expect(socket.send(".", Uint8Array.from(good).fill(7, 0, 1))).toBe(E.EINVAL);
    expect(socket.send(".", Uint8Array.from(good).fill(1, 4, 5))).toBe(E.EINVAL);
    expect(socket.send(".", generic(GENERIC.ascii2binary))).toBe(E.EINVAL);
    expect(socket.send(".", generic(GENERIC.ascii2binary, good))).toBe(E.EINVAL);
    expect(socket.send("nobody:", good)).toBe(E.ENOENT);
    expect(socket.sendAscii(".", "no such command", "").errno).toBe(E.ENOSYS);
    expect(socket.sendAscii(".", "name", `{ name="${"x".repeat(32)}" }`).errno).toBe(E.E2BIG);
  });

  it("answers any bytes with a number and keeps its node", () => {
    const { graph, socket } = setUp();
    socket.sendAscii(".", "mkpeer", '{ type="adder" ourhook="a" peerhook="b" }');
    const u32 = fc.oneof(
      fc.nat({ max: 14 }),
      fc.constantFrom(...Object.values(GENERIC)),
      fc.integer({ min: 0, max: 0xffffffff }),
    );
    const cookie = fc.constantFrom(GENERIC_COOKIE, 4711, 851601233, 9);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .record({
          cookie,
          cmd: u32,
          flags: u32,
          token: u32,
          cmdstr: fc.string({ maxLength: 40 }),
          data: fc.uint8Array({ maxLength: 700 }),
        })
        .filter(({ cmd }) => cmd !== GENERIC.shutdown)
        .map(encodeMessage),
    );
    const path = fc.oneof(fc.constantFrom(".", "a", "ngctl:a.b", "[1]:"), fc.string({ maxLength: 20 }));
    fc.assert(
      fc.property(path, bytes, (where, message) => {
        expect(Number.isInteger(socket.send(where, message))).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(graph.node(socket.nodeId)?.hooks.size).toBeGreaterThan(0);
  });

  it("looks for the type before the path", () => {
    const { socket } = setUp();
    expect(socket.sendAscii("a..b", "mkpeer", '{ type="none" }').errno).toBe(E.EINVAL);
    const none = new Uint8Array(96);
    none.set([0x6e, 0x6f]);
    expect(socket.send("a..b", generic(GENERIC.mkpeer, none))).toBe(E.ENOENT);
    none.set(new TextEncoder().encode("adder"));
    expect(socket.send("a..b", generic(GENERIC.mkpeer, none))).toBe(E.EINVAL);
  });

  it("gets replies that come later, and drops those for a closed socket", () => {
    let answer: (() => void) | undefined;
    const slow = testType("slow", (context: NodeContext) => ({
      message(message: ControlMessage, from: ReplyAddress) {
        answer = () => context.respond(from, { ...message, flags: RESPONSE });
        return undefined;
      },
    }));
    const graph = createGraph({ clock: new ManualClock(), types: [slow] });
    const received = new Received();
    const socket = openControlSocket(graph, { events: received });
    graph.mkpeer(graph.node(socket.nodeId), ".", "slow", "a", "b");
    expect(
      socket.send(
        "a",
        encodeMessage({ cookie: 4711, cmd: 1, flags: 0, token: 5, cmdstr: "", data: new Uint8Array(0) }),
      ),
    ).toBe(0);
    expect(received.messages.length).toBe(0);
    answer!();
    expect(received.messages.map(({ from, message }) => [from, message.token])).toEqual([["[2]:", 5]]);
    socket.close();
    answer!();
    expect(received.messages.length).toBe(1);
  });
});

describe("life", () => {
  it("has a name that may be taken", () => {
    const { graph } = setUp();
    const events = new Received();
    expect(errnoOf(() => openControlSocket(graph, { name: "ngctl", events }))).toBe(E.EADDRINUSE);
    expect(errnoOf(() => openControlSocket(graph, { name: "a.b", events }))).toBe(E.EINVAL);
    expect(openControlSocket(graph, { name: "", events }).nodeId).toBe(4);
    expect([...graph.nodes()].map(({ id }) => id)).toEqual([1, 4]);
  });

  it("answers EPIPE once its node is gone", () => {
    const { graph, socket } = setUp();
    socket.close();
    socket.close();
    expect([...graph.nodes()]).toEqual([]);
    expect(socket.send(".", generic(GENERIC.nodeinfo))).toBe(E.EPIPE);
    expect(socket.sendAscii(".", "nodeinfo", "").errno).toBe(E.EPIPE);
    expect(socket.write("", Uint8Array.of(1))).toBe(E.EPIPE);
  });

  it("ends with its last hook if set to", () => {
    const { graph, socket } = setUp();
    socket.sendAscii(".", "mkpeer", '{ type="adder" ourhook="a" peerhook="b" }');
    expect(socket.sendAscii(".", "nolinger", "").errno).toBe(0);
    expect(socket.sendAscii(".", "linger", "").errno).toBe(0);
    expect(socket.sendAscii(".", "nolinger", "").errno).toBe(0);
    socket.sendAscii("a", "shutdown", "");
    expect([...graph.nodes()]).toEqual([]);
  });
});

describe("data", () => {
  it("goes out by hook and comes back with the hook's name, as a copy", () => {
    const { socket, received } = setUp();
    expect(socket.write("", Uint8Array.of(1))).toBe(E.EDESTADDRREQ);
    socket.sendAscii(".", "mkpeer", '{ type="adder" ourhook="a" peerhook="b" }');
    const packet = Uint8Array.of(1, 2);
    expect(socket.write("", packet)).toBe(0);
    packet.fill(9);
    expect(socket.write("a", Uint8Array.of(3))).toBe(0);
    expect(received.packets).toEqual(["a 0102", "a 03"]);
    expect(socket.write("b", packet)).toBe(E.EHOSTUNREACH);
    expect(socket.write("x".repeat(32), packet)).toBe(E.EINVAL);
    socket.sendAscii(".", "mkpeer", '{ type="adder" ourhook="c" peerhook="b" }');
    expect(socket.write("", packet)).toBe(E.EDESTADDRREQ);
  });
});

import { E } from "@ngflow/base";
import { describe, expect, expectTypeOf, it } from "vitest";
import { createGraph } from "./create-graph.ts";
import { encodeMessage, RESPONSE } from "./message.ts";
import { messagesOf } from "./message-row.ts";
import { openControlSocket } from "./open-control-socket.ts";
import { byteArray, fixedArray, variableArray } from "./parse/array.ts";
import { int16, int64, uint16, uint32, uint64, uint8 } from "./parse/integer.ts";
import type { ValueOf } from "./parse/parse-type.ts";
import { fixedString, sizedString, string } from "./parse/string.ts";
import { structType } from "./parse/struct.ts";
import { errnoOf, ManualClock, Received, testType } from "./testing/fixture.ts";

const list = structType([
  ["count", uint8],
  ["values", variableArray(uint16, (data, start) => data[start] ?? 0)],
]);
const fixed = structType([
  ["flag", uint8],
  ["size", int64],
  ["names", fixedArray(2, fixedString(4))],
  ["small", int16],
]);

describe("values of types", () => {
  it("have the types of their fields", () => {
    expectTypeOf<ValueOf<typeof list>>().toEqualTypeOf<{ count: number; values: number[] }>();
    expectTypeOf<ValueOf<typeof fixed>>().toEqualTypeOf<{
      flag: number;
      size: number;
      names: string[];
      small: number;
    }>();
  });

  it("are laid out as C lays them out", () => {
    const value = { flag: 1, size: -2, names: ["ab", "abcd"], small: -1 };
    const bytes = fixed.write(value);
    expect([...bytes]).toEqual([
      ...[1, 0, 0, 0, 0, 0, 0, 0],
      ...[254, 255, 255, 255, 255, 255, 255, 255],
      ...[97, 98, 0, 0, 97, 98, 99, 100, 255, 255, 0, 0, 0, 0, 0, 0],
    ]);
    expect(fixed.read(bytes)).toEqual(value);
    for (const wrong of [bytes.subarray(1), Uint8Array.of(...bytes, 0), new Uint8Array(0)]) {
      expect(errnoOf(() => fixed.read(wrong))).toBe(E.EINVAL);
    }
  });

  it("may have a length of their own, which is not taken at its word", () => {
    const bytes = list.write({ count: 2, values: [1, 0x203] });
    expect([...bytes]).toEqual([2, 0, 1, 0, 3, 2]);
    expect(list.read(bytes)).toEqual({ count: 2, values: [1, 0x203] });
    expect(errnoOf(() => list.read(Uint8Array.of(255, 0, 1, 0)))).toBe(E.EINVAL);
    expect(errnoOf(() => list.read(Uint8Array.of(0, 0, 1, 0)))).toBe(E.EINVAL);
    expect(() => list.write({ count: 1, values: [] })).toThrow(RangeError);
  });

  it("are byte strings and bytes", () => {
    expect(string.read(string.write("a\xff"))).toBe("a\xff");
    expect(string.read(Uint8Array.of(97, 0, 98))).toBe("a");
    expect(string.read(Uint8Array.of(97))).toBe("a");
    expect(errnoOf(() => string.read(new Uint8Array(0)))).toBe(E.EINVAL);
    expect([...sizedString.write("ab")]).toEqual([2, 0, 97, 98]);
    expect(sizedString.read(Uint8Array.of(1, 0, 0))).toBe("\0");
    expect(errnoOf(() => fixedString(2).write("abc"))).toBe(E.E2BIG);
    expect([...byteArray(3).write(Uint8Array.of(7))]).toEqual([7, 0, 0]);
    expect(uint64.read(uint64.write(2 ** 53))).toBe(2 ** 53);
  });
});

describe("a row of a message", () => {
  const message = messagesOf<{ n: number }>();
  const later: ((n: number) => void)[] = [];

  function setUp() {
    const received = new Received();
    const messages = [
      message({ name: "set", cmd: 1, args: uint32, summary: "Sets.", run: (node, n) => void (node.n = n) }),
      message({ name: "get", cmd: 2, reply: uint32, summary: "Gets.", run: (node) => node.n }),
      message({
        name: "wait",
        cmd: 3,
        reply: uint32,
        summary: "Answers later.",
        run: (_node, _args, { answer }) => void later.push(answer) as undefined,
      }),
      { name: "untyped", cmd: 4, summary: "No row runs it." },
    ];
    const node = { n: 1 };
    const types = [testType("rows", () => node as object, { messages }), testType("silent")];
    const graph = createGraph({ clock: new ManualClock(), types });
    const socket = openControlSocket(graph, { events: received });
    for (const [hook, type] of Object.entries({ a: "rows", b: "silent" })) {
      socket.sendAscii(".", "mkpeer", `{ type="${type}" ourhook="${hook}" peerhook="x" }`);
    }
    const send = (path: string, cmd: number, data: number[] = [], cookie = 4711): number =>
      socket.send(path, encodeMessage({ cookie, cmd, flags: 0, token: 9, cmdstr: "", data: Uint8Array.from(data) }));
    return { node, received, send };
  }

  it("is run with a value, and its reply is encoded", () => {
    const { node, received, send } = setUp();
    expect([send("a", 1, [5, 0, 0, 0]), send("a", 2)]).toEqual([0, 0]);
    expect(node.n).toBe(5);
    expect(received.messages.map(({ message: { data, flags, token } }) => [[...data], flags, token])).toEqual([
      [[5, 0, 0, 0], RESPONSE, 9],
    ]);
  });

  it("is refused with arguments of another length; without type they are ignored", () => {
    const { node, send } = setUp();
    for (const data of [[], [1], [1, 0, 0, 0, 0]]) expect(send("a", 1, data)).toBe(E.EINVAL);
    expect(node.n).toBe(1);
    expect(send("a", 2, [1, 2, 3])).toBe(0);
  });

  it("answers later, once", () => {
    const { received, send } = setUp();
    expect(send("a", 3)).toBe(0);
    expect(received.messages).toEqual([]);
    later.pop()!(77);
    expect(received.messages.map(({ message: { data, token } }) => [data[0], token])).toEqual([[77, 9]]);
  });

  it("is the only one that acts: others are refused, but ignored by a type without rows", () => {
    const { send } = setUp();
    expect([send("a", 4), send("a", 99), send("a", 1, [1, 0, 0, 0], 4712)]).toEqual([E.EINVAL, E.EINVAL, E.EINVAL]);
    expect(send("b", 99)).toBe(0);
  });
});

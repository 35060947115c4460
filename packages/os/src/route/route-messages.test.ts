import { setU16le, setU32le } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PrefixRoutes } from "./prefix-routes.ts";
import { Route } from "./routes.ts";
import { readRouteMessages, routesRequest } from "./route-messages.ts";

const NEWROUTE = 24;

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const padded = parts.map((part) => {
    const bytes = new Uint8Array((part.length + 3) & ~3);
    bytes.set(part);
    return bytes;
  });
  return Uint8Array.from(padded.flatMap((part) => [...part]));
}

function attribute(type: number, value: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + value.length);
  setU16le(bytes, 0, bytes.length);
  setU16le(bytes, 2, type);
  bytes.set(value, 4);
  return bytes;
}

const u32 = (value: number): number[] => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];

interface TestRoute {
  readonly family?: number;
  readonly length: number;
  readonly table?: number;
  readonly type?: number;
  readonly tos?: number;
  readonly flags?: number;
  readonly attributes: readonly Uint8Array[];
}

function message(type: number, body: Uint8Array, flags = 2): Uint8Array {
  const bytes = new Uint8Array(16 + body.length);
  setU32le(bytes, 0, bytes.length);
  setU16le(bytes, 4, type);
  setU16le(bytes, 6, flags);
  bytes.set(body, 16);
  return bytes;
}

function newRoute({
  family = 2,
  length,
  table = 254,
  type = 1,
  tos = 0,
  flags = 0,
  attributes,
}: TestRoute): Uint8Array {
  const header = Uint8Array.of(family, length, 0, tos, table, 3, 0, type, ...u32(flags));
  return message(NEWROUTE, concat(header, ...attributes));
}

const DST = attribute(1, [10, 1, 0, 0]);
const OIF = attribute(4, u32(7));
const GATEWAY = attribute(5, [10, 0, 0, 254]);
const priority = (metric: number): Uint8Array => attribute(6, u32(metric));
const hop = (index: number, flags: number, ...attributes: readonly Uint8Array[]): Uint8Array => {
  const bytes = concat(new Uint8Array(8), ...attributes);
  setU16le(bytes, 0, bytes.length);
  bytes[2] = flags;
  setU32le(bytes, 4, index);
  return bytes;
};

function read(bytes: Uint8Array, length = bytes.length): { table: PrefixRoutes; done: boolean; interrupted: boolean } {
  const table = new PrefixRoutes(100, 100);
  return { table, ...readRouteMessages(bytes, length, table) };
}

/** `interface/length via gateway` for 10.1.2.3. */
function found(bytes: Uint8Array): string {
  const out = new Route();
  if (!read(bytes).table.lookup(4, Uint8Array.of(10, 1, 2, 3), 0, out)) return "none";
  return `${out.interfaceIndex}/${out.prefixLength}${out.hasGateway ? ` via ${out.gateway.subarray(0, 4).join(".")}` : ""}`;
}

describe("readRouteMessages", () => {
  it.each([
    ["a connected network", [newRoute({ length: 16, attributes: [DST, OIF] })], "7/16"],
    ["a default route", [newRoute({ length: 0, attributes: [OIF, GATEWAY] })], "7/0 via 10.0.0.254"],
    ["a local address, by loopback", [newRoute({ length: 16, table: 255, type: 2, attributes: [DST, OIF] })], "1/16"],
    ["another table", [newRoute({ length: 16, table: 100, attributes: [DST, OIF] })], "none"],
    ["a cached route", [newRoute({ length: 16, flags: 0x200, attributes: [DST, OIF] })], "none"],
    ["a type of service", [newRoute({ length: 16, tos: 8, attributes: [DST, OIF] })], "none"],
    ["another family", [newRoute({ family: 7, length: 16, attributes: [DST, OIF] })], "none"],
    [
      "a blackhole in front of a default",
      [newRoute({ length: 0, attributes: [OIF] }), newRoute({ length: 16, type: 6, attributes: [DST] })],
      "none",
    ],
    [
      "the lesser metric",
      [
        newRoute({ length: 16, attributes: [DST, OIF, priority(200)] }),
        newRoute({ length: 16, attributes: [DST, attribute(4, u32(8)), priority(100)] }),
      ],
      "8/16",
    ],
    [
      "the local table before the main one",
      [
        newRoute({ length: 16, attributes: [DST, OIF] }),
        newRoute({ length: 16, table: 255, attributes: [DST, attribute(4, u32(9)), priority(1000)] }),
      ],
      "9/16",
    ],
    [
      "the first living one of several next hops",
      [
        newRoute({
          length: 16,
          attributes: [
            DST,
            attribute(9, [...hop(3, 1, GATEWAY), ...hop(4, 0, attribute(5, [10, 0, 0, 4])), ...hop(5, 0)]),
          ],
        }),
      ],
      "4/16 via 10.0.0.4",
    ],
    ["a dead route", [newRoute({ length: 16, flags: 1, attributes: [DST, OIF] })], "none"],
    [
      "a gateway of the other family",
      [
        newRoute({
          length: 16,
          attributes: [DST, OIF, attribute(18, [10, 0, ...Array.from({ length: 16 }, () => 1)])],
        }),
      ],
      "7/16",
    ],
    ["a prefix length that is none", [newRoute({ length: 33, attributes: [DST, OIF] })], "none"],
    [
      "attributes of odd sizes",
      [newRoute({ length: 16, attributes: [DST, attribute(4, [1]), attribute(5, [1, 2])] })],
      "0/16",
    ],
  ] as const)("%s", (_name, messages, expected) => {
    expect(found(concat(...messages))).toBe(expected);
  });

  it("says when an answer ends, was refused, or has holes", () => {
    const route = newRoute({ length: 16, attributes: [DST, OIF] });
    expect(read(route)).toMatchObject({ done: false, interrupted: false });
    expect(read(concat(route, message(3, new Uint8Array(4))))).toMatchObject({ done: true, interrupted: false });
    expect(read(concat(message(2, new Uint8Array(20))))).toMatchObject({ done: true });
    expect(read(concat(message(3, new Uint8Array(4), 0x12)))).toMatchObject({ done: true, interrupted: true });
  });

  it("reads IPv6 with gateway and metric", () => {
    const prefix = [0x20, 1, 0xd, 0xb8, ...Array.from({ length: 12 }, () => 0)];
    const attributes = [attribute(1, prefix), OIF, attribute(5, prefix.with(15, 1)), priority(1024)];
    const { table } = read(newRoute({ family: 10, length: 32, attributes }));
    const out = new Route();
    expect(table.lookup(6, Uint8Array.from(prefix.with(15, 9)), 0, out)).toBe(true);
    expect([out.interfaceIndex, out.prefixLength, out.gateway[15]]).toEqual([7, 32, 1]);
  });

  // The buffer is the same for every message: what an earlier one left behind must not count.
  it("never throws, and never looks beyond the message, whatever its lengths say", () => {
    const whole = concat(
      newRoute({ length: 16, attributes: [DST, OIF, GATEWAY, priority(5)] }),
      newRoute({ length: 24, attributes: [DST, attribute(9, [...hop(3, 1, GATEWAY), ...hop(4, 0, GATEWAY)])] }),
      newRoute({
        family: 10,
        length: 64,
        attributes: [
          attribute(
            1,
            Array.from({ length: 16 }, (_, i) => i),
          ),
          OIF,
        ],
      }),
      message(3, new Uint8Array(4)),
    );
    const outcome = (bytes: Uint8Array, length: number, beyond: number): unknown => {
      const buffer = new Uint8Array(bytes.length + 64).fill(beyond);
      buffer.set(bytes.subarray(0, length));
      const { table, done, interrupted } = read(buffer, length);
      const out = new Route();
      const seen = [
        [10, 1, 2, 3],
        [10, 1, 0, 0],
        [0, 0, 0, 0],
        [beyond, beyond, beyond, beyond],
      ].map((address) => table.lookup(4, Uint8Array.from(address), 0, out) && [out.interfaceIndex, out.prefixLength]);
      return [table.routes, done, interrupted, seen.slice(0, 3)];
    };
    for (let length = 0; length <= whole.length; length++) {
      expect(outcome(whole, length, 0xff)).toEqual(outcome(whole, length, 0));
    }
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 3, 0xff))), {
          maxLength: 8,
        }),
        fc.nat(whole.length),
        (edits, length) => {
          const bytes = whole.slice();
          for (const [at, value] of edits) bytes[at] = value;
          expect(outcome(bytes, length, 0xff)).toEqual(outcome(bytes, length, 0));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("asks for all routes of a family", () => {
    const request = routesRequest(6);
    expect([...request.subarray(0, 8), request[16]]).toEqual([28, 0, 0, 0, 26, 0, 1, 3, 10]);
  });
});

import { parseIp } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { type PrefixRoute, PrefixRoutes } from "./prefix-routes.ts";
import { Route } from "./routes.ts";

function bytesOf(text: string): { family: 4 | 6; bytes: Uint8Array } {
  const bytes = parseIp(text)!;
  return text.includes(":") ? { family: 6, bytes } : { family: 4, bytes: bytes.slice(12) };
}

function route(
  prefix: string,
  interfaceIndex: number,
  more: Partial<PrefixRoute> & { via?: string } = {},
): PrefixRoute {
  const [address = "", length] = prefix.split("/");
  const { family, bytes } = bytesOf(address);
  const { via, ...rest } = more;
  return {
    family,
    prefix: bytes,
    prefixLength: Number(length),
    interfaceIndex,
    gateway: via === undefined ? undefined : bytesOf(via).bytes,
    rank: 0,
    unreachable: false,
    ...rest,
  };
}

/** `interface/length via gateway` of the route that is found, "none" without one. */
function found(table: PrefixRoutes, address: string): string {
  const { family, bytes } = bytesOf(address);
  const out = new Route();
  if (!table.lookup(family, bytes, 0, out)) return "none";
  const gateway = out.hasGateway ? ` via ${[...out.gateway.subarray(0, family === 4 ? 4 : 16)].join(".")}` : "";
  return `${out.interfaceIndex}/${out.prefixLength}${gateway}`;
}

describe("PrefixRoutes", () => {
  it("gives interface, length and next hop of the longest prefix, each family for itself", () => {
    const table = new PrefixRoutes(10, 10);
    table.add(route("0.0.0.0/0", 2, { via: "10.0.0.254" }));
    table.add(route("10.0.0.0/24", 3));
    table.add(route("2001:db8::/32", 4, { via: "fe80::1" }));
    expect(found(table, "10.0.0.9")).toBe("3/24");
    expect(found(table, "192.0.2.1")).toBe("2/0 via 10.0.0.254");
    expect(found(table, "2001:db8::9")).toBe("4/32 via 254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1");
    expect(found(table, "2001:db9::9")).toBe("none");
    expect(table.routes).toBe(3);
  });

  it("prefers the least rank, then the first", () => {
    const table = new PrefixRoutes(10, 10);
    for (const [index, rank] of [
      [1, 100],
      [2, 50],
      [3, 50],
      [4, 200],
    ] as const) {
      table.add(route("10.0.0.0/8", index, { rank }));
    }
    expect([found(table, "10.1.1.1"), table.routes]).toEqual(["2/8", 1]);
  });

  it("finds nothing behind an unreachable prefix, not even a shorter one", () => {
    const table = new PrefixRoutes(10, 10);
    table.add(route("0.0.0.0/0", 2));
    table.add(route("10.0.0.0/8", 0, { unreachable: true }));
    table.add(route("10.1.0.0/16", 3));
    expect(["10.2.0.1", "10.1.0.1", "11.0.0.1"].map((address) => found(table, address))).toEqual([
      "none",
      "3/16",
      "2/0",
    ]);
  });

  it("says when there was no room, and for how many there has to be", () => {
    const table = new PrefixRoutes(2, 0);
    for (let i = 0; i < 5; i++) table.add(route(`10.${i}.0.0/16`, 1));
    expect([table.overflowed, table.wanted(4), table.wanted(6), table.routes]).toEqual([true, 5, 0, 2]);
  });
});

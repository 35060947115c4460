import { parseFilter } from "@ngflow/flows";
import type { QueryResult } from "@ngflow/server/client";
import { expect, test } from "vitest";
import { dropMark, keepMark, keepOthers } from "../filter/predicate.ts";
import { dimensionText } from "../format/dimension.ts";
import { pageOfValue } from "../views/things/links.ts";
import type { Get } from "./chart.ts";
import { icmpApart } from "./icmp-apart.ts";

/** A server whose traffic is 60 bytes of HTTPS, 30 of the rest, and 50 of ICMP, 20 of them of other hosts. */
async function ask(params: { readonly by: readonly string[]; readonly filter?: string }) {
  const asked: string[] = [];
  const get = (async (_: string, { by, filter }: { by: readonly string[]; filter: string }) => {
    parseFilter(filter);
    asked.push(filter);
    const isIcmp = filter.includes("Proto in");
    const values = isIcmp ? [30, 20] : [60, 30];
    const named = { SrcAddr: "10.0.0.1", DstPort: 443, Proto: "tcp" } as Record<string, string | number>;
    const pick = (rest: boolean) => Object.fromEntries(by.map((name) => [name, rest ? null : named[name]!]));
    const rows = by.length === 0 ? [{ bytes: 50 }] : values.map((bytes, i) => ({ ...pick(i === 1), bytes }));
    return { from: "", to: "", step: null, columns: [...by, "bytes"], rows, tier: "flows", elapsedMs: 1 };
  }) as unknown as Get;
  const { rows } = (await icmpApart(get)("/query", { metric: "bytes", ...params })) as QueryResult;
  return { asked, rows, sum: rows.reduce((all, row) => all + Number(row["bytes"]), 0) };
}

test("by a port, ICMP is one group of its own, and nothing is lost or counted twice", async () => {
  const { rows, sum, asked } = await ask({ by: ["DstPort"], filter: "host 10.0.0.1 or host 10.0.0.2" });
  expect(sum).toBe(140);
  expect(rows.map((row) => row["DstPort"])).toEqual([443, "icmp", null]);
  expect(rows.map((row) => dimensionText("DstPort", row["DstPort"]))).toEqual([
    "443 https",
    "ICMP, without ports",
    "others",
  ]);
  for (const filter of asked) expect(filter).toMatch(/^\(host 10\.0\.0\.1 or host 10\.0\.0\.2\) and Proto /);
});

test("with another column the rest of both is one row", async () => {
  const { rows, sum } = await ask({ by: ["SrcAddr", "DstPort"] });
  expect(sum).toBe(140);
  expect(rows).toEqual([
    { SrcAddr: "10.0.0.1", DstPort: 443, bytes: 60 },
    { SrcAddr: "10.0.0.1", DstPort: "icmp", bytes: 30 },
    { SrcAddr: null, DstPort: null, bytes: 50 },
  ]);
});

test("with the protocol it is asked as it is, and the port of ICMP is its type", async () => {
  const { asked } = await ask({ by: ["Proto", "DstPort"], filter: "bytes > 1" });
  expect(asked).toEqual(["bytes > 1"]);
  expect(dimensionText("DstPort", 2048, { Proto: "icmp" })).toBe("echo request");
  expect(dimensionText("ServicePort", 0x8700, { Proto: "ipv6-icmp" })).toBe("neighbor solicitation");
  expect(dimensionText("DstPort", 0xc800, { Proto: "icmp" })).toBe("type 200");
  expect(dimensionText("DstPort", 2048, { Proto: "tcp" })).toBe("2048");
  expect(pageOfValue("DstPort", 2048, { Proto: "icmp" })).toBeNull();
});

test("the group of ICMP keeps, leaves out and is left out of the others", () => {
  const [https, icmp] = [{ DstPort: 443 }, { DstPort: "icmp" }];
  expect(keepMark(icmp)).toBe("Proto in (icmp, ipv6-icmp)");
  expect(dropMark(icmp)).toBe("Proto not in (icmp, ipv6-icmp)");
  expect(keepOthers([https, icmp])).toBe("DstPort not in (443) and Proto not in (icmp, ipv6-icmp)");
  expect(keepMark({ SrcPort: "icmp", DstPort: "icmp", SrcAddr: "10.0.0.1" })).toBe(
    "Proto in (icmp, ipv6-icmp) and SrcAddr = 10.0.0.1",
  );
  for (const text of [keepMark(icmp), dropMark(icmp), keepOthers([https, icmp])]) parseFilter(text!);
});

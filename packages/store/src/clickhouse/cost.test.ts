import { silentLog } from "@ngflow/base";
import { TIERS } from "@ngflow/flows";
import { expect, test } from "vitest";
import type { OpenStore } from "./open-store.ts";
import { Queries } from "./queries.ts";
import { NOTHING_ROLLED } from "./rolled.ts";
import type { Row } from "./sql-text.ts";

/** Queries of a database that has a million flows, and the statements that it was asked to explain. */
function asked() {
  const explained: string[] = [];
  const inspect = (): Promise<Row[]> => Promise.resolve([["flows", 4, 20]]);
  // As a query of a user, which has limits.
  const read = (sql: string): Promise<Uint8Array> => {
    explained.push(sql);
    return Promise.resolve(Buffer.from('["default","flows",3,1000000,123]\n'));
  };
  const opened = { client: { inspect, read }, rollUps: { rolled: NOTHING_ROLLED } } as unknown as OpenStore;
  const queries = new Queries({
    config: {},
    tiers: TIERS,
    log: silentLog,
    names: () => ({ learned: [] }),
    opened: () => opened,
  });
  return { queries, explained };
}

const RANGE = { fromMs: 86_400_000, toMs: 2 * 86_400_000 } as const;

// The database would compare them to explain it.
test("the cost of what compares flows is told without comparing them", async () => {
  const { queries, explained } = asked();
  const spec = { ...RANGE, by: ["SrcPort"], metric: "bytes" } as const;
  const seen = await queries.cost(spec);
  expect(seen).toMatchObject({ tier: "flows", parts: 3, rows: 1_000_000, bytes: 20_000_000 });
  const once = await queries.cost({ ...spec, duplicates: "once", previousMs: 86_400_000 });
  expect(once).toMatchObject({ parts: 3, rows: 3_000_000 });
  expect(once.aboutMs).toBeGreaterThan(4 * seen.aboutMs);
  const only = await queries.flowsCost({ ...RANGE, duplicates: "only" });
  expect(only).toMatchObject({ rows: 3_000_000, endsEarly: false });
  expect(await queries.flowsCost(RANGE)).toMatchObject({ rows: 1_000_000, endsEarly: true });
  expect(explained).toHaveLength(4);
  for (const sql of explained) expect(sql).not.toContain("GLOBAL");
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSpool } from "../spool/spool.ts";
import type { Spool } from "../spool/spool-types.ts";
import type { Store } from "../store.ts";
import { type ContractBed, DAY, T0 } from "./contract/bed.ts";
import { columnsTests } from "./contract/columns.ts";
import { countersTests } from "./contract/counters.ts";
import { duplicatesTests } from "./contract/duplicates.ts";
import { zonesTests } from "./contract/zones.ts";
import { filtersTests } from "./contract/filters.ts";
import { flowsTests } from "./contract/flows.ts";
import { lifeTests } from "./contract/life.ts";
import { questionsTests } from "./contract/questions.ts";
import { totalsTests } from "./contract/totals.ts";
import { batchOf, type TestRow } from "./rows.ts";

export interface StoreContract {
  readonly name: string;
  /** A store on an empty directory that takes blocks from `spoolDirectory`. Not started. */
  readonly open: (directory: string, spoolDirectory: string) => Store;
  /** Tests of this suite that the backend cannot pass, each with the reason. */
  readonly skip: readonly { readonly test: string; readonly reason: string }[];
}

/** What every store backend does: the rows it was given come back, exactly, in every shape of query. */
export function runStoreContract(contract: StoreContract): void {
  const skipped = new Map(contract.skip.map(({ test, reason }) => [test, reason]));
  const test = (name: string, run: () => Promise<void>, timeoutMs = 60_000): void => {
    const reason = skipped.get(name);
    if (reason === undefined) it(name, run, timeoutMs);
    else it.skip(`${name} (skipped: ${reason})`, run);
  };

  describe(`store contract: ${contract.name}`, () => {
    let root: string;
    let store: Store;
    let spool: Spool;

    beforeAll(async () => {
      root = await mkdtemp(path.join(tmpdir(), "ngflow-store-"));
      spool = createSpool({ directory: path.join(root, "spool"), flushMs: 20 });
      await spool.start();
      store = contract.open(path.join(root, "store"), path.join(root, "spool"));
      await store.start();
    }, 60_000);

    afterAll(async () => {
      await spool.stop();
      await store.stop();
      await rm(root, { recursive: true, force: true });
    });

    let epoch = 0;
    /** Puts rows into a new time range and returns the range. */
    const given = async (rows: readonly TestRow[], spanMs = DAY): Promise<{ fromMs: number; toMs: number }> => {
      const base = T0 + epoch++ * 10 * DAY;
      const shifted = rows.map((row) => ({
        ...row,
        TimeReceived: base + Number(row.TimeReceived ?? row.TimeEnd ?? 0),
        TimeStart: base + Number(row.TimeStart ?? 0),
        TimeEnd: base + Number(row.TimeEnd ?? row.TimeStart ?? 0),
      }));
      expect(spool.write(batchOf(shifted))).toBe(rows.length);
      await spool.flush();
      await store.drain();
      return { fromMs: base, toMs: base + spanMs };
    };

    const bed: ContractBed = {
      test,
      given,
      get store() {
        return store;
      },
      get spool() {
        return spool;
      },
    };
    columnsTests(bed);
    flowsTests(bed);
    totalsTests(bed);
    countersTests(bed);
    zonesTests(bed);
    filtersTests(bed);
    questionsTests(bed);
    duplicatesTests(bed);
    lifeTests(bed);
  });
}

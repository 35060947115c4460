import { expect } from "vitest";
import { batchOf } from "../rows.ts";
import type { ContractBed } from "./bed.ts";

/** Dimensions of time in a zone. */
export function zonesTests(bed: ContractBed): void {
  const { test } = bed;

  test("days, hours and weekdays are those of a zone, also when its clocks change", async () => {
    // The night of 2020-10-25 has two hours from 02:00 in Berlin.
    const start = Date.UTC(2020, 9, 24, 22);
    const hours = Array.from({ length: 27 }, (_, hour) => ({
      ...{ TimeReceived: start + hour * 3_600_000, TimeStart: start + hour * 3_600_000 },
      ...{ TimeEnd: start + hour * 3_600_000 + 1000, Bytes: 1, Packets: 1 },
    }));
    bed.spool.write(batchOf(hours));
    await bed.spool.flush();
    await bed.store.drain();
    const range = { fromMs: start - 3_600_000, toMs: start + 30 * 3_600_000, metric: "bytes", top: 100 } as const;
    const of = async (by: string, zone: string): Promise<Map<unknown, unknown>> => {
      const { rows } = await bed.store.query({ ...range, by: [by], zone });
      return new Map(rows.flatMap((row) => (row[by] === null ? [] : [[row[by], row["bytes"]]])));
    };
    expect(await of("Day", "Europe/Berlin")).toEqual(
      new Map([
        ["2020-10-24T22:00:00.000Z", 25],
        ["2020-10-25T23:00:00.000Z", 2],
      ]),
    );
    expect((await of("Hour", "Europe/Berlin")).get(2)).toBe(2);
    expect(await of("Weekday", "Europe/Berlin")).toEqual(
      new Map([
        ["sun", 25],
        ["mon", 2],
      ]),
    );
    expect((await of("Day", "Asia/Kathmandu")).size).toBe(2);
    expect(await of("Day", "UTC")).toEqual(
      new Map([
        ["2020-10-24T00:00:00.000Z", 2],
        ["2020-10-25T00:00:00.000Z", 24],
        ["2020-10-26T00:00:00.000Z", 1],
      ]),
    );
    await expect(bed.store.query({ ...range, by: ["Day"], zone: "x' OR 1" })).rejects.toThrow("not a zone");
  });
}

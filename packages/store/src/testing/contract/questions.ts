import fc from "fast-check";
import { expect } from "vitest";
import { DIMENSION_NAMES, type DimensionName, type QuerySpec } from "@ngflow/flows";
import { type OracleQuery, oracleAggregate } from "../oracle.ts";
import { type ContractBed, SLOW_MS } from "./bed.ts";

/** Questions of every shape equal the oracle. */
export function questionsTests(bed: ContractBed): void {
  const { test, given } = bed;

  test(
    "spreading over bins equals the oracle and conserves totals",
    async () => {
      const rowOf = fc.record({
        TimeStart: fc.integer({ min: 0, max: 100_000 }),
        life: fc.oneof(fc.constantFrom(0, -1, 1, 1000), fc.integer({ min: 0, max: 90_000 })),
        Bytes: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.bigInt(0n, 2n ** 50n)),
        Packets: fc.integer({ min: 0, max: 1000 }),
        SamplingRate: fc.constantFrom(0, 1, 1, 7),
        SrcPort: fc.integer({ min: 1, max: 4 }),
        Proto: fc.constantFrom(6, 17),
      });
      const queryOf = fc.record({
        metric: fc.constantFrom("bytes" as const, "packets" as const, "flows" as const),
        by: fc.constantFrom<readonly DimensionName[]>([], ["SrcPort"], ["Proto"], ["Proto", "SrcPort"]),
        stepMs: fc.constantFrom(undefined, 1000, 7000, 60_000),
        from: fc.integer({ min: 0, max: 60_000 }),
        span: fc.integer({ min: 1, max: 120_000 }),
        top: fc.integer({ min: 1, max: 5 }),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(rowOf, { minLength: 1, maxLength: 30 }),
          fc.array(queryOf, { minLength: 1, maxLength: 6 }),
          async (rows, queries) => {
            const flows = rows.map(({ life, ...row }) => ({
              ...row,
              TimeEnd: row.TimeStart + life,
              TimeReceived: 0,
            }));
            const { fromMs: base } = await given(flows);
            for (const { from, span, stepMs, ...rest } of queries) {
              const spec: QuerySpec = {
                ...rest,
                fromMs: base + from,
                toMs: base + from + span,
                ...(stepMs === undefined ? {} : { stepMs }),
              };
              const oracle: OracleQuery = { ...spec, stepMs: stepMs ?? null };
              const { rows: answer } = await bed.store.query(spec);
              expect(answer).toEqual(oracleAggregate(flows, base, oracle));
            }
          },
        ),
        {
          numRuns: 25,
          examples: [
            [
              [{ TimeStart: 7000, life: -1, Bytes: 5, Packets: 1, SamplingRate: 1, SrcPort: 1, Proto: 6 }],
              [
                { metric: "bytes", by: [], stepMs: 1000, from: 0, span: 20_000, top: 1 },
                { metric: "bytes", by: ["Proto"], stepMs: 7000, from: 7000, span: 7000, top: 1 },
                { metric: "bytes", by: [], stepMs: undefined, from: 6999, span: 1, top: 1 },
              ],
            ],
          ],
        },
      );
    },
    SLOW_MS,
  );

  test(
    "questions equal the oracle: derived dimensions, masks, statistics, orders",
    async () => {
      const address = fc.constantFrom("10.0.0.1", "10.0.1.200", "192.0.2.9", "2001:db8::5", "2001:db8:0:1::1", "::");
      const port = fc.constantFrom(0, 53, 443, 50_000);
      const rowOf = fc.record({
        TimeStart: fc.integer({ min: 0, max: 7_000_000 }),
        life: fc.constantFrom(0, 1, 999, 61_000, 2_000_000),
        SrcAddr: address,
        DstAddr: address,
        SrcPort: port,
        DstPort: port,
        Proto: fc.constantFrom(6, 17),
        TcpFlags: fc.constantFrom(2, 18),
        EndReason: fc.constantFrom(1, 3),
        Bytes: fc.integer({ min: 0, max: 5_000_000 }),
        Packets: fc.integer({ min: 0, max: 3000 }),
        SamplingRate: fc.constantFrom(0, 1, 7),
      });
      const rows = fc
        .sample(rowOf, { numRuns: 80, seed: 11 })
        .map(({ life, ...row }) => ({ ...row, TimeEnd: row.TimeStart + life, TimeReceived: 0 }));
      const { fromMs: base } = await given(rows);
      const names = DIMENSION_NAMES.filter((name) => !/^(Time|Sampling)/.test(name));
      const dimension = fc.oneof(
        fc.constantFrom(...names),
        fc.constantFrom("SrcAddr/24", "DstAddr/48", "ServerAddr/8/32"),
      );
      const common = {
        by: fc.uniqueArray(dimension, { maxLength: 3 }),
        from: fc.integer({ min: 0, max: 4_000_000 }),
        span: fc.integer({ min: 1, max: 5_000_000 }),
        top: fc.integer({ min: 1, max: 6 }),
        raw: fc.boolean(),
        metric: fc.constantFrom("bytes", "packets", "flows", "bps", "pps"),
      };
      const queryOf = fc.oneof(
        fc.record({
          ...common,
          statistic: fc.constantFrom("total", "last", "min", "max", "average", "p95"),
          order: fc.constantFrom(undefined, "total", "last", "peak", "average"),
        }),
        fc.record({
          ...common,
          stepMs: fc.constantFrom(60_000, 1_000_000),
          order: fc.constantFrom(undefined, "last", "peak"),
        }),
        fc.record({
          ...common,
          metric: fc.constantFrom("bpp", "distinct:SrcAddr", "distinct:DstAddr/24", "distinct:Side"),
        }),
        fc.record({ ...common, stepMs: fc.constant(600_000), metric: fc.constantFrom("bpp", "distinct:SrcPort") }),
      );
      await fc.assert(
        fc.asyncProperty(queryOf, async ({ from, span, ...rest }) => {
          const spec = { ...rest, fromMs: base + from, toMs: base + from + span } as QuerySpec;
          const { rows: answer } = await bed.store.query(spec);
          expect(answer).toEqual(oracleAggregate(rows, base, { ...spec, stepMs: spec.stepMs ?? null }));
        }),
        { numRuns: 25 },
      );
    },
    SLOW_MS,
  );
}

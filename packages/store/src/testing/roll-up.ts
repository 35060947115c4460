import type { Tier } from "@ngflow/flows";
import type { FilledTier } from "../clickhouse/fill.ts";
import { scaledCounter } from "../clickhouse/scaled.ts";

/** A roll-up for tests: seconds by protocol and source port. */
const tier: Tier = {
  name: "seconds",
  table: "flows_1s",
  resolutionMs: 1000,
  columns: ["TimeReceived", "TimeStart", "TimeEnd", "SrcPort", "Proto", "Bytes", "Packets"],
  retentionDays: 400,
};

/** Its rows: each flow's counters are spread over the seconds it lasted, in whole numbers that sum to the counters. */
export const SECONDS: FilledTier = {
  ...tier,
  fill: (flows) => {
    const ms = (column: string): string => `toUnixTimestamp64Milli(${column})`;
    const time = (expression: string): string => `fromUnixTimestamp64Milli(toInt64(${expression}), 'UTC')`;
    const until = (total: string, t: string): string => {
      const elapsed = `toUInt64(least(greatest(${t} - s, 0), life))`;
      return `(intDiv(${total}, toUInt64(life)) * ${elapsed} + intDiv((${total} % toUInt64(life)) * ${elapsed}, toUInt64(life)))`;
    };
    const share = (total: string): string => `toUInt64(${until(total, "bin + 1000")} - ${until(total, "bin")})`;
    const sum = (total: string): string => `toUInt64(least(sum(toUInt128(${share(total)})), 18446744073709551615))`;
    const lives =
      `SELECT TimeReceived AS received, SrcPort AS port, Proto AS proto, ${ms("TimeEnd")} AS e,` +
      ` ${scaledCounter("Bytes")} AS b, ${scaledCounter("Packets")} AS p,` +
      ` least(${ms("TimeStart")}, e) AS s, greatest(e - s, 1) AS life FROM ${flows}`;
    // The bin of the end is one more than the last one of the life when the flow ends at its edge.
    const last = "greatest(intDiv(s + life - 1, 1000), intDiv(e, 1000))";
    const bins = `SELECT *, toInt64(arrayJoin(range(intDiv(s, 1000), ${last} + 1)) * 1000) AS bin FROM (${lives})`;
    return (
      `(SELECT max(received) AS TimeReceived, ${time("bin")} AS TimeStart, ${time("bin + 999")} AS TimeEnd,` +
      ` port AS SrcPort, proto AS Proto, ${sum("b")} AS Bytes, ${sum("p")} AS Packets,` +
      ` countIf(intDiv(e, 1000) * 1000 = bin) AS Flows FROM (${bins}) GROUP BY toDate(received), bin, port, proto)`
    );
  },
};

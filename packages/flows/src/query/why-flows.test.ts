import { expect, test } from "vitest";
import { planQuery } from "./plan.ts";
import type { QuerySpec } from "./types.ts";
import { whyFlows } from "./why-flows.ts";

const DAY_MS = 86_400_000;
const DAYS = { by: [], metric: "bytes", fromMs: 10 * DAY_MS, toMs: 12 * DAY_MS } as const;

test.each<[Partial<QuerySpec>, string | null]>([
  [{}, null],
  [{ by: ["Proto", "InIf"], stepMs: 60_000 }, null],
  [{ by: ["SrcAddr"], filter: "src net 10/8" }, null],
  [{ raw: true }, "sums are multiplied by the sampling rate, so counters as exported are only in the flows"],
  [{ time: "arrival" }, "sums are by the time of the flow, not of its arrival"],
  [{ metric: "distinct:SrcAddr" }, "distinct is of single flows, which sums do not have"],
  [{ filter: "bytes > 1k" }, "Bytes is of single flows, which sums do not have"],
  [{ by: ["DstPort"], filter: "proto tcp and tcpflags has S" }, "there are no sums by DstPort and TcpFlags"],
  [{ by: ["SrcAddr", "Proto"] }, "there are no sums by SrcAddr and Proto together"],
  [{ by: ["ServicePort", "Side", "Proto"], filter: "ServicePort = https" }, null],
  [{ by: ["ServicePort"], filter: "dst port 443" }, "there are no sums by DstPort"],
  [{ by: ["ServicePort", "InIf"] }, "there are no sums by ServicePort and InIf together"],
  [{ by: ["ClientAddr"] }, "there are no sums by SrcPort and DstPort"],
  [{ stepMs: 30_000 }, "the range or its bins are narrower than those of the sums, or the sums do not go back so far"],
  [
    { fromMs: DAYS.fromMs + 1 },
    "the ends of the range are no whole bins of the sums, or the sums do not go back so far",
  ],
])("%j", (words, why) => {
  expect(whyFlows(planQuery({ ...DAYS, ...words }))).toBe(why);
});

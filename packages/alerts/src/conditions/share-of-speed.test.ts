import type { QuerySpec } from "@ngflow/flows";
import { expect, it } from "vitest";
import { checkAlerts } from "../config.ts";
import type { RuleOf } from "../rule.ts";
import { judgeOf } from "./index.ts";

const FROM = Date.parse("2026-01-01T00:00:00Z");
const MINUTE = 60_000;

/** The rates of three interfaces: of 1 Gbit/s, of 100 Mbit/s, and of a speed that nobody knows. */
const RATES = [
  { ExporterAddr: "192.0.2.1", OutIf: 1, OutIfSpeed: "1000", bps: 500e6 },
  { ExporterAddr: "192.0.2.1", OutIf: 2, OutIfSpeed: "100", bps: 90e6 },
  { ExporterAddr: "192.0.2.1", OutIf: 3, OutIfSpeed: "", bps: 90e6 },
];

async function firing(rule: object): Promise<{ readonly by: readonly string[]; readonly fires: unknown[] }> {
  const read = checkAlerts({ rules: [{ name: "full", condition: "share-of-speed", window: "1m", ...rule }] });
  if (!("config" in read)) throw new Error(read.problems.join("\n"));
  const asked: QuerySpec[] = [];
  const ask = async (spec: QuerySpec) => {
    asked.push(spec);
    const rows = RATES.map((row) => ({ time: new Date(FROM).toISOString(), ...row }));
    return { from: "", to: "", step: 60, columns: [], rows, tier: "flows", elapsedMs: 1 };
  };
  const judge = judgeOf(read.config.rules[0]!.rule as RuleOf<"share-of-speed">, {
    ask,
    nowMs: () => FROM + 10 * MINUTE,
  });
  const { bins } = await judge.judge({ fromMs: FROM, toMs: FROM + MINUTE });
  const found = [...bins[0]!.breaches.values()].map(({ values, reference }) => [values["OutIf"], reference]);
  return { by: asked[0]!.by, fires: found };
}

it("takes speeds from SNMP where the rule says so; an interface of unknown speed does not fire", async () => {
  expect(await firing({ speed: "snmp" })).toEqual({ by: ["ExporterAddr", "OutIf", "OutIfSpeed"], fires: [[2, 80e6]] });
  const speeds = { "192.0.2.1/1": "500M", "192.0.2.1/3": "100M" };
  expect((await firing({ speed: "snmp", speeds })).fires).toEqual([
    [1, 400e6],
    [2, 80e6],
    [3, 80e6],
  ]);
});

it("takes one speed for all where the rule gives it", async () => {
  const { by, fires } = await firing({ speed: "100M" });
  expect(by).toEqual(["ExporterAddr", "OutIf"]);
  expect(fires.map((each) => (each as unknown[])[0])).toEqual([1, 2, 3]);
});

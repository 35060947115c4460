import type { Alert } from "@ngflow/alerts";
import { expect, it } from "vitest";
import { alertsTable } from "./alerts-text.ts";

const SCAN = {
  ...{ state: "resolved", severity: "critical", rule: "port-scan", columns: ["SrcAddr"], group: ["198.51.100.66"] },
  ...{ value: 0, peak: 1024, reference: 200, lost: [], labels: {} },
  ...{ sinceMs: Date.UTC(2026, 10, 30, 23, 55), resolvedMs: Date.UTC(2026, 11, 1, 0, 5) },
} as unknown as Alert;

const widest = (text: string): number => Math.max(...text.split("\n").map(({ length }) => length));

it("is whole where there is room, and fits 80 columns", () => {
  expect(alertsTable([SCAN])).toContain("2026-11-30T23:55:00Z  2026-12-01T00:05:00Z  -");
  const narrow = alertsTable([SCAN], 80);
  expect(widest(narrow)).toBeLessThanOrEqual(80);
  expect(narrow).toMatch(/port-scan .*198\.51\.100\.66 .*11-30 23:55 {2}12-01 00:05\n/);
  // Nothing is left out: what has no column is below.
  expect(narrow).toContain("\n  limit 200\n");
  const lost = { ...SCAN, lost: ["sequence-gap"] } as unknown as Alert;
  expect(alertsTable([lost], 80)).toContain("\n  limit 200, losses sequence-gap\n");
});

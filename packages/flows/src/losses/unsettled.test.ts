import { expect, it } from "vitest";
import { withTimeouts } from "./unsettled.ts";

const NOW_MS = Date.UTC(2026, 0, 2, 12);
const ago = (seconds: number): number => NOW_MS - seconds * 1000;
const exporter = (address: string, activeTimeout?: number, silentS = 0, agent?: string) => ({
  address,
  lastSeen: new Date(ago(silentS)).toISOString(),
  ...(activeTimeout !== undefined && { activeTimeout }),
  ...(agent !== undefined && { agent }),
});

it("flows may be under way as long as the exporter says, or as its newest ones took if that is longer", () => {
  const measured = [
    { exporter: "192.0.2.1", fromMs: ago(300) },
    { exporter: "192.0.2.2", fromMs: ago(10) },
    { exporter: "192.0.2.3", fromMs: ago(5) },
  ];
  const exporters = [
    exporter("192.0.2.1", 60),
    exporter("192.0.2.2", 60),
    exporter("192.0.2.3"),
    exporter("198.51.100.1", 1800, 0, "192.0.2.4"),
    // Silent for two hours, and a timeout that nobody has.
    exporter("192.0.2.5", 60, 7200),
    exporter("192.0.2.6", 65_535),
  ];
  expect(withTimeouts(measured, exporters, NOW_MS)).toEqual([
    { exporter: "192.0.2.6", fromMs: ago(3600) },
    { exporter: "192.0.2.4", fromMs: ago(1800) },
    { exporter: "192.0.2.1", fromMs: ago(300) },
    { exporter: "192.0.2.2", fromMs: ago(60) },
    { exporter: "192.0.2.3", fromMs: ago(5) },
  ]);
});

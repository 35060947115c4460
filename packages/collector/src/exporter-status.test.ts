import { bytes, set, template, v9 } from "@ngflow/wire/testing";
import { expect, it } from "vitest";
import { memoryCollector } from "./testing/memory-collector.ts";

it("templates: their fields, and when they were last received", async () => {
  const m = memoryCollector();
  const flows = set(
    0,
    template(256, [
      [8, 4],
      [2, 4],
      [40_100, 2],
    ]),
  );
  await m.receive(v9({ domain: 7 }, flows));
  m.nowMs += 60_000;
  await m.receive(v9({ domain: 7, sequence: 1 }, flows));
  expect(m.collector.exporters()).toMatchObject([
    {
      address: "192.0.2.1",
      domain: 7,
      templates: [
        {
          id: 256,
          kind: "flow",
          refreshed: new Date(m.nowMs).toISOString(),
          fields: ["sourceIPv4Address", "packetDeltaCount", "0.40100"],
        },
      ],
      missingTemplates: [],
    },
  ]);
});

it("templates that have not come: what waits for them, and since when", async () => {
  const m = memoryCollector();
  const began = m.nowMs;
  for (let i = 0; i < 3; i++) {
    await m.receive(v9({ sequence: i }, set(300, new Uint8Array(8)), set(301, new Uint8Array(20))));
    m.nowMs += 1000;
  }
  await m.receive(v9({ sequence: 3 }, set(0, template(301, [[2, 4]])), set(301, bytes([1, 4]))));
  const [exporter] = m.collector.exporters();
  expect(exporter?.missingTemplates).toEqual([{ id: 300, sets: 3, bytes: 24, since: new Date(began).toISOString() }]);
});

import { v5 } from "@ngflow/wire/testing";
import { expect, it } from "vitest";
import { memoryCollector } from "../testing/memory-collector.ts";
import { AllowedExporters } from "./allowed-exporters.ts";

it.each([
  [["192.0.2.0/24"], "192.0.2.9", true],
  [["192.0.2.0/24"], "::ffff:192.0.2.9", true],
  [["192.0.2.0/24"], "192.0.3.9", false],
  [["192.0.2.7"], "192.0.2.7", true],
  [["192.0.2.7"], "192.0.2.8", false],
  [["2001:db8::/32", "10.0.0.0/8"], "2001:db8:1::5", true],
  [["2001:db8::/32", "10.0.0.0/8"], "10.255.0.1", true],
  [["2001:db8::/32", "10.0.0.0/8"], "2001:db9::1", false],
  [["fe80::/10"], "fe80::1%eth0", true],
  [["0.0.0.0/0"], "203.0.113.1", true],
  [["0.0.0.0/0"], "2001:db8::1", false],
])("%j allow %s: %s", (prefixes, address, allowed) => {
  const exporters = new AllowedExporters(prefixes);
  expect(exporters.has(address)).toBe(allowed);
  expect(exporters.has(address)).toBe(allowed);
});

it.each(["", "router", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/24/1", "2001:db8::/129", "10.0.0.0/-1"])(
  "refuses the prefix %j",
  (text) => {
    expect(() => new AllowedExporters([text])).toThrow(expect.objectContaining({ code: "exporter-prefix", exit: 78 }));
  },
);

const RECORD = {
  source: [10, 0, 0, 1],
  destination: [10, 0, 0, 2],
  packets: 1,
  octets: 2,
  first: 3,
  last: 4,
  sourcePort: 5,
  destinationPort: 6,
  protocol: 17,
} as const;

it("datagrams of other addresses make no session, are counted, and a few addresses are logged", async () => {
  const m = memoryCollector({ allowExporters: ["192.0.2.0/24"] });
  for (let i = 0; i < 20; i++) await m.receive(v5({}, [RECORD]), `198.51.100.${i % 10}`);
  expect(m.sink.rows).toEqual([]);
  expect(m.collector.counters()).toMatchObject({ datagramsReceived: 20, datagramsNotAllowed: 20, sessions: 0 });
  expect(m.log).toHaveLength(5);
  expect(await m.receive(v5({}, [RECORD]), "192.0.2.1")).toHaveLength(1);
  expect(m.collector.counters()).toMatchObject({ datagramsNotAllowed: 20, sessions: 1 });
});

import { createSocket } from "node:dgram";
import type { ExporterStatus } from "@ngflow/flows";
import type { SelfTestAnswer } from "@ngflow/server";
import { expect, it } from "vitest";
import { SELF_TEST, selfTestDatagram } from "./datagram.ts";
import { reachable, selfTester } from "./self-test.ts";

/** A socket of this machine, and what it got. */
async function receiver() {
  const socket = createSocket("udp4");
  const got: Buffer[] = [];
  socket.on("message", (bytes) => got.push(bytes));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { got, host: "127.0.0.1", port: socket.address().port, close: () => socket.close() };
}

const never = new AbortController().signal;
const exporter = (datagrams: number, records: number): ExporterStatus[] => [
  { protocol: "v5", domain: SELF_TEST.engine, datagrams, records } as ExporterStatus,
];

it("follows a flow to the query that finds it, and is busy meanwhile", async () => {
  const { got, host, port, close } = await receiver();
  const asked: string[] = [];
  const test = selfTester({
    listening: async () => [{ host, port }],
    exporters: async () => exporter(got.length, got.length),
    found: async (filter) => (asked.push(filter), asked.length > 1 ? 1 : 0),
    nowMs: () => 1_700_000_000_123,
  });
  const [answer, other] = await Promise.all([test(never), test(never)]);
  close();
  expect(other).toBe("busy");
  expect(answer).toMatchObject({ passed: true, filter: asked[0] });
  expect((answer as SelfTestAnswer).steps.map(({ state }) => state)).toEqual(Array(5).fill("passed"));
  const view = new DataView(got[0]!.buffer, got[0]!.byteOffset, got[0]!.length);
  expect([view.getUint16(0), view.getUint16(2), view.getUint32(8), view.getUint32(12)]).toEqual([
    5, 1, 1_700_000_000, 123_000_000,
  ]);
  expect(asked[0]).toContain(`SrcPort = ${view.getUint16(24 + 32)}`);
});

it("names the step at which it stops; later ones are not reached", async () => {
  const states = async (parts: Partial<Parameters<typeof selfTester>[0]>) => {
    const deps = { listening: async () => null, exporters: async () => [], found: async () => 0, nowMs: Date.now };
    const answer = await selfTester({ ...deps, ...parts }, { received: 50, decoded: 50, stored: 50 })(never);
    return answer === "busy" ? [] : answer.steps.map(({ step, state }) => `${step}: ${state}`);
  };
  expect((await states({}))[0]).toBe("collector: failed");
  const { got, host, port, close } = await receiver();
  const listening = async () => [{ host, port }];
  const seen = async () => exporter(got.length, 0);
  expect((await states({ listening })).slice(1, 4)).toEqual([
    "sent: passed",
    "received: failed",
    "decoded: not reached",
  ]);
  got.length = 0;
  expect((await states({ listening, exporters: seen })).slice(2, 4)).toEqual(["received: passed", "decoded: failed"]);
  const decoded = async () => exporter(got.length, got.length);
  expect((await states({ listening, exporters: decoded })).slice(3)).toEqual(["decoded: passed", "stored: failed"]);
  close();
  expect((await states({ listening: async () => [] })).slice(0, 2)).toEqual(["collector: failed", "sent: not reached"]);
});

it("reaches a collector by loopback where it can", () => {
  expect(reachable([{ host: "::", port: 1 }])).toEqual({ host: "::1", port: 1 });
  expect(
    reachable([
      { host: "192.0.2.7", port: 2 },
      { host: "0.0.0.0", port: 3 },
    ]),
  ).toEqual({ host: "127.0.0.1", port: 3 });
  expect(reachable([{ host: "192.0.2.7", port: 2 }])).toEqual({ host: "192.0.2.7", port: 2 });
});

it("is a datagram of 72 bytes", () => {
  expect(selfTestDatagram(0, 50_000, 0)).toHaveLength(72);
});

import { expect, it } from "vitest";
import { LISTEN_PORTS, PROTOCOLS, protocolOf } from "./index.ts";
import { RecordingSink } from "./testing/index.ts";

it("gives every protocol a number, a name and counters of its own", () => {
  const numbers = PROTOCOLS.map(({ number }) => number);
  const names = PROTOCOLS.map(({ name }) => name);
  const counters = PROTOCOLS.flatMap((protocol) => protocol.counters.map(([name]) => name));
  for (const list of [numbers, names, counters]) expect(new Set<unknown>(list).size).toBe(list.length);
  for (const number of numbers) expect(number).toBeGreaterThan(0);
  for (const number of numbers) expect(number).toBeLessThan(256);
});

it("keeps the numbers that stored rows have", () => {
  expect(Object.fromEntries(PROTOCOLS.map(({ name, number }) => [name, number]))).toMatchObject({
    v1: 1,
    v5: 5,
    v7: 7,
    v9: 9,
    ipfix: 10,
    sflow: 105,
  });
});

it("keeps the ports that are listened on", () => expect(LISTEN_PORTS).toEqual([4444, 2055, 4739, 6343]));

it("recognises a datagram by what is there: 16 bits of 5 are NetFlow v5, 32 bits of 5 are not", () => {
  const netflow = Uint8Array.of(0, 5, 0, 1);
  const sflow = Uint8Array.of(0, 0, 0, 5, 0, 0, 0, 1);
  expect(protocolOf(netflow, 0, netflow.length)?.name).toBe("v5");
  expect(protocolOf(sflow, 0, sflow.length)?.name).toBe("sflow");
  expect(protocolOf(sflow, 2, sflow.length)?.name).toBe("v5");
  expect(protocolOf(netflow, 0, 1)).toBeUndefined();
});

it("leaves nothing of one protocol in the header of the next", () => {
  const sink = new RecordingSink();
  const v5 = new Uint8Array(24 + 48).fill(1);
  v5.set([0, 5, 0, 1]);
  const ipfix = new Uint8Array(16);
  ipfix.set([0, 10, 0, 16]);
  sink.decode(v5).decode(ipfix);
  expect(sink.headers.map(({ protocol }) => protocol.name)).toEqual(["v5", "ipfix"]);
  expect(sink.headers[0]).toMatchObject({ sysUpTimeMs: 0x01010101, samplingInterval: 0x101 });
  expect(sink.headers[1]).toMatchObject({ sysUpTimeMs: 0, exportNanoseconds: 0, samplingInterval: 0, count: 0 });
});

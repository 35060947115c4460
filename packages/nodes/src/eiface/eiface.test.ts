import { PacketBatch } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { BenchGraph } from "../testing/bench-graph.ts";
import { createEifaceType } from "./eiface.ts";
import { SimulatedHost } from "./simulated-host.ts";
import { hub } from "../hub/hub.ts";

const FRAME = "ffffffffffff02000000000108060001";

function setUp(taken: readonly string[] = []) {
  const received: number[] = [];
  const host = new SimulatedHost((_name, batch) => void received.push(batch.count));
  for (const name of taken) host.open(name, "ethernet");
  const { interfaces } = host;
  return { bench: new BenchGraph([createEifaceType(host.open), hub]), interfaces, received };
}

const frame = (): PacketBatch => PacketBatch.of(Uint8Array.from(Buffer.from(FRAME, "hex")));

describe("an eiface node", () => {
  it("is named like its interface, whose number is the lowest free one", () => {
    const { bench } = setUp(["ngeth1"]);
    expect(bench.wire("eiface", ["a", "ether"])).toBe(0);
    expect(bench.wire("eiface", ["b", "ether"])).toBe(0);
    expect(bench.msg("ngeth0:", "getifname")).toBe('"ngeth0"');
    expect(bench.msg("b", "getifname")).toBe('"ngeth2"');
    expect(bench.msg("ngeth0:", "shutdown")).toBeUndefined();
    expect(bench.wire("eiface", ["c", "ether"])).toBe(0);
    expect(bench.msg("c", "getifname")).toBe('"ngeth0"');
  });

  it("carries frames between host and hook", () => {
    const { bench, interfaces, received } = setUp();
    bench.wire("eiface", ["a", "ether"]);
    interfaces.get("ngeth0")!.fromHost(frame());
    expect(bench.take()).toEqual([`a ${FRAME}`]);
    expect(bench.write("a", FRAME)).toEqual([]);
    expect(received).toEqual([1]);
    expect(bench.counters("a")).toMatchObject({ framesSent: 1, framesReceived: 1 });
  });

  it("refuses frames while the interface is down", () => {
    const { bench, interfaces } = setUp();
    bench.wire("eiface", ["a", "ether"]);
    interfaces.get("ngeth0")!.up = false;
    expect(bench.write("a", FRAME)).toEqual([50]);
    expect(bench.counters("a")).toMatchObject({ framesReceived: 0, interfaceDown: 1 });
  });

  it("has its link up while it is connected, stays without hooks, and ends by shutdown only", () => {
    const { bench, interfaces } = setUp();
    bench.wire("eiface", ["a", "ether"]);
    const source = interfaces.get("ngeth0")!;
    expect(source.link).toBe(true);
    bench.msg(".", "rmhook", '{ hook="a" }');
    expect([source.link, source.closed]).toEqual([false, false]);
    source.fromHost(frame());
    expect(bench.counters("ngeth0:")).toMatchObject({ unconnected: 1, framesSent: 0 });
    bench.msg("ngeth0:", "shutdown");
    expect(source.closed).toBe(true);
    expect(bench.msg("ngeth0:", "getifname")).toBe(2);
  });

  it("sets the address, and refuses other hooks and messages", () => {
    const { bench, interfaces } = setUp();
    bench.wire("eiface", ["a", "ether"]);
    expect(bench.msg("a", "set", "02:00:00:00:00:07")).toBeUndefined();
    expect([...interfaces.get("ngeth0")!.mac]).toEqual([2, 0, 0, 0, 0, 7]);
    expect(bench.wire("eiface", ["b", "lower"])).toBe(46);
    expect(interfaces.get("ngeth1")!.closed).toBe(true);
    expect(bench.wire("hub", ["h", "x"], ["i", "ether"])).toBe(0);
  });

  it("leaves its name to a node that has it", () => {
    const { bench } = setUp();
    bench.wire("hub", ["h", "x"]);
    bench.msg("h", "name", '{ name="ngeth0" }');
    expect(bench.wire("eiface", ["a", "ether"])).toBe(0);
    expect(bench.msg("a", "getifname")).toBe('"ngeth0"');
    expect(bench.graph.resolve(undefined, "ngeth0:").type.name).toBe("hub");
  });
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { must, run } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { GraphDriver } from "./probe/graph-driver.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping");

describe("a pipe between a host and its wire", () => {
  let hosts: TwoHosts;
  let graph: GraphDriver;

  beforeEach(async (ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts("em0");
    // Addresses are resolved before the line is bad.
    must(hosts.left.exec(["ping", "-q", "-c", "1", "-W", "5", hosts.right.ipv4]));
    graph = new GraphDriver(hosts.left, ["env", "NGFLOW_INLINE=em0"]);
    await graph.all("mkpeer em0: pipe lower lower", "name em0:lower line", "connect em0: line: upper upper");
  });

  afterEach(() => {
    if (missing !== undefined) return;
    graph.stop();
    hosts.remove();
  });

  /** Milliseconds of the fastest round trip, and how many of the pings came back. */
  function ping(count: number): { minMs: number; received: number } {
    const words = ["ping", "-q", "-c", String(count), "-i", "0.02", "-W", "2", hosts.right.ipv4];
    const shown = run(hosts.left.exec(words)).stdout;
    return {
      minMs: Number(/= ([\d.]+)\//.exec(shown)?.[1] ?? Number.NaN),
      received: Number(/(\d+) received/.exec(shown)![1]),
    };
  }

  test("delays, and stops delaying when it is configured so", async () => {
    expect(ping(3).minMs).toBeLessThan(40);
    await graph.all("msg line: setcfg { delay=60000 }");
    const { minMs, received } = ping(10);
    expect(received).toBe(10);
    expect(minMs).toBeGreaterThanOrEqual(120);
    await graph.all("msg line: setcfg { delay=-1 }");
    expect(ping(3).minMs).toBeLessThan(40);
  });

  test("loses one direction only", async () => {
    await graph.all("msg line: setcfg { upstream={ BER=1 } }");
    expect(ping(5).received).toBe(0);
    const { nodes } = await graph.all("show");
    expect(nodes["line"]!.counters["bitErrors"]).toBeGreaterThanOrEqual(5);
    await graph.all("msg line: setcfg { upstream={ BER=-1 } }");
    expect(ping(5).received).toBe(5);
  });

  test("delays packets by their size at a bandwidth", async () => {
    // 1042 bytes and 10 of the line at 100 kbit/s take 84 ms; the answer takes the same.
    await graph.all("msg line: setcfg { bandwidth=100000 }");
    const shown = must(
      hosts.left.exec(["ping", "-q", "-c", "3", "-i", "0.5", "-s", "1000", "-W", "5", hosts.right.ipv4]),
    );
    expect(Number(/= ([\d.]+)\//.exec(shown)![1])).toBeGreaterThanOrEqual(165);
  });

  test("connects its neighbours directly when it is shut down", async () => {
    await graph.all("msg line: setcfg { delay=60000 }", "shutdown line:");
    expect(ping(3)).toMatchObject({ received: 3 });
  });
});

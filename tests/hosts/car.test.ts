import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { must, run } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { GraphDriver } from "./probe/graph-driver.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping");
const OPEN = "{ cbs=1 greenAction=1 yellowAction=1 redAction=1 }";

describe("a car between a host and its wire", () => {
  let hosts: TwoHosts;
  let graph: GraphDriver;

  beforeEach(async (ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts("em0");
    // Addresses are resolved before the rate is limited.
    must(hosts.left.exec(["ping", "-q", "-c", "1", "-W", "5", hosts.right.ipv4]));
    graph = new GraphDriver(hosts.left, ["env", "NGFLOW_INLINE=em0"]);
    await graph.all("mkpeer em0: car lower lower", "name em0:lower limit", "connect em0: limit: upper upper");
  });

  afterEach(() => {
    if (missing !== undefined) return;
    graph.stop();
    hosts.remove();
  });

  function ping(...words: string[]): { received: number; maxMs: number } {
    const shown = run(hosts.left.exec(["ping", "-q", ...words, hosts.right.ipv4])).stdout;
    return {
      received: Number(/(\d+) received/.exec(shown)![1]),
      maxMs: Number(/= [\d.]+\/[\d.]+\/([\d.]+)\//.exec(shown)?.[1] ?? Number.NaN),
    };
  }

  test("drops what is above a rate of packets, one direction only", async () => {
    expect(ping("-c", "5", "-i", "0.02").received).toBe(5);
    await graph.all(
      `msg limit: setconf { downstream={ cir=1 cbs=10 ebs=1 greenAction=1 redAction=2 opt=2 } upstream=${OPEN} }`,
    );
    // Nine packets at once, and one a second.
    const { received } = ping("-c", "40", "-i", "0.01", "-W", "1");
    expect(received).toBeGreaterThanOrEqual(5);
    expect(received).toBeLessThanOrEqual(15);
    const { nodes } = await graph.all("show");
    expect(nodes["limit"]!.counters["dropAction"]).toBeGreaterThanOrEqual(25);
    await graph.all(`msg limit: setconf { downstream=${OPEN} upstream=${OPEN} }`);
    expect(ping("-c", "5", "-i", "0.02").received).toBe(5);
  });

  test("delays what is above a rate, and drops nothing that its queue has room for", async () => {
    const shape = "cir=200000 cbs=1100 ebs=1 greenAction=1 redAction=2 mode=3";
    await graph.all(`msg limit: setconf { downstream={ ${shape} } upstream=${OPEN} }`);
    // 1042 bytes take 42 ms at 200 kbit/s, and one is sent every 20 ms until eight are answered: each waits longer.
    const { received, maxMs } = ping("-c", "8", "-i", "0.02", "-s", "1000", "-w", "10");
    expect(received).toBeGreaterThanOrEqual(8);
    expect(maxMs).toBeGreaterThanOrEqual(60);
    const { nodes } = await graph.until(({ nodes }) => nodes["limit"]!.counters["waiting"] === 0);
    expect(nodes["limit"]!.counters).toMatchObject({ queueFull: 0, dropAction: 0, waiting: 0 });
    expect(nodes["limit"]!.counters["yellow"]).toBeGreaterThanOrEqual(5);
  });
});

import { describe, expect, it } from "vitest";
import { ServiceError } from "../errors.ts";
import type { Measurements } from "./graphs.ts";
import { runMunin } from "./run-munin.ts";

const hop = (name: string, counters: Record<string, number>) => ({ hop: name, counters, lastSeenMs: null });

const MEASURED: Measurements = {
  pipeline: {
    packetsSeen: 10,
    packetsDropped: 3,
    packetsAccounted: 10,
    recordsExported: 9,
    datagramsReceived: 2,
    recordsLost: 4,
    recordsDecoded: 5,
    rowsStored: 6,
    hops: [
      hop("ring:em0", { packetsDropped: 1 }),
      hop("ring:em1", { packetsDropped: 2 }),
      hop("ksocket:nfsock", { sendErrors: 1, overflowed: 6 }),
      hop("collector", { recordsLost: 4, malformed: 8 }),
    ],
  },
  bitsPerSecond: new Map([
    ["tcp", 1000.4],
    ["icmp", 1],
    ["ipv6-icmp", 2],
    ["gre", 5],
    ["esp", 6],
  ]),
};

async function munin(
  word: string,
  link = "ngflow",
  dirtyConfig = false,
  fails = false,
): Promise<{ out: string; err: string }> {
  let [out, err] = ["", ""];
  const measure = async (): Promise<Measurements> => {
    if (fails) throw new ServiceError("serve-absent", "nobody there");
    return MEASURED;
  };
  const print = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  expect(await runMunin(word, { link, dirtyConfig, measure, print })).toBe(0);
  return { out, err };
}

describe("munin", () => {
  it("fetches every graph", async () => {
    expect((await munin("")).out).toBe(`multigraph ngflow_traffic
tcp.value 1000
udp.value 0
icmp.value 3
other.value 11
multigraph ngflow_flows
exported.value 9
decoded.value 5
stored.value 6
multigraph ngflow_pipeline
ring.value 3
netflow.value 0
ksocket.value 7
receive.value 0
sequence.value 4
damaged.value 8
spool.value 0
store.value 0
`);
  });

  it("a link shows one graph", async () => {
    expect((await munin("fetch", "ngflow_flows")).out).toBe("exported.value 9\ndecoded.value 5\nstored.value 6\n");
    await expect(munin("fetch", "ngflow_x")).rejects.toThrow("no graph ngflow_x; the graphs are ngflow_traffic,");
  });

  it("config describes the fields that fetch gives, and brings values when that is understood", async () => {
    const { out } = await munin("config");
    const labels = [...out.matchAll(/^(\w+)\.label /gm)].map(([, name]) => name);
    const values = [...(await munin("")).out.matchAll(/^(\w+)\.value /gm)].map(([, name]) => name);
    expect(labels).toEqual(values);
    expect(out.match(/^multigraph .*\ngraph_title .+\ngraph_category network$/gm)).toHaveLength(3);
    expect(out).not.toContain(".value ");
    expect((await munin("config", "ngflow_flows", true)).out).toContain("stored.min 0\nexported.value 9\n");
  });

  it("suggests its graphs, and configures itself where a store answers", async () => {
    expect((await munin("suggest")).out).toBe("traffic\nflows\npipeline\n");
    expect((await munin("autoconf")).out).toBe("yes\n");
    expect((await munin("autoconf", "ngflow", false, true)).out).toBe("no (nobody there)\n");
  });

  it("says U and why when no store answers", async () => {
    const { out, err } = await munin("", "ngflow_flows", false, true);
    expect(out).toBe("exported.value U\ndecoded.value U\nstored.value U\n");
    expect(err).toBe("ngflow: nobody there\n");
  });

  it("refuses other words", async () => {
    await expect(munin("snmpconf")).rejects.toThrow('"snmpconf" is not one of');
  });
});

import { parseIp, u32be } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { type Network, readNetworks } from "./read-networks.ts";

const NONE: Network = { name: "", site: "", role: "", region: "", tenant: "" };

function networkOf(text: string, address: string): Network | undefined {
  const { ranges, networks } = readNetworks(text);
  return networks[ranges.find4(u32be(parseIp(address)!, 12)) - 1];
}

describe("networks", () => {
  it.each([
    ["CSV", 'cidr,name,site\n# staff\n10.1.0.0/16,"Staff, all",tokyo\n10.0.0.0/8,rest,\n'],
    ["CSV of Windows", '\uFEFFName,CIDR,Site\r\n"Staff, all",10.1.0.0/16,tokyo\r\n'],
    ["YAML, a list", "# ours\n- cidr: 10.1.0.0/16\n  name: Staff, all\n  site: tokyo\n"],
    ["YAML, a map", "10.1.0.0/16: { name: 'Staff, all', site: tokyo }\n10.0.0.0/8: rest\n"],
    ["JSON", '[{"cidr":"10.1.0.0/16","name":"Staff, all","site":"tokyo"}]'],
  ])("are read from %s", (_, text) => {
    expect(networkOf(text, "10.1.2.3")).toStrictEqual({ ...NONE, name: "Staff, all", site: "tokyo" });
    expect(networkOf(text, "192.0.2.1")).toBeUndefined();
  });

  it.each([
    ["cidr,name\n10.0.0.0/33,x\n", /^line 2: "10.0.0.0\/33" has no length from 0 to 32$/],
    ["cidr,name\n\n10.0.0.1/8,x\n", /^line 3: "10.0.0.1\/8" has bits behind its length/],
    ["cidr,name\n10.0.0.0/8,a,b\n", /^line 2: 3 fields, but the first line names 2$/],
    ["net,name\n10.0.0.0/8,a\n", /^line 1: the first line names the columns/],
    [
      "- cidr: 10.0.0.0/8\n  nmae: x\n",
      /^line 2: "nmae" is not a key; those are name, site, role, region, tenant, cidr$/,
    ],
    ["- cidr: 10.0.0.0/8\n  name: [\n", /^line \d: /],
    ["just text\n", /^line 1: expected a list of networks/],
  ])("are refused with the line: %j", (text, message) => {
    expect(() => readNetworks(text)).toThrow(message);
  });

  it("of an empty file are none", () => {
    expect(readNetworks("\n").networks).toStrictEqual([]);
  });

  it("have no control characters and are not too long", () => {
    const name = networkOf(`- cidr: 10.0.0.0/8\n  name: "a\\e[31m${"x".repeat(500)}"\n`, "10.0.0.1")!.name;
    expect(name).toMatch(/^a \[31mx+$/);
    expect(name).toHaveLength(200);
  });
});

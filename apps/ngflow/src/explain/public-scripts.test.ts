import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "@ngflow/plan";
import { describe, expect, it } from "vitest";
import { explainScript } from "./explain-script.ts";
import { judge } from "./judge.ts";
import { Model } from "./model-machine.ts";
import { readForModel } from "./read-on-model.ts";

/** Scripts that are public, and the examples of FreeBSD, written again with addresses for documentation. */
const SCRIPTS = join(import.meta.dirname, "testdata/public");

interface Expected {
  /** Number of steps. */
  readonly steps: number;
  readonly cuts?: readonly string[];
  /** Lines of the steps that are refused. */
  readonly refused?: readonly number[];
  /** Lines of the steps that are refused, as the script expects. */
  readonly tolerated?: readonly number[];
  /** What the verdict says, and what it does not. */
  readonly says?: RegExp;
  readonly saysNot?: RegExp;
  readonly args?: readonly string[];
  readonly set?: Readonly<Record<string, string>>;
  /** Types without which the script stops: while ngflow lacks one, the verdict names it with its line. */
  readonly types?: readonly string[];
}

const ROUND_ROBIN =
  /all of the outbound traffic of fxp0 gets through, spread over the wire of fxp0, the wire of fxp1, the wire of fxp2, the wire of fxp3/;

const EXPECTED: Readonly<Record<string, Expected>> = {
  "01-rcd-ng_netflow.sh": {
    steps: 8,
    cuts: ["em0 in 1-3"],
    args: ["start"],
    set: {
      ng_netflow_interface: "em0",
      ng_netflow_collector_addr: "192.0.2.10",
      ng_netflow_collector_port: "2055",
    },
    says: /Received and sent packets of em0 are counted by netflow/,
  },
  "02-opnsense-rcd-netflow.sh": {
    steps: 16,
    cuts: ["em0 in 2-4", "em1 in 10-12"],
    tolerated: [23, 23],
    args: ["start"],
    set: {
      netflow_interfaces: "em0 em1",
      netflow_em0_int_destination: "127.0.0.1:2055",
      netflow_em1_int_destination: "127.0.0.1:2055",
      netflow_em0_destinations: "192.0.2.9:2056",
      netflow_em1_destinations: "",
      netflow_inactive_timeout: "15",
      netflow_active_timeout: "1800",
    },
    says: /Received and sent packets of em1 are counted by netflow_em1/,
  },
  "03-ng_netflow-first-example.sh": { steps: 5, cuts: ["fxp0 in 1-3"], says: /Only received packets of fxp0/ },
  "04-ng_netflow-second-example.sh": { steps: 9 },
  "05-imunes-router.sh": { steps: 6, cuts: ["eth0 in 1-3"], says: /counted by nf_n3.*himage n3@i1200/s },
  "06-wanguard-file.sh": { steps: 12, cuts: ["em0 in 1-3", "em1 in 7-9"], args: ["start"] },
  "07-udp6.sh": { steps: 5, cuts: ["em0 in 1-3"], refused: [6, 7], says: /Step 4 \(line 6\) would be refused/ },
  "08-wrong-order.sh": { steps: 5, cuts: ["em0 in 1-null"], refused: [5], says: /so the order is wrong/ },
  "09-mpd5.sh": { steps: 8, cuts: ["em0 in 6-7"], says: /Only received packets of em0 are counted by mpd700-nf/ },
  "10-cni-eiface.sh": { steps: 10, cuts: ["em0 in 2-4"], tolerated: [7] },
  "11-imunes-link.sh": { steps: 13, tolerated: [4, 4] },
  "12-vmware-bridge.sh": { steps: 9, cuts: ["vmnet1 in 1-3", "em0 in 4-5"] },
  "13-brouted-igc.sh": { steps: 17, cuts: ["igc0 in 1-3", "igc1 in 4-5", "igc2 in 6-7", "igc3 in 8-9"] },
  "14-blog-rcd-netgraph.ngctl": { steps: 4, cuts: ["em0 in 1-null"], refused: [4], says: /"#": unknown command/ },
  "15-one2many-page.sh": {
    steps: 14,
    cuts: ["fxp0 out 1-2", "fxp1 in 3-null", "fxp2 in 4-null", "fxp3 in 5-null"],
    says: ROUND_ROBIN,
    saysNot: /only part|is copied/,
  },
  "16-source-page.sh": { steps: 7, says: /No step cuts the network/ },
  "17-ether-page.sh": { steps: 6, cuts: ["em0 in 1-3"] },
  "18-bpf-page.sh": {
    steps: 4,
    cuts: ["em0 in 1-4", "em0 out 3-null"],
    set: { BPFPROG: "bpf_prog_len=1 bpf_prog=[ { code=6 k=8192 } ]" },
  },
  "19-mkcar-shaper.sh": { steps: 13, cuts: ["em0 in 1-null"] },
  "20-car-page.sh": { steps: 4, cuts: ["em0 in 1-3"] },
  "21-etf-page.sh": { steps: 6, cuts: ["fxp0 in 1-3"], types: ["etf"] },
  "22-vlan-page.sh": { steps: 9, cuts: ["rl0 in 2-4"], types: ["vlan"] },
  "23-pfatt.sh": {
    steps: 21,
    cuts: ["em0 in 4-13", "em1 in 14-16", "em0 in 21-null"],
    tolerated: [14, 15, 16],
    types: ["vlan", "etf"],
  },
  "24-nat-page.sh": { steps: 4, types: ["nat"] },
  "25-patch-page.sh": { steps: 3, types: ["patch", "ipfw"] },
  "26-tag-page.sh": { steps: 6, types: ["ipfw"] },
  "27-ipacct.sh": { steps: 7, refused: [7, 8, 9, 10, 11, 12, 13], says: /line 7.*no node type is called ipacct/ },
  "28-hub-nghook.sh": { steps: 5, cuts: ["em0 in 1-3"] },
  "29-munin-polling.sh": { steps: 2, says: /Line 4: :: the loop goes on/ },
  "30-ngbuddy.sh": { steps: 15, cuts: ["em0 in 7-9"], args: ["start"] },
  "e1-ether.bridge.sh": { steps: 15, cuts: ["em0 in 8-11", "em1 in 10-null"], tolerated: [62], args: ["start"] },
  "e2-virtual.lan.sh": {
    steps: 14,
    cuts: ["em0 in 3-5"],
    args: ["start"],
    says: /Line 38: .*: taken as the newest node/,
  },
  "e3-virtual.chain.sh": { steps: 10, args: ["start"], says: /Line 43: .*: taken as the newest node/ },
  "e4-ngctl.txt": { steps: 7 },
  "e5-frame_relay.sh": { steps: 5, types: ["frame_relay"] },
  "e6-raw.sh": { steps: 1, refused: [4] },
  "e7-udp.tunnel.sh": { steps: 4 },
};

async function explained(name: string, { args, set }: Expected): Promise<Plan> {
  const text = readFileSync(join(SCRIPTS, name), "utf8");
  const { script, interfaces } = await readForModel(text, undefined, {
    ...(args !== undefined && { args }),
    ...(set !== undefined && { variables: set }),
  });
  return explainScript(script, { name, interfaces });
}

const TYPES = new Set(new Model({ interfaces: [] }).graph.types().map(({ type }) => type.name));

describe("explain of public scripts", () => {
  it("knows every script here", () => {
    expect(readdirSync(SCRIPTS).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(Object.entries(EXPECTED))("%s", async (name, expected) => {
    const plan = await explained(name, expected);
    const verdict = plan.verdict.map(({ text }) => text).join("\n");
    const linesOf = (mayFail: boolean): number[] =>
      plan.steps.filter((step) => step.outcome === "refused" && step.mayFail === mayFail).map(({ line }) => line);
    expect(plan.unclear).toEqual([]);
    expect(plan.steps.length).toBe(expected.steps);
    expect(linesOf(true)).toEqual(expected.tolerated ?? []);
    const missing = (expected.types ?? []).filter((type) => !TYPES.has(type));
    if (missing.length > 0) {
      const first = plan.steps.find(({ outcome, mayFail }) => outcome === "refused" && !mayFail)!;
      expect(missing).toContain(/FreeBSD has the node type (\w+),/.exec(first.why ?? "")?.[1]);
      expect(verdict).toContain(`(line ${first.line}) would be refused`);
      return;
    }
    expect(linesOf(false)).toEqual(expected.refused ?? []);
    expect(judge(plan)).toBe(expected.refused === undefined ? "ok" : "refused");
    expect(plan.cuts.map((cut) => `${cut.interface} ${cut.direction} ${cut.from}-${cut.to}`)).toEqual(
      expected.cuts ?? [],
    );
    expect(verdict).toMatch(expected.says ?? /./);
    if (expected.saysNot !== undefined) expect(verdict).not.toMatch(expected.saysNot);
  });
});

describe("explain without values that only the machine knows", () => {
  it.each([
    ["01-rcd-ng_netflow.sh", [36, 43, 43], ["ng_netflow_interface", "ng_netflow_collector_addr"]],
    ["18-bpf-page.sh", [19], ["BPFPROG"]],
  ])("%s names each with its line", async (name, lines, names) => {
    const plan = await explained(name, { steps: 0 });
    const verdict = plan.verdict.map(({ text }) => text).join("\n");
    for (const [i, each] of names.entries())
      expect(verdict).toContain(`Line ${lines[i]} needs the value of $${each}: give it with --set ${each}=value.`);
    expect(judge(plan)).toBe("unclear");
    expect(plan.steps.some(({ outcome }) => outcome === "refused")).toBe(false);
  });

  it("the OPNsense script asks for the interfaces", async () => {
    const plan = await explained("02-opnsense-rcd-netflow.sh", { steps: 0, args: ["start"] });
    expect(plan.verdict.map(({ text }) => text).join("\n")).toMatch(/Line \d+ .*netflow_interfaces/);
    expect(judge(plan)).toBe("unclear");
  });
});

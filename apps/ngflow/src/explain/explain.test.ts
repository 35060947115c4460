import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Plan, readLines } from "@ngflow/plan";
import { describe, expect, it } from "vitest";
import type { NodeType } from "@ngflow/graph";
import { drawPlan } from "./drawings.ts";
import { explainScript } from "./explain-script.ts";
import { Model } from "./model-machine.ts";
import { planApng } from "./plan-apng.ts";
import { planHtml } from "./plan-html.ts";
import { planText } from "./plan-text.ts";
import { readForModel } from "./read-on-model.ts";

const EXAMPLES = join(import.meta.dirname, "../../../../examples");
const ARTICLE = join(EXAMPLES, "article.ngctl");
const SCRIPTS = join(import.meta.dirname, "testdata/scripts");

async function explained(text: string, name = "script"): Promise<Plan> {
  const { script, interfaces } = await readForModel(text, undefined);
  return explainScript(script, { name, interfaces });
}

const explainFile = (path: string): Promise<Plan> => explained(readFileSync(path, "utf8"), path.split("/").at(-1));
const cutsOf = ({ cuts }: Plan): string[] =>
  cuts.map(({ interface: name, direction, from, to }) => `${name} ${direction} ${from} to ${to ?? "the end"}`);
const wordsOf = ({ verdict }: Plan): string => verdict.map(({ text }) => text).join("\n");

/** What each script cuts, from which step to which, and what else its verdict says. */
const EXPECTED: Readonly<Record<string, readonly [cuts: readonly string[], says?: RegExp]>> = {
  "bridge.ngctl": [["em0 in 1 to 3", "em1 in 4 to 5"]],
  "copy-to-socket.ngctl": [["em0 in 1 to 3"], /inbound traffic of em0 is copied to \[4\]/],
  "fails-at-1.ngctl": [[], /Step 1 would be refused.*does not accept the hook ifaceX/],
  "fails-at-2.ngctl": [
    ["em0 in 1 to the end"],
    /Step 2 would be refused.*Left behind: \[3\].*undo with shutdown em0:lower/,
  ],
  "fails-at-3.ngctl": [["em0 in 1 to the end"], /Step 3 would be refused.*Left behind: netflow/],
  "fails-at-4.ngctl": [["em0 in 1 to 3"], /Step 4 would be refused.*inet6\/dgram\/udp/],
  "fails-at-5.ngctl": [["em0 in 1 to 3"], /Step 5 would be refused.*Address already in use/],
  "fails-at-6.ngctl": [["em0 in 1 to 3"], /Step 6 would be refused.*put your value there/],
  "freebsd-only.ngctl": [[], /FreeBSD has the node type nat, ngflow does not/],
  "hole.ngctl": [["em0 in 1 to the end"], /lost at step 1: use the console/],
  "japanese.ngctl": [["em0 in 1 to 3"], /流量計/],
  "loop.ngctl": [["em0 in 1 to 3"], /outbound traffic of em0 goes round in a loop/],
  "one-by-one.sh": [["em0 in 1 to 3"], /Received and sent packets of em0 are counted/],
  "only-upper.ngctl": [["em0 out 1 to the end"], /lost at step 1/],
  "own-node.ngctl": [["em0 in 2 to the end"], /lost at step 2/],
  "pasted.txt": [["em0 in 1 to 3"], /Only received packets of em0/],
  "rc-script.sh": [["em0 in 1 to 3"], /Received and sent packets of em0 are counted/],
  "take-down.ngctl": [["em0 in 1 to 3", "em0 in 4 to 5"]],
  "tee-tap.ngctl": [["em0 in 1 to 3"], /outbound traffic of em0 is copied to \[4\]/],
  "two-interfaces.ngctl": [["em0 in 1 to 3", "em1 in 4 to 5"], /packets of em1 are counted by netflow/],
  "upper-first.ngctl": [["em0 out 1 to 3"]],
  "wrong-order.ngctl": [["em0 in 1 to the end"], /step 3 gives that name, so the order is wrong/],
};

describe("the article's script", () => {
  it("cuts inbound traffic from step 1 to step 3, and counts only what is received", async () => {
    const plan = await explainFile(ARTICLE);
    expect(cutsOf(plan)).toEqual(["em0 in 1 to 3"]);
    expect(plan.verdict).toContainEqual({
      severity: "warning",
      text: "From step 1 to step 3, inbound traffic of em0 is cut.",
    });
    expect(wordsOf(plan)).toMatch(/Only received packets of em0 are counted .* because no setconfig was sent/);
    expect(plan.steps.map(({ neededBy }) => neededBy)).toEqual([[2, 3, 4, 5, 6], [3, 4, 5, 6], [], [5, 6], [6], []]);
  });

  it("is drawn for a terminal", async () => {
    // `npx vitest run apps/ngflow/src/explain -u` writes down what is drawn.
    const text = planText(await explainFile(ARTICLE), false);
    await expect(text).toMatchFileSnapshot(join(import.meta.dirname, "testdata/article.txt"));
  });

  it("has sentences that fit the terminal", async () => {
    const plan = await explainFile(ARTICLE);
    const verdict = (columns?: number) => planText(plan, false, columns).split("\nVerdict\n")[1]!.split("\n");
    expect(Math.max(...verdict(80).map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(verdict(200)).toEqual(verdict());
    expect(verdict(80).join(" ").replaceAll(/ +/g, " ")).toBe(verdict().join(" ").replaceAll(/ +/g, " "));
  });

  it("counts both directions with conf=3, and says so when only sent packets are left out", async () => {
    const text = readFileSync(ARTICLE, "utf8").replace(/^mkpeer netflow:/m, "msg netflow: setconfig { conf=3 }\n$&");
    expect((await explained(text)).verdict.at(-1)?.text).toBe(
      "Received and sent packets of em0 are counted by netflow.",
    );
  });
});

it.each([
  ["udp-tunnel.ngctl", []],
  ["limit-rate.ngctl", ["em0 in 1 to 3"]],
  ["private-bridge.ngctl", ["em0 in 1 to 3"]],
])("the example %s is done, and takes no node for an interface", async (name, cuts) => {
  const plan = await explainFile(join(EXAMPLES, name));
  expect(plan.steps.filter(({ outcome }) => outcome !== "done")).toEqual([]);
  expect(cutsOf(plan)).toEqual(cuts);
  expect(plan.interfaces).toEqual(cuts.length > 0 ? ["em0"] : []);
});

it("knows the names that made interfaces take, next to those of the machine", async () => {
  const plan = await explained("mkpeer . eiface x ether\nmkpeer ngeth0: bridge ether link0\nmkpeer ng0: hub lower a\n");
  expect(plan.interfaces).toEqual(["ng0"]);
  expect(plan.steps.map(({ outcome }) => outcome)).toEqual(["done", "refused", "not reached"]);
});

describe("the scripts of testdata", () => {
  it("are all expected here", () => {
    expect(readdirSync(SCRIPTS).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(Object.entries(EXPECTED))("%s", async (name, [cuts, says = /./]) => {
    const plan = await explainFile(join(SCRIPTS, name));
    expect(cutsOf(plan)).toEqual(cuts);
    expect(wordsOf(plan)).toMatch(says);
    const refused = plan.steps.filter(({ outcome }) => outcome === "refused");
    expect(refused.length > 0).toBe(/^(fails|wrong|freebsd)/.test(name));
  });

  it.each(Object.keys(EXPECTED))("%s is drawn as pages and pictures", async (name) => {
    const plan = await explainFile(join(SCRIPTS, name));
    const drawings = await drawPlan(plan);
    expect(drawings.scenes.length).toBe(plan.steps.length + (plan.end === null ? 1 : 2));
    const html = planHtml(plan, drawings);
    expect(html.match(/<svg/g)!.length).toBeGreaterThanOrEqual(drawings.scenes.length);
    // A page of its own: nothing is fetched.
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
});

it("an animation has a frame for every picture", async () => {
  const drawings = await drawPlan(await explainFile(join(SCRIPTS, "japanese.ngctl")));
  const apng = Buffer.from(await planApng(drawings, "light"));
  expect(chunkOf(apng, "acTL")!.readUInt32BE(0)).toBe(drawings.scenes.length);
});

/** Data of the first chunk of a type in a PNG. */
function chunkOf(png: Buffer, type: string): Buffer | undefined {
  for (let at = 8; at + 12 <= png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString("latin1", at + 4, at + 8) === type) return png.subarray(at + 8, at + 8 + png.readUInt32BE(at));
  }
  return undefined;
}

it("understands a meter of somebody else's making by its role", async () => {
  const { default: tally } = (await import(join(EXAMPLES, "node-types/tally.mjs"))) as { default: NodeType };
  const text = readFileSync(join(EXAMPLES, "node-types/tally.mjs"), "utf8");
  const lines = text.match(/(?<=ngctl -f - <<'END'\n)[^]*?(?=\/\/ {3}END)/)![0].replaceAll(/^\/\/ +/gm, "");
  const script = readLines(`${lines}mkpeer tally: hole export x\n`);
  const machine = (): Model => new Model({ interfaces: ["em0"], types: [tally] });
  const plan = await explainScript(script, { name: "tally", interfaces: ["em0"], machine });
  expect(cutsOf(plan)).toEqual(["em0 in 1 to 3"]);
  expect(wordsOf(plan)).toContain("Received and sent packets of em0 are counted by tally.");
  // Its records are no copy of the traffic: the node at its export hook is not reached by it.
  expect(wordsOf(plan)).not.toContain("copied");
  expect(plan.steps.at(-1)!.picture!.nodes.find(({ name }) => name === "tally")!.role).toBe("meter");
  expect((await drawPlan(plan)).scenes.length).toBe(5);
});

describe("a verdict comes from packets, not from commands", () => {
  it("of nodes that learn, shape, lose and filter", async () => {
    const wire = "mkpeer em0: TYPE lower A\nname em0:lower x\nconnect em0: x: upper B\n";
    const graph = (type: string, a: string, b: string, ...more: string[]): Promise<Plan> =>
      explained([wire.replace("TYPE", type).replace("A", a).replace("B", b), ...more].join("\n"));
    expect(cutsOf(await graph("pipe", "lower", "upper"))).toEqual(["em0 in 1 to 3"]);
    expect(cutsOf(await graph("pipe", "lower", "upper", "msg x: setcfg { delay=100000 bandwidth=1000000 }"))).toEqual([
      "em0 in 1 to 3",
    ]);
    expect(cutsOf(await graph("pipe", "lower", "upper", "msg x: setcfg { downstream={ BER=1 } }"))).toEqual([
      "em0 in 1 to 3",
      "em0 out 4 to the end",
    ]);
    const bpf = await graph("bpf", "a", "b");
    expect(cutsOf(bpf)).toEqual(["em0 in 1 to the end", "em0 out 3 to the end"]);
  });

  it("round robin spreads packets, and a question does not change the verdict", async () => {
    const lines =
      "mkpeer em0: one2many upper one\nconnect em0: em0:upper lower many0\nconnect em1: em0:upper lower many1\n";
    const says =
      "In the end all of the outbound traffic of em0 gets through, spread over the wire of em0, the wire of em1.";
    for (const more of ["", "msg em0:upper getconfig\n", "msg em0:upper getstats 0\nmsg em0:upper getstats 1\n"]) {
      const plan = await explained(lines + more);
      expect(wordsOf(plan)).toContain(says);
      expect(wordsOf(plan)).not.toMatch(/only part|copied/);
      expect(cutsOf(plan)).toEqual(["em0 out 1 to 2", "em1 in 3 to the end"]);
    }
  });

  it("the same words over a type that answers otherwise say otherwise", async () => {
    const over = async (type: string): Promise<string[]> =>
      cutsOf(await explained(`mkpeer em0: ${type} lower a\nname em0:lower x\nconnect em0: x: upper b\n`));
    expect(await over("hub")).toEqual(["em0 in 1 to 3"]);
    expect(await over("echo")).toEqual(["em0 in 1 to the end", "em0 out 3 to the end"]);
    expect(await over("hole")).toEqual(["em0 in 1 to the end", "em0 out 3 to the end"]);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { ExplainQuestion } from "@ngflow/server";
import { explainAnswer } from "./explain-answer.ts";

const ARTICLE = join(import.meta.dirname, "../../../../../examples/article.ngctl");
const directory = mkdtempSync(join(tmpdir(), "ngflow-explain-"));
afterAll(() => rmSync(directory, { recursive: true }));

const question = (script: string, of: Partial<ExplainQuestion> = {}): ExplainQuestion => ({
  ...{ script, theme: "light", args: [], set: {} },
  ...of,
});

it("answers with a scene before the script and after each step, and what is cut between them", async () => {
  const { judgement, cuts, scenes, findings } = await explainAnswer(question(readFileSync(ARTICLE, "utf8")));
  expect(judgement).toBe("ok");
  expect(cuts).toEqual([{ interface: "em0", direction: "in", from: 1, to: 3 }]);
  expect(scenes.map(({ outcome }) => outcome)).toEqual([
    "start",
    ...Array.from({ length: scenes.length - 1 }, () => "done"),
  ]);
  expect(scenes[1]!.command).toBe("mkpeer em0: netflow lower iface0");
  expect(scenes[1]!.means.join()).toMatch(/em0 inbound.*cut|inbound.*em0/);
  for (const { svg } of scenes) expect(svg).toMatch(/^<svg xmlns=/);
  expect(findings.length).toBeGreaterThan(0);
});

it("reads no file of the server", async () => {
  const secret = join(directory, "secret");
  writeFileSync(secret, "mkpeer em0: netflow lower iface0\n# root:hash\n");
  for (const script of [
    `read ${secret}\n`,
    `#!/bin/sh\nngctl -f ${secret}\n`,
    `#!/bin/sh\nngctl mkpeer $(cat ${secret})\n`,
  ]) {
    const answer = await explainAnswer(question(script));
    expect(JSON.stringify(answer)).not.toContain("root:hash");
    expect(answer.judgement).not.toBe("ok");
  }
});

it("takes arguments and values of a shell script", async () => {
  const script = '#!/bin/sh\n[ "$1" = start ] && ngctl mkpeer $IF: netflow lower iface0\n';
  const { interfaces, scenes } = await explainAnswer(question(script, { args: ["start"], set: { IF: "em7" } }));
  expect([interfaces, scenes[1]?.command]).toEqual([["em7"], "mkpeer em7: netflow lower iface0"]);
});

it("shows names that look like markup as text", async () => {
  const { scenes } = await explainAnswer(question("mkpeer . hub a b\nname .:a <script>alert(1)</script>\n"));
  expect(scenes.length).toBeGreaterThan(1);
  for (const { svg } of scenes) expect(svg).not.toContain("<script");
});

it("refuses a script of too many steps", async () => {
  const script = Array.from({ length: 250 }, () => "mkpeer . hub a b\n").join("");
  await expect(explainAnswer(question(script))).rejects.toMatchObject({ code: "script-too-long" });
});

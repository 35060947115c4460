import { expect, test } from "vitest";
import { must, ROOT } from "../support/command.ts";
import { absentTools } from "../support/needs.ts";

const absent = absentTools("promtool");

const reason = absent === undefined ? "" : ` (${absent})`;

test.skipIf(absent !== undefined)(`Prometheus takes the alert rules, and they fire when they should${reason}`, () => {
  const folder = `${ROOT}deploy/prometheus`;
  expect(must(["promtool", "check", "rules", `${folder}/ngflow.rules.yml`])).toContain("10 rules found");
  expect(must(["promtool", "test", "rules", `${folder}/ngflow.rules.test.yml`])).toContain("SUCCESS");
});

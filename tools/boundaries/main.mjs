import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { checkBoundaries } from "./check.mjs";
import { forbidden } from "./rules.mjs";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const reasons = new Map(forbidden([]).map((rule) => [rule.name, rule.comment]));

const { visited, violations } = await checkBoundaries(root);
for (const { rule, from, to } of violations) {
  process.stderr.write(`${from} -> ${to}: ${rule}. ${reasons.get(rule) ?? "See docs/architecture.md."}\n`);
}
process.stdout.write(`boundaries: ${visited.length} modules visited, ${violations.length} violations\n`);
process.exitCode = violations.length === 0 ? 0 : 1;

import { root } from "../workspaces.mjs";
import { checkTypeNames } from "./check.mjs";

const { read, violations } = checkTypeNames(root);
for (const { path, line, text } of violations) {
  process.stderr.write(
    `${path}:${line}: ${text}\n  Shared code names a node type: read its role or its hooks instead.\n`,
  );
}
process.stdout.write(`type names: ${read} files read, ${violations.length} violations\n`);
process.exitCode = violations.length === 0 ? 0 : 1;

import { root } from "../workspaces.mjs";
import { checkProse } from "./check.mjs";

const { files, violations } = checkProse(root);
for (const place of violations) process.stderr.write(`${place}: longer than 120 columns\n`);
process.stdout.write(`prose: ${files} files, ${violations.length} lines are too long\n`);
process.exitCode = violations.length === 0 ? 0 : 1;

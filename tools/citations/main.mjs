import { root } from "../workspaces.mjs";
import { checkCitations } from "./check.mjs";

const { files, citations, violations } = checkCitations(root);
for (const line of violations) process.stderr.write(`${line}\n`);
process.stdout.write(`citations: ${citations} in ${files} files, ${violations.length} lead nowhere\n`);
process.exitCode = violations.length === 0 ? 0 : 1;

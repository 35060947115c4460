import { root } from "../workspaces.mjs";
import { checkErrors } from "./check.mjs";

const { codes, tables, violations } = checkErrors(root);
for (const line of violations) process.stderr.write(`${line}\n`);
process.stdout.write(`errors: ${codes} codes in ${tables} tables, ${violations.length} violations\n`);
process.exitCode = violations.length === 0 ? 0 : 1;

import { STEPS } from "./steps.mjs";

/** What `npm run verify -- --help` prints. */
export function helpText() {
  const steps = STEPS.map(({ name, does }) => `  ${name.padEnd(12)}${does}`).join("\n");
  return `usage: npm run verify [-- --install] [-- --only STEP,STEP]

Runs every check and test of the project, several at a time where they do not disturb each other.
Exit status: 0 when nothing failed, 1 when something did, 64 for a wrong option, 130 when interrupted.

Options:
  --install   first installs the Debian packages whose programs the tests use (with CI=true that is done anyway)
  --only A,B  runs these steps, and those that they need
  --help      prints this

Steps:
${steps}

A test whose programs or privileges are absent is skipped, and named with the reason at the end. As root on Linux each
step has processes, mounts and a network of its own. What a step leaves behind fails it and is removed.
`;
}

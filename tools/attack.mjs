// npm run attack [-- GROUP | GROUP/NAME …]: the long forms of the attacks in tests/attack, each file in namespaces of
// its own. It closes with a table and the line `N passed, N failed, N skipped`. See --help.
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Commands } from "./verify/commands.mjs";
import { root } from "./workspaces.mjs";
import { rowLine, tableLines } from "./attack/table.mjs";

const HELP = `usage: npm run attack [-- [--list] [--under CHECKOUT] [--record] [GROUP | GROUP/NAME]...]

Attacks the built commands and measures what must hold. Without a name it runs every attack.
Exit status: 0 when every bar holds, 1 when one does not, 64 for a wrong option or name.

Options:
  --list            prints the attacks and ends
  --under CHECKOUT  attacks the commands of another checkout, which must be built
  --record          appends the figures to bench/results/attack.ndjson
  --help            prints this
`;

const OPTIONS = {
  list: { type: "boolean" },
  under: { type: "string" },
  record: { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

/** What a line begins with that explains a figure. */
const SAYS = "attack: ";

function refuse(message) {
  process.stderr.write(`attack: ${message}\n`);
  process.exit(64);
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return refuse(error.message);
  }
}

const { values, positionals } = readArguments();
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const GROUPS = readdirSync(join(root, "tests/attack"))
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => name.replace(".test.ts", ""));
const wanted = positionals.length === 0 ? GROUPS : positionals;
for (const name of wanted) {
  if (!GROUPS.includes(name.split("/")[0])) refuse(`no attack "${name}"; the groups are ${GROUPS.join(", ")}`);
}

const commands = new Commands();
let stopped = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    stopped = true;
    commands.stop();
  });
}

/** Runs a file of attacks, or one attack of it; the rows that it wrote, and what it left behind. */
async function runFile(name, env) {
  const result = join(commands.folder, "attack.ndjson");
  rmSync(result, { force: true });
  const [group, one] = name.split("/");
  const words = [
    "run",
    "--config",
    "tests/vitest.config.ts",
    "--project",
    "attack",
    "--retry",
    "0",
    `tests/attack/${group}.test.ts`,
  ];
  const { output, left } = await commands.run(["node_modules/vitest/vitest.mjs", ...words], {
    env: {
      NGFLOW_ATTACK_RESULT: result,
      ...(one === undefined ? {} : { NGFLOW_ATTACK_ONLY: name }),
      ...(values.under === undefined ? {} : { NGFLOW_UNDER_TEST: values.under }),
      ...env,
    },
    onLine: (line) => {
      if (line.startsWith(SAYS)) process.stdout.write(`${line.slice(SAYS.length)}\n`);
    },
  });
  // The last line about an attack has its figure.
  const rows = new Map();
  if (existsSync(result)) {
    for (const line of readFileSync(result, "utf8").trim().split("\n")) {
      const row = JSON.parse(line);
      rows.set(row.attack, row);
    }
  }
  return { rows: [...rows.values()], output, left };
}

const all = [];
let failed = 0;
try {
  for (const name of wanted) {
    const listed = await runFile(name, { NGFLOW_ATTACK_LIST: "1" });
    if (listed.rows.length === 0) refuse(`no attack "${name}"; --list prints them\n${listed.output}`);
    for (const row of listed.rows) {
      if (stopped) break;
      all.push(row);
      if (values.list) continue;
      // Each has processes, mounts and a network of its own.
      const { rows, output, left } = await runFile(row.attack, {});
      Object.assign(row, rows[0]);
      process.stdout.write(`${rowLine(row)}\n`);
      for (const line of left) {
        failed++;
        process.stdout.write(`${row.attack}: left behind: ${line}\n`);
      }
      if (row.figure === undefined && row.skipped === undefined) process.stdout.write(output);
    }
  }
} finally {
  commands.remove();
}

if (values.list) {
  for (const { attack, does, unit, bar } of all) process.stdout.write(`${attack}: ${does}; at most ${bar} ${unit}\n`);
  process.exit(0);
}

const holds = ({ figure, bar }) => typeof figure === "number" && figure <= bar;
const skipped = all.filter((row) => row.skipped !== undefined);
const passed = all.filter(holds);
failed += all.length - passed.length - skipped.length;

if (values.record) {
  const [{ model } = { model: "unknown" }] = cpus();
  const machine = { cpu: model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
  const words = ["-C", values.under ?? root, "rev-parse", "--short", "HEAD"];
  const commit = spawnSync("git", words, { encoding: "utf8" }).stdout.trim();
  const figures = Object.fromEntries(all.map(({ attack, figure, skipped: why }) => [attack, why ?? figure ?? null]));
  const noted = all.filter((row) => row.facts !== undefined).map(({ attack, facts }) => [attack, facts]);
  const more = noted.length === 0 ? {} : { facts: Object.fromEntries(noted) };
  const line = { date: new Date().toISOString(), machine, node: process.version, commit, figures, ...more };
  appendFileSync(join(root, "bench/results/attack.ndjson"), `${JSON.stringify(line)}\n`);
}

process.stdout.write("\n");
for (const line of tableLines(all)) process.stdout.write(`${line}\n`);
process.stdout.write(`${passed.length} passed, ${failed} failed, ${skipped.length} skipped\n`);
process.exitCode = failed > 0 || stopped ? 1 : 0;

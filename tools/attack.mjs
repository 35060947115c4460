// npm run attack [-- GROUP | GROUP/NAME …]: the long forms of the attacks in tests/attack, each file in namespaces of
// its own. It closes with a table and the line `N passed, N failed, N skipped`. See --help.
import { appendFileSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Commands } from "./verify/commands.mjs";
import { root } from "./workspaces.mjs";
import { tableLines } from "./attack/table.mjs";

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

/** The attacks of a file, or one of them, with their figures as far as they ended. */
async function attack(name, env) {
  const result = join(commands.folder, "attack.ndjson");
  rmSync(result, { force: true });
  const [group, one] = name.split("/");
  const words = ["run", "--config", "tests/vitest.config.ts", "--project", "attack", `tests/attack/${group}.test.ts`];
  const { output, left } = await commands.run(["node_modules/vitest/vitest.mjs", ...words], {
    env: {
      NGFLOW_ATTACK_RESULT: result,
      ...(one === undefined ? {} : { NGFLOW_ATTACK_ONLY: name }),
      ...(values.under === undefined ? {} : { NGFLOW_UNDER_TEST: values.under }),
      ...env,
    },
  });
  const rows = new Map();
  try {
    for (const line of readFileSync(result, "utf8").trim().split("\n")) {
      const row = JSON.parse(line);
      rows.set(row.attack, row);
    }
  } catch {
    // No attack has that name, or the file could not be run.
  }
  return { rows: [...rows.values()], output, left };
}

const all = [];
let failed = 0;
try {
  for (const name of wanted) {
    if (stopped) break;
    const { rows, output, left } = await attack(name, values.list ? { NGFLOW_ATTACK_LIST: "1" } : {});
    if (rows.length === 0) refuse(`no attack "${name}"; --list prints them\n${output}`);
    all.push(...rows);
    if (values.list) continue;
    for (const line of tableLines(rows)) process.stdout.write(`${line}\n`);
    for (const line of left) {
      failed++;
      process.stdout.write(`${name}: left behind: ${line}\n`);
    }
    if (rows.some(({ figure, skipped }) => figure === undefined && skipped === undefined)) process.stdout.write(output);
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
  const under = values.under === undefined ? "main" : values.under;
  const figures = Object.fromEntries(all.map(({ attack, figure, skipped: why }) => [attack, why ?? figure ?? null]));
  const line = { date: new Date().toISOString(), machine, node: process.version, under, figures };
  appendFileSync(join(root, "bench/results/attack.ndjson"), `${JSON.stringify(line)}\n`);
}

process.stdout.write("\n");
for (const line of tableLines(all)) process.stdout.write(`${line}\n`);
process.stdout.write(`${passed.length} passed, ${failed} failed, ${skipped.length} skipped\n`);
process.exitCode = failed > 0 || stopped ? 1 : 0;

// The built commands on a version of Node.js: every verb's help, what works on files, and the daemons of a demo.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../workspaces.mjs";

const COMMANDS = ["ngflow", "ngctl", "flowctl", "nghook"];
/** What a start, and an end, may take on a busy machine. */
const WAIT_MS = 60_000;
/** Asked of a running demo: each uses sockets, threads or streams of its own. */
const QUESTIONS = [
  ["ngflow", "health"],
  ["ngflow", "query", "--by", "Proto", "--last", "1h"],
  ["ngflow", "flows", "--last", "5m", "--limit", "3"],
  ["ngflow", "exporters"],
  ["ngflow", "store", "status"],
  ["ngflow", "alerts", "list"],
  ["ngflow", "names", "status"],
  ["ngflow", "report", "--last", "5m"],
  ["ngflow", "sql", "SELECT count() FROM flows"],
  ["ngctl", "show", "netflow:"],
];

/** The verbs that `ngflow --help` lists. */
function verbsOf(help) {
  const [, list = ""] = help.split("\nCommands:\n");
  return [...list.split("\n\n")[0].matchAll(/^ {2}([a-z]+) /gm)]
    .map(([, verb]) => verb)
    .filter((name) => name !== "help");
}

/**
 * Runs all of them.
 * @param node - path of the program
 * @param work - an empty folder
 * @param check - called with a name, what `spawnSync` returned, and what has to hold of the standard output
 */
export async function checkCommands(node, work, check) {
  const control = join(work, "control.sock");
  const data = join(work, "data");
  const env = { ...process.env, NGFLOW_DATA: data, NGFLOW_CONTROL: control };
  const words = ([name, ...rest]) => [join(root, `apps/ngflow/bin/${name}.js`), ...rest];
  const run = (...line) =>
    spawnSync(node, words(line), { cwd: root, env, encoding: "utf8", maxBuffer: 64 << 20, timeout: WAIT_MS });

  for (const name of COMMANDS) check(`${name} --help`, run(name, "--help"));
  const verbs = verbsOf(run("ngflow", "--help").stdout);
  check("the verbs of ngflow", { status: verbs.length > 30 ? 0 : 1, stdout: verbs.join(" "), stderr: "" });
  for (const verb of verbs)
    check(`ngflow ${verb} --help`, run("ngflow", verb, "--help"), (text) => /usage/i.test(text));

  const flows = join(work, "flows.pcap");
  check("export", run("ngflow", "export", "-r", "examples/office.pcap", "--to", flows));
  check("decode", run("ngflow", "decode", flows), (text) => text.includes('"kind":"flow"'));
  check("explain", run("ngflow", "explain", "examples/article.ngctl"));
  check("import", run("ngflow", "import", flows));
  const all = ["--by", "Proto", "--from", "2000-01-01", "--format", "json"];
  check("query", run("ngflow", "query", ...all), (text) => JSON.parse(text).rows.length > 0);

  const options = ["--no-story", "--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
  const demo = spawn(node, words(["ngflow", "demo", ...options]), { cwd: root, env });
  let printed = "";
  for (const stream of [demo.stdout, demo.stderr]) stream.setEncoding("utf8").on("data", (text) => (printed += text));
  const ended = new Promise((resolve) => demo.on("exit", (code, signal) => resolve(code ?? signal)));
  try {
    const lastMs = Date.now() + WAIT_MS;
    const stored = () => run("ngflow", "query", "--by", "Proto", "--last", "1m", "--format", "json").stdout;
    while (Date.now() < lastMs && demo.exitCode === null && !printed.includes("console  ")) await sleep(100);
    while (Date.now() < lastMs && demo.exitCode === null && !stored().includes('"tcp"')) await sleep(500);
    for (const line of QUESTIONS) check(line.join(" "), run(...line), (text) => text !== "");
    const [url = "http://127.0.0.1:9"] = /http:\S+/.exec(printed) ?? [];
    const page = await fetch(url).then(
      (answer) => ({ status: answer.ok ? 0 : 1, stdout: String(answer.status), stderr: "" }),
      (error) => ({ status: 1, stdout: "", stderr: String(error) }),
    );
    check("the console's page", page);
  } finally {
    demo.kill("SIGTERM");
  }
  const late = sleep(WAIT_MS, "no end", { ref: false });
  const status = await Promise.race([ended, late]);
  if (status === "no end") demo.kill("SIGKILL");
  check(
    "the demo ends in order",
    { status: status === 0 ? 0 : 1, stdout: `${status} ${printed}`, stderr: "" },
    (text) => text.includes("no loss"),
  );
}

// Writes the manual pages in deploy/man from the tables of the code: verbs and options of `ngflow`, commands of
// `ngctl`, `flowctl` and `nghook`, node types.
// Usage: node tools/man/generate.mjs
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { sourceLoader } from "../load-sources.mjs";
import { root } from "../workspaces.mjs";
import { bold, entry, page, plain, prose, section, verbatim } from "./roff.mjs";

const { Command } = createRequire(join(root, "apps/ngflow/package.json"))("commander");
const target = join(root, "deploy/man");
const { version } = JSON.parse(readFileSync(join(root, "apps/ngflow/package.json"), "utf8"));
const { load, close } = await sourceLoader();

/** Pages by the names of their files: all are made before the old ones are removed. */
const pages = new Map();
const write = (name, number, summary, lines) =>
  pages.set(`${name}.${number}`, page({ name, number, summary, version, lines }));

const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);

const options = (command) =>
  command.options
    .filter((option) => !option.hidden)
    .flatMap((option) => {
      const choices = option.argChoices === undefined ? "" : ` One of ${option.argChoices.join(", ")}.`;
      return entry(option.flags, `${sentence(option.description)}${choices}`);
    });

/** A verb or one of its commands, with those below it. */
function commandLines(path, command) {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  const usage = [...path, ...words, ...(command.options.length > 0 ? ["[options]"] : [])].join(" ");
  return [
    `.SS ${plain(usage)}`,
    prose(sentence(command.description())),
    ...options(command),
    ...command.commands.flatMap((each) => commandLines([...path, each.name()], each)),
  ];
}

const exits = (EXIT, meanings) => Object.entries(EXIT).flatMap(([name, code]) => entry(String(code), meanings[name]));
const EXIT_MEANINGS = {
  ok: "The work is done.",
  failed: "The work failed, or something that was looked for is wrong.",
  usage: "Wrong usage.",
  data: "The input is damaged or of a foreign format.",
  noInput: "There is no such input.",
  os: "The system or the daemon refused.",
  cannotCreate: "The output cannot be written.",
  config: "The configuration is wrong.",
  interrupted: "Ctrl-C ended the command before its answer was there.",
};

/** The pages of the tools of netgraph. */
function toolPage(name, number, { purpose, usage, tables, examples }, more, seeAlso) {
  const summary = purpose
    .split(/[.:]\s/)[0]
    .replaceAll("\n", " ")
    .replace(`${name} `, "");
  write(name, number, summary.replace(/, like FreeBSD.*$/, ""), [
    ...section("Synopsis", verbatim(usage)),
    ...section("Description", [prose(purpose)]),
    ...tables.flatMap(({ title, rows }) =>
      section(
        title,
        rows.flatMap((row) => entry(...row)),
      ),
    ),
    ...more,
    ...section(
      "Examples",
      examples.flatMap(([command, what]) => entry(command, sentence(what))),
    ),
    ...section("See also", [seeAlso]),
  ]);
}

const row = ({ name, summary }) => entry(name, summary);
const explained = (record = {}) => Object.entries(record).flatMap(([name, text]) => entry(name, text));

function typePage(type, moduleOf) {
  const made = type.create === undefined ? " The daemon makes its nodes; `mkpeer` does not." : "";
  write(`ng_${type.name}`, 4, type.summary.replace(/[.]$/, "").split(/[.:;] /)[0], [
    ...section("Description", [
      prose(`${type.summary}${made}`),
      ".PP",
      prose(`Module \`${moduleOf(type)}\`, cookie ${type.cookie}.`),
    ]),
    ...section("Hooks", type.hooks.flatMap(row)),
    ...section(
      "Control messages",
      type.messages.flatMap(({ name, cmd, args, reply, summary }) => [
        ".TP",
        `${bold(name)}${args ? ` ${plain(args.label)}` : ""} (command ${cmd})`,
        prose(`${summary}${reply ? ` It answers ${reply.label}.` : ""}`),
      ]),
    ),
    ...section("Drop reasons", explained(type.dropReasons)),
    ...section("Counters", explained(type.counters)),
    ...section("Gauges", explained(type.gauges)),
    ...section("See also", [".BR ngctl (8)"]),
  ]);
}

try {
  const { VERBS } = await load("apps/ngflow/src/commands/ngflow/verbs.ts");
  const { EXIT } = await load("packages/base/src/index.ts");
  const { SETTING_KEYS, variableName } = await load("apps/ngflow/src/options/settings.ts");
  const commands = [];
  for (const verb of VERBS) {
    const command = new Command(verb.name).description(verb.summary);
    (await verb.load()).define(command, VERBS);
    commands.push(command);
  }
  write("ngflow", 1, "meter traffic, collect flows, store them and show them", [
    ...section("Synopsis", [
      `${bold("ngflow")} \\fIverb\\fR [\\fIoptions\\fR]`,
      ".br",
      `${bold("ngflow")} \\fIverb\\fR ${plain("--help")}`,
    ]),
    ...section("Description", [
      prose(
        "ngflow meters network traffic and exports it as NetFlow or IPFIX. It collects flows of NetFlow, IPFIX and sFlow, " +
          "stores them, and shows them in a web console. `ngflow up` and `ngflow demo` run all of it; `graph`, `collect` " +
          "and `serve` are its three daemons apart.",
      ),
    ]),
    ...section(
      "Verbs",
      commands.flatMap((command) => commandLines([command.name()], command)),
    ),
    ...section("Environment", [
      prose("Every setting of the daemons has a variable, which comes before the configuration file:"),
      ...SETTING_KEYS.flatMap((key) => entry(variableName(key), `The key \`${key}\`.`)),
      ...entry("NGFLOW_CONFIG", "The configuration file where `--config` names none."),
      ...entry("NO_COLOR", "No colours."),
    ]),
    ...section("Signals", [
      ...entry("SIGTERM, SIGINT", "The daemons pass on what they hold, and end."),
      ...entry("SIGHUP", "The daemons read their configuration again, as `ngflow reload` lets them do."),
    ]),
    ...section("Exit status", exits(EXIT, EXIT_MEANINGS)),
    ...section("Files", [
      ...entry("/var/lib/ngflow, ~/.local/share/ngflow", "The data directory, of root and of others."),
      ...entry("/run/ngflow/control.sock", "The control socket of the graph."),
      ...entry("/etc/ngflow/rc.conf", "The variables of `ngflow service`."),
    ]),
    ...section("See also", [".BR ngctl (8),", ".BR flowctl (8),", ".BR nghook (8),", ".BR ng_netflow (4)"]),
  ]);

  const { VERBS: ngctlVerbs } = await load("apps/ngflow/src/commands/ngctl/verbs.ts");
  const help = async (name) => (await load(`apps/ngflow/src/commands/${name}/help-page.ts`)).HELP;
  const verbs = ngctlVerbs.flatMap(({ usage, summary, help: text }) => [
    `.SS ${plain(usage.split("\n")[0])}`,
    prose(sentence(summary)),
    ...(text === "" ? [] : verbatim(text)),
  ]);
  toolPage(
    "ngctl",
    8,
    await help("ngctl"),
    section("The commands in detail", verbs),
    ".BR ngflow (1),\n.BR nghook (8)",
  );
  toolPage("flowctl", 8, await help("flowctl"), [], ".BR ngflow (1),\n.BR ng_netflow (4)");
  toolPage("nghook", 8, await help("nghook"), [], ".BR ngflow (1),\n.BR ngctl (8)");

  const { moduleOf } = await load("packages/graph/src/index.ts");
  const { NODE_TYPES } = await load("packages/nodes/src/index.ts");
  for (const type of NODE_TYPES) typePage(type, moduleOf);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const [file, text] of pages) writeFileSync(join(target, file), text);
} finally {
  await close();
}

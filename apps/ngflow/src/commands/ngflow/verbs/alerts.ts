import { AlertFiles, type DefinedRule, dryRun, readRule, type Silence } from "@ngflow/alerts";
import { EXIT, RelayedError, silentLog } from "@ngflow/base";
import { parseQuery } from "@ngflow/flows";
import { ClientError } from "@ngflow/server/client";
import { type Command, Option } from "commander";
import { askServer } from "../../../daemon/ask-server.ts";
import { type ServeAddress, serveFile } from "../../../daemon/run-files.ts";
import { serverClient } from "../../../daemon/server-client.ts";
import { alertsConfig, alertsOption } from "../../../options/alerts-option.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { columnsOf, fitLines } from "../../../output/fit-lines.ts";
import { printText } from "../../../output/print-text.ts";
import { writeOut } from "../../../output/write.ts";
import { alertsTable, alertsText, dryRunText, rulesTable, silenceText } from "../alerts-text.ts";
import { VerbError } from "../errors.ts";
import { runningServer } from "../running-server.ts";
import { progressLine } from "../progress-line.ts";
import { enterDataDirectory, openStoredFlows } from "../stored-flows.ts";
import { queryOptions } from "../query-options.ts";
import { untilSignal } from "../until-signal.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly json?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly for?: string;
  readonly match?: readonly string[];
  readonly comment?: string;
  readonly end?: string;
}

type Changed = Readonly<Record<string, unknown>>;

/** The daemon that has a data directory open. @throws VerbError `no-server` */
async function daemonOf({ data }: Options): Promise<ServeAddress> {
  const directory = dataDirectory(data);
  await enterDataDirectory(directory);
  return runningServer(directory);
}

/** What a daemon answers; its errors are those of this command. */
async function asked<T>({ url }: ServeAddress, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    if (!(cause instanceof ClientError)) throw cause;
    if (cause.status === 0) throw new VerbError("daemon-silent", `${url}: the daemon does not answer`, { cause });
    throw new RelayedError({
      code: cause.code,
      message: cause.message,
      exit: cause.status < 500 ? EXIT.usage : EXIT.failed,
    });
  }
}

/** Sends a change to the daemon. @throws RelayedError with the daemon's code */
async function change(daemon: ServeAddress, method: "POST" | "DELETE", path: string, body?: object): Promise<Changed> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await askServer(daemon, `${daemon.url}/api/v1/alerts${path}`, { method, ...sent });
  const value = JSON.parse(answer.body) as { readonly error?: { readonly code: string; readonly message: string } };
  if (value.error !== undefined) throw new RelayedError({ ...value.error, exit: EXIT.usage });
  return value as Changed;
}

async function show(json: boolean | undefined, value: object, text: (columns?: number) => string): Promise<void> {
  if (json === true) await writeOut(`${JSON.stringify(value)}\n`);
  else printText(process.stdout, text(columnsOf(process.stdout)));
}

async function list(options: Options): Promise<void> {
  const daemon = await daemonOf(options);
  const now = await asked(daemon, serverClient(daemon).get("/alerts"));
  await show(options.json, now, (columns) => alertsText(now, columns));
  if (now.alerts.some(({ state, silent }) => state === "firing" && !silent)) process.exitCode = EXIT.failed;
}

async function showRules(name: string | undefined, options: Options): Promise<void> {
  const daemon = await daemonOf(options);
  const { rules } = await asked(daemon, serverClient(daemon).get("/alerts"));
  const shown = rules.filter((rule) => name === undefined || rule.name === name);
  if (shown.length === 0 && name !== undefined) throw new VerbError("alert-absent", `no rule is named ${name}`);
  const details = (): string => `${JSON.stringify(shown[0]!.definition, null, 2)}\n`;
  await show(options.json, { rules: shown }, () => rulesTable(shown) + (name === undefined ? "" : details()));
}

/** The range of a dry run or a history. */
function rangeOf({ from, to, last }: Options, whole: string): { readonly fromMs: number; readonly toMs: number } {
  const given = { ...(from && { from }), ...(to && { to }), ...(last && { last }) };
  return parseQuery(Object.keys(given).length === 0 ? { last: whole } : given, Date.now(), "option");
}

async function history(options: Options): Promise<void> {
  const daemon = await daemonOf(options);
  const { fromMs, toMs } = rangeOf(options, "7d");
  const range = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  const { alerts } = await asked(daemon, serverClient(daemon).get("/alerts/history", { ...range, limit: 5000 }));
  await show(options.json, { alerts }, (columns) => alertsTable(alerts, columns));
}

/** The rules of options and configuration, and those that were saved in a data directory. */
function rulesOf(options: Options): ReadonlyMap<string, DefinedRule> {
  const saved = new AlertFiles(dataDirectory(options.data), silentLog).rules();
  const rules = [...Object.values(saved).map(({ definition }) => readRule(definition)), ...alertsConfig(options).rules];
  return new Map(rules.map((each) => [each.rule.name, each]));
}

async function test(name: string, options: Options): Promise<void> {
  const directory = dataDirectory(options.data);
  await enterDataDirectory(directory);
  const daemon = serveFile(directory).read();
  let found = rulesOf(options).get(name);
  if (found === undefined && daemon !== undefined) {
    const { rules } = await asked(daemon, serverClient(daemon).get("/alerts"));
    const definition = rules.find((rule) => rule.name === name)?.definition;
    found = definition && readRule(definition);
  }
  if (found === undefined)
    throw new VerbError("alert-absent", `no rule is named ${name}; name the file of rules with --alerts or --config`);
  const { rule } = found;
  const range = rangeOf(options, "30d");
  const stored = await openStoredFlows(directory);
  const line = progressLine();
  try {
    const run = await untilSignal((signal) =>
      dryRun(rule, range, {
        ask: (spec, asking) => stored.reader.query(spec, asking),
        nowMs: Date.now,
        signal,
        progress: (share) => line.show(`${Math.floor(share * 100)} % of the range`),
      }),
    );
    line.end();
    await show(options.json, run, (columns) => dryRunText(name, run, columns));
  } finally {
    line.end();
    await stored.close();
  }
}

async function fire(name: string, options: Options): Promise<void> {
  const { sent } = (await change(await daemonOf(options), "POST", `/rules/${encodeURIComponent(name)}/fire`)) as {
    readonly sent: Readonly<Record<string, string | null>>;
  };
  const lines = Object.entries(sent).map(([channel, fault]) => `${channel}: ${fault ?? "sent"}\n`);
  await show(options.json, { sent }, () => (lines.length === 0 ? "no channel: nothing was sent\n" : lines.join("")));
  if (Object.values(sent).some((fault) => fault !== null)) process.exitCode = EXIT.failed;
}

/** The pairs of `NAME=VALUE`. @throws VerbError `alert-absent` */
function pairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new VerbError("alert-absent", `--match ${text}: expected NAME=VALUE`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

async function silence(rules: readonly string[], options: Options): Promise<void> {
  const daemon = await daemonOf(options);
  if (options.end !== undefined) {
    const ended = (await change(
      daemon,
      "DELETE",
      `/silences/${encodeURIComponent(options.end)}`,
    )) as unknown as Silence;
    await show(options.json, ended, (columns) => fitLines(`ended ${silenceText(ended)}\n`, columns));
    return;
  }
  const { match = [], comment = "" } = options;
  const request = { rules, match: pairs(match), for: options.for ?? "1h", comment };
  const made = (await change(daemon, "POST", "/silences", request)) as unknown as Silence;
  await show(options.json, made, (columns) => fitLines(`silent ${silenceText(made)}\n`, columns));
}

const json = (): Option => new Option("--json", "JSON instead of text");

export function define(command: Command): Command {
  const verb = (text: string, summary: string): Command =>
    command
      .command(text)
      .description(summary)
      .addOption(json())
      .addOption(sharedOptions.data())
      .addOption(sharedOptions.config());
  const ranged = (made: Command): Command =>
    made.addOption(queryOptions.from()).addOption(queryOptions.to()).addOption(queryOptions.last());
  verb("list", "alerts that fire or are pending; exit 1 while one fires that is not silenced").action(
    (options: Options) => list(withConfig(options)),
  );
  verb("show [rule]", "rules, until when they are judged, and what is wrong with them").action(
    (name: string | undefined, options: Options) => showRules(name, withConfig(options)),
  );
  ranged(verb("test <rule>", "what a rule would have done with what is stored (default 30 days); sends nothing"))
    .addOption(alertsOption())
    .action((name: string, options: Options) => test(name, withConfig(options)));
  verb("fire <rule>", "send an example of a rule's alert to its channels").action((name: string, options: Options) =>
    fire(name, withConfig(options)),
  );
  verb("silence [rules...]", "send nothing of some rules, or of all, for a time; --end takes that back")
    .addOption(new Option("--for <duration>", "how long").default("1h"))
    .addOption(
      new Option("--match <pair>", "only alerts with this label or column: SrcAddr=10.20.0.9 (repeatable)").argParser(
        (text: string, before: readonly string[] = []) => [...before, text],
      ),
    )
    .addOption(new Option("--comment <text>", "why"))
    .addOption(new Option("--end <id>", "end a silence").conflicts(["for", "match", "comment"]))
    .action((rules: string[], options: Options) => silence(rules, withConfig(options)));
  ranged(verb("history", "alerts that fired (default 7 days)")).action((options: Options) =>
    history(withConfig(options)),
  );
  return command.addHelpText(
    "after",
    "\nRules and channels are in the file of --alerts of the daemon, or under the key\nalerts of its configuration." +
      "\n\nExamples:" +
      "\n  ngflow alerts list" +
      "\n  ngflow alerts test port-scan --alerts alerts.yaml --last 7d" +
      "\n  ngflow alerts silence port-scan --for 2h --match SrcAddr=10.20.0.9 \\" +
      "\n      --comment 'our own scanner'",
  );
}

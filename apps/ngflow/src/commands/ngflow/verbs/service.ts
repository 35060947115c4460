import { chmodSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Profile, PROFILE_NAMES } from "@ngflow/nodes/engine";
import { listInterfaces } from "@ngflow/os";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ownControlPath } from "../../../control/path.ts";
import { OptionsError } from "../../../options/errors.ts";
import { collect, sharedOptions } from "../../../options/options.ts";
import { OutputError } from "../../../output/errors.ts";
import { startBackgroundGraph } from "../../../service/background-graph.ts";
import { ServiceError } from "../../../service/errors.ts";
import { generate, type Target, TARGETS } from "../../../service/generate/generate.ts";
import { install, targetOfMachine, uninstall } from "../../../service/generate/install.ts";
import { ngNetflow } from "../../../service/ng-netflow.ts";
import { terminal } from "../../../service/printer.ts";
import { rcSources, readVariables } from "../../../service/rc-conf/sources.ts";
import { runRcCommand } from "../../../service/rc-subr.ts";
import { resolveHost } from "../../../service/settings.ts";

interface Options {
  readonly control?: string;
  readonly dryRun?: boolean;
  readonly for?: Target;
  readonly inline?: readonly string[];
  readonly output?: string;
  readonly profile?: Profile;
  readonly program?: string;
  readonly rcConf?: string;
  readonly root?: string;
  readonly wait?: number;
}

function seconds(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`"${text}" is not a number of seconds`);
}

async function control(name: string, verb: string, options: Options): Promise<void> {
  if (name !== "ng_netflow") {
    throw new ServiceError("no-such-service", `no such service: ${name}; the only one is ng_netflow`);
  }
  const sources = rcSources(options.rcConf);
  const variables = readVariables([...sources.files, ...sources.serviceFiles(name)]);
  const socket = ownControlPath(options.control);
  const waitMs = options.wait === undefined ? undefined : options.wait * 1000;
  const service = ngNetflow({
    control: socket,
    sources,
    variables,
    machine: {
      resolve: (host) => resolveHost(host, waitMs),
      interfaceIndex: (device) => listInterfaces().find((each) => each.name === device)?.index,
    },
    interfaces: () => listInterfaces().map((each) => each.name),
    startGraph: (graphOptions) => startBackgroundGraph(process.argv[1]!, socket, graphOptions),
    waitMs,
  });
  process.exitCode = await runRcCommand(verb, service, terminal);
}

/** The command that starts this program, with absolute paths: a service manager has its own PATH. */
function ownProgram(): string {
  return `${process.execPath} ${realpathSync(process.argv[1]!)}`;
}

function runGenerate(options: Options): void {
  if (options.for === undefined) throw new OptionsError("usage", `name one of ${TARGETS.join(", ")} with --for`);
  const files = generate(options.for, options);
  if (options.output === undefined) {
    for (const { path, text } of files) terminal.out(files.length > 1 ? `==> ${path} <==\n${text}\n` : text);
    return;
  }
  for (const { path, mode, text } of files) {
    const target = join(options.output, basename(path));
    try {
      mkdirSync(options.output, { recursive: true });
      writeFileSync(target, text);
      chmodSync(target, mode);
    } catch (error) {
      throw new OutputError("output-unwritable", `${target}: cannot be written: ${(error as Error).message}`);
    }
  }
}

function runInstall(action: "install" | "uninstall", options: Options): void {
  const todo = {
    target: options.for ?? targetOfMachine(),
    program: options.program ?? ownProgram(),
    inline: options.inline,
    profile: options.profile,
    dryRun: options.dryRun === true,
    root: options.root,
    print: terminal,
  };
  if (action === "install") install(todo);
  else uninstall(todo);
}

async function run(words: readonly string[], options: Options): Promise<void> {
  // As with rc.subr, words after the verb are ignored.
  const [name, verb] = words;
  if (name === undefined) {
    throw new OptionsError("usage", "name a service and an action: ngflow service ng_netflow start");
  }
  if (verb === undefined && name === "generate") runGenerate(options);
  else if (verb === undefined && (name === "install" || name === "uninstall")) runInstall(name, options);
  else await control(name, verb ?? "", options);
}

export function define(command: Command): Command {
  return command
    .argument(
      "[words...]",
      "ng_netflow and start, stop, restart, status, enable, …, also behind fast, force, one or quiet (faststart); " +
        "or one of generate, install, uninstall",
    )
    .addOption(sharedOptions.control())
    .addOption(new Option("--rc-conf <file>", "rc.conf file to use instead of the files in /etc/ngflow"))
    .addOption(
      new Option(
        "--wait <seconds>",
        "start: wait for a running daemon, the interfaces and the collector's name; do not start a daemon",
      ).argParser(seconds),
    )
    .addOption(new Option("--for <target>", "generate, install, uninstall: target system").choices(TARGETS))
    .addOption(new Option("--output <dir>", "generate: write the files to this directory instead of standard output"))
    .addOption(new Option("--program <path>", "generate, install: command that the files run"))
    .addOption(
      new Option("--inline <if>", "generate, install: run the interface inline, for systemd (repeatable)").argParser(
        collect,
      ),
    )
    .addOption(
      new Option("--profile <profile>", "generate, install: metering engine of the graph, for systemd").choices(
        PROFILE_NAMES,
      ),
    )
    .addOption(new Option("--root <dir>", "install, uninstall: use this root directory and run no commands"))
    .addOption(new Option("--dry-run", "install, uninstall: print the steps without running them"))
    .action(run);
}

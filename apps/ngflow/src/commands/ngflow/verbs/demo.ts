import { tmpdir } from "node:os";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Command, Option } from "commander";
import { groupId } from "../../../control/group.ts";
import { ownControlPath } from "../../../control/path.ts";
import { isListening } from "../../../control/is-listening.ts";
import { DEMO_TIMEOUTS } from "../../../daemon/timeouts.ts";
import { prepareUser } from "../../../daemon/change-user.ts";
import { DEMO_INTERFACE } from "../../../demo/demo-name.ts";
import { storyTeller } from "../../../demo/tell-story.ts";
import { forkDaemon } from "../../../daemon/child-process.ts";
import { createLog } from "../../../daemon/log.ts";
import { confineDaemon } from "../../../daemon/privileges.ts";
import { runAll } from "../../../daemon/up.ts";
import { graphArgs, type GraphOptions, profileOption } from "../../../options/graph-options.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { httpAddress, httpConfig, httpFiles, httpOptions } from "../../../options/http-options.ts";
import { receiveOption, withGraphAddress } from "../../../options/listen-options.ts";
import { receiveFiles, receiveOptions, receiveSettings } from "../../../options/receive-options.ts";
import { nameFiles, nameOptions, nameSettings } from "../../../options/name-options.ts";
import { parseSeed, sharedOptions } from "../../../options/options.ts";
import {
  databaseFiles,
  type DatabaseOptions,
  databaseOptions,
  storeDatabase,
} from "../../../options/database-options.ts";
import { settingSource, type SettingSource } from "../../../reload/reloader.ts";
import { spoolOption, storeLimits, storeOptions } from "../../../options/store-options.ts";
import { watchConfig, watchFiles, watchOptions } from "../../../options/watch-options.ts";

interface Options extends SharedConfig, DatabaseOptions, Pick<GraphOptions, "controlGroup" | "profile"> {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly seed?: number;
  readonly story?: boolean;
}

/** A free port on loopback: the demo must not use the ports that a real exporter sends to. */
const DEMO_LISTEN = [{ host: "127.0.0.1", port: 0 }];

/** The default control socket, so that `ngctl` finds the demo's graph; another one if a daemon is running. */
async function chooseControl(option: string | undefined, dataDirectory: string): Promise<string> {
  const usual = ownControlPath(option);
  return option === undefined && (await isListening(usual)) ? join(dataDirectory, "control.sock") : usual;
}

/** A directory for this user; in /tmp if that of the environment is not for it. */
function temporaryDirectory(): string {
  try {
    return mkdtempSync(join(tmpdir(), "ngflow-demo-"));
  } catch {
    return mkdtempSync("/tmp/ngflow-demo-");
  }
}

/** Whether a data directory has no flows yet: the history of the story is sent once. */
const isNew = (data: string | undefined): boolean =>
  data === undefined || !existsSync(data) || readdirSync(data).length === 0;

/** Runs the demo. Without `--data`, its rows are in a temporary directory that is removed at the end. */
export async function runDemo(options: Options, source: SettingSource): Promise<void> {
  const receive = receiveSettings(options, DEMO_LISTEN);
  const control = ownControlPath(options.control);
  const group = options.controlGroup === undefined ? undefined : groupId(options.controlGroup);
  const places = { dataDirectory: options.data, control, listens: true, group };
  const change = await prepareUser(options.user, places);
  confineDaemon(
    {
      ports: [httpAddress(options), ...receive.listen].map(({ port }) => port),
      writes: options.data === undefined ? [] : [options.data],
      reads: [
        options.config,
        ...httpFiles(options),
        ...databaseFiles(options),
        ...receiveFiles(receive),
        ...watchFiles(options),
        ...nameFiles(options),
      ],
      reaches: [dirname(control)],
    },
    { change },
  );
  const history = isNew(options.data);
  const temporary = options.data === undefined ? temporaryDirectory() : undefined;
  const dataDirectory = options.data ?? temporary!;
  try {
    const usedControl = await chooseControl(options.control, dataDirectory);
    const seed = options.seed ?? 1;
    await runAll(
      {
        dataDirectory,
        control: usedControl,
        http: httpConfig(options),
        limits: storeLimits(options),
        database: storeDatabase(options),
        ...watchConfig(options),
        names: nameSettings(options),
        spoolSize: options.spoolSize,
        receive,
        listen: withGraphAddress(receive.listen),
        interfaces: [DEMO_INTERFACE],
        settings: {
          ...options,
          level: "warn",
          source,
          current: options,
          receive: (settings) => receiveSettings(settings, DEMO_LISTEN),
          timeouts: () => DEMO_TIMEOUTS,
        },
        graph: forkDaemon("graph", [
          ...["--control", usedControl, "--demo", String(seed)],
          ...graphArgs({ controlGroup: options.controlGroup, ...(options.profile && { profile: options.profile }) }),
        ]),
        mode: "demo",
        ...(options.story !== false && { story: storyTeller(seed, history) }),
        quiet: options.quiet === true,
        verbose: options.verbose === true,
      },
      createLog("demo", { ...options, level: "warn" }),
    );
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

export function define(command: Command): Command {
  const demo = command
    .addOption(
      new Option("--seed <n>", "seed of the generator; the same seed gives the same traffic").argParser(parseSeed),
    )
    .addOption(new Option("--no-story", "only this machine's graph: no other exporters, no history"))
    .addOption(new Option("--data <dir>", "data directory (default: a temporary one, removed at the end)"))
    .addOption(receiveOption())
    .addOption(sharedOptions.control())
    .addOption(sharedOptions.controlGroup())
    .addOption(profileOption())
    .addOption(sharedOptions.user())
    .addOption(sharedOptions.config())
    .addOption(sharedOptions.logLevel())
    .addOption(sharedOptions.quiet())
    .addOption(sharedOptions.verbose())
    .action((options: Options, self: Command) => runDemo(withConfig(options), settingSource(options, self)));
  const more = [...storeOptions(), ...databaseOptions(), ...watchOptions(), ...nameOptions(), spoolOption()];
  for (const option of [...receiveOptions(), ...httpOptions(), ...more]) demo.addOption(option);
  return demo;
}

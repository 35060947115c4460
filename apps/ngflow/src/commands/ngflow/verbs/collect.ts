import type { Command } from "commander";
import { startCollect } from "../../../daemon/collect.ts";
import { createLog } from "../../../daemon/log.ts";
import { confineDaemon } from "../../../daemon/privileges.ts";
import { stopRequested } from "../../../daemon/stop.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { DEFAULT_LISTEN, parseListen, sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** The collector daemon. It needs no privilege and never waits for the store. */
async function runCollect(options: Options): Promise<void> {
  const log = createLog("collect", options);
  const directory = dataDirectory(options.data);
  const listen = options.listen?.map(parseListen) ?? DEFAULT_LISTEN;
  confineDaemon({ ports: listen.map(({ port }) => port), writes: [directory], reads: [options.config] });
  const collect = await startCollect({ dataDirectory: directory, listen }, log);
  if (!options.quiet) {
    const where = listen.map(({ host, port }) => `udp://${host.includes(":") ? `[${host}]` : host}:${port}`);
    process.stdout.write(`listening  ${where.join(" ")}\ndata       ${directory}\n`);
  }
  await stopRequested();
  await collect.stop();
}

export function define(command: Command): Command {
  return command
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.listen())
    .addOption(sharedOptions.config())
    .addOption(sharedOptions.quiet())
    .addOption(sharedOptions.verbose())
    .action((options: Options) => runCollect(withConfig(options)));
}

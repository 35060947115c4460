import { Command, Option } from "commander";
import { defaultRouteInterface, hasCapability } from "@ngflow/nodes";
import { NgflowError } from "@ngflow/base";
import { ownControlPath } from "../../control/path.ts";
import { createLog } from "../../daemon/log.ts";
import { runAll } from "../../daemon/up.ts";
import { graphArgs, graphOptions, type GraphOptions } from "../../graph-options.ts";
import { type SharedConfig, withConfig } from "../../config-file.ts";
import { DEFAULT_HTTP, DEFAULT_LISTEN, parseHostPort, parseListen, sharedOptions } from "../../options.ts";
import { dataDirectory } from "../../paths.ts";
import { runDemo } from "./demo.ts";

interface Options extends SharedConfig, GraphOptions {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly inline?: boolean;
}

/** What to do where capture is not allowed; one line. */
const NO_PRIVILEGE =
  "capturing needs CAP_NET_RAW: run this with sudo, or with " +
  '"sudo setpriv --reuid $USER --init-groups --inh-caps +net_raw --ambient-caps +net_raw npm start", or give ' +
  '"setcap cap_net_raw+ep" to a private copy of node (never to the system\'s); starting the demo instead';

/** The interfaces to watch: those named, or the default route's. @throws NgflowError when there is none. */
function chooseInterfaces(options: Options): readonly string[] {
  if (options.interface !== undefined && options.interface.length > 0) return options.interface;
  const name = defaultRouteInterface();
  if (name !== undefined) return [name];
  throw new NgflowError("no-default-route", "no default route: name the interface to watch with --interface", "os");
}

async function runUp(options: Options): Promise<void> {
  if (!hasCapability("net_raw")) {
    process.stderr.write(`ngflow: ${NO_PRIVILEGE}\n`);
    await runDemo(options);
    return;
  }
  const interfaces = chooseInterfaces(options);
  await runAll(
    {
      dataDirectory: dataDirectory(options.data),
      control: ownControlPath(options.control),
      http: options.http === undefined ? DEFAULT_HTTP : parseHostPort(options.http),
      listen: options.listen?.map(parseListen) ?? DEFAULT_LISTEN,
      interfaces,
      graphArgs: [
        ...interfaces.flatMap((name) => [options.inline === true ? "--inline" : "--interface", name]),
        ...graphArgs(options),
      ],
      mode: "up",
      quiet: options.quiet === true,
    },
    createLog("up", { ...options, level: "warn" }),
  );
}

export function command(): Command {
  const up = new Command("up")
    .description("builds the article's graph on an interface, collects, stores and serves the console")
    .addOption(sharedOptions.interface())
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.http())
    .addOption(sharedOptions.listen())
    .addOption(sharedOptions.control())
    .addOption(new Option("--inline", "let the nodes stand between wire and host instead of observing"))
    .addOption(sharedOptions.config())
    .addOption(sharedOptions.quiet())
    .addOption(sharedOptions.verbose())
    .action((options: Options) => runUp(withConfig(options)));
  for (const option of graphOptions()) up.addOption(option);
  return up;
}

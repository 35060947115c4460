import { NgflowError } from "@ngflow/base";
import { listInterfaces } from "@ngflow/nodes";
import { Command, InvalidArgumentError, Option } from "commander";
import { ownControlPath } from "../../control/path.ts";
import { sharedOptions } from "../../options.ts";
import { startBackgroundGraph } from "../../service/background-graph.ts";
import { ngNetflow } from "../../service/ng-netflow.ts";
import { terminal } from "../../service/printer.ts";
import { rcSources, readVariables } from "../../service/rc-conf/sources.ts";
import { runRcCommand } from "../../service/rc-subr.ts";
import { resolveHost } from "../../service/settings.ts";

interface Options {
  readonly control?: string;
  readonly rcConf?: string;
  readonly wait?: number;
}

function seconds(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`"${text}" is not a number of seconds`);
}

async function control(name: string, verb: string, options: Options): Promise<void> {
  if (name !== "ng_netflow") {
    throw new NgflowError("no-such-service", `there is no service ${name}; there is ng_netflow`, "failed");
  }
  const sources = rcSources(options.rcConf);
  const variables = readVariables([...sources.files, ...sources.serviceFiles(name)]);
  const socket = ownControlPath(options.control);
  const service = ngNetflow({
    control: socket,
    sources,
    variables,
    machine: {
      resolve: resolveHost,
      interfaceIndex: (device) => listInterfaces().find((each) => each.name === device)?.index,
    },
    interfaces: () => listInterfaces().map((each) => each.name),
    startGraph: (interfaces) => startBackgroundGraph(process.argv[1]!, socket, interfaces),
    waitMs: options.wait === undefined ? undefined : options.wait * 1000,
  });
  process.exitCode = await runRcCommand(verb, service, terminal);
}

async function run(words: readonly string[], options: Options): Promise<void> {
  const [name, verb, ...rest] = words;
  if (name === undefined || rest.length > 0) {
    throw new NgflowError("usage", "name a service and what to do with it: ngflow service ng_netflow start", "usage");
  }
  await control(name, verb ?? "", options);
}

export function command(): Command {
  return new Command("service")
    .description("controls ng_netflow as service(8) does: [fast|force|one|quiet](start|stop|restart|status|enabled|…)")
    .argument("[words...]", "ng_netflow and a verb")
    .addOption(sharedOptions.control())
    .addOption(new Option("--rc-conf <file>", "variables, instead of those of /etc/ngflow"))
    .addOption(
      new Option("--wait <seconds>", "wait for a daemon instead of starting one in the background").argParser(seconds),
    )
    .action(run);
}

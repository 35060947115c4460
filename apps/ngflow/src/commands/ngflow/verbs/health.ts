import { EXIT } from "@ngflow/base";
import { type Command, Option } from "commander";
import { ownControlPath } from "../../../control/path.ts";
import { askHealth, type DaemonHealth } from "../../../daemon/ask-health.ts";
import { wholeNumber } from "../../../options/capture-options.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { printSentences } from "../../../output/print-text.ts";
import { writeOut } from "../../../output/write.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly json?: boolean;
  readonly timeout?: number;
}

const TIMEOUT_SECONDS = 5;
const TIMEOUT_SECONDS_MAX = 600;

function healthText({ daemon, ok, checks }: DaemonHealth): string {
  if (ok) return `${daemon}: ready (${checks.map(({ check }) => check).join(", ")})\n`;
  const reasons = checks.flatMap(({ check, reason }) => (reason === null ? [] : [`  ${check}: ${reason}\n`]));
  return `${daemon === null ? "" : `${daemon}: `}not ready\n${reasons.join("")}`;
}

async function run({ data, control, json, timeout = TIMEOUT_SECONDS }: Options): Promise<void> {
  const question = { dataDirectory: dataDirectory(data), control: ownControlPath(control), timeoutMs: 1000 * timeout };
  const health = await askHealth(question);
  if (json === true) await writeOut(`${JSON.stringify(health)}\n`);
  else printSentences(process.stdout, healthText(health), 4);
  if (!health.ok) process.exitCode = EXIT.failed;
}

export function define(command: Command): Command {
  return command
    .addOption(new Option("--json", "JSON instead of text"))
    .addOption(
      new Option(
        "--timeout <seconds>",
        `how long the daemon may take to answer (default ${TIMEOUT_SECONDS})`,
      ).argParser(wholeNumber(1, TIMEOUT_SECONDS_MAX)),
    )
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.control())
    .addOption(sharedOptions.config())
    .addHelpText(
      "after",
      `
Examples:
  ngflow health && echo ready
  HEALTHCHECK CMD ["ngflow", "health"]    in a container file
`,
    )
    .action((options: Options) => run(withConfig(options)));
}

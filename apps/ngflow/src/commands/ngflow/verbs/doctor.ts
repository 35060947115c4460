import { EXIT } from "@ngflow/base";
import { ClientError } from "@ngflow/server/client";
import { type Command, Option } from "commander";
import { serveFile } from "../../../daemon/run-files.ts";
import { serverClient } from "../../../daemon/server-client.ts";
import { examine, FINDING_INDENT, findingsText } from "../../../doctor/examine.ts";
import { sendFlow } from "../../../doctor/send-flow.ts";
import type { Patient } from "../../../doctor/finding.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { printSentences } from "../../../output/print-text.ts";
import { writeOut } from "../../../output/write.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly json?: boolean;
  readonly send?: boolean;
}

function patientOf(directory: string): Patient {
  const daemon = serveFile(directory).read();
  const client = daemon && serverClient(daemon);
  return {
    dataDirectory: directory,
    url: daemon?.url ?? null,
    async ask(path, params) {
      if (client === undefined) return null;
      try {
        return (await client.get(path, params as never)) as never;
      } catch (error) {
        if (error instanceof ClientError || (error as NodeJS.ErrnoException).code === "ECONNREFUSED") return null;
        throw error;
      }
    },
  };
}

async function run({ json, data, send }: Options): Promise<void> {
  const directory = dataDirectory(data);
  const found = await examine(patientOf(directory));
  const findings = send === true ? [...found, ...(await sendFlow(directory))] : found;
  if (json === true) await writeOut(`${JSON.stringify({ findings })}\n`);
  else printSentences(process.stdout, findingsText(findings), FINDING_INDENT);
  if (findings.some(({ state }) => state === "fault")) process.exitCode = EXIT.failed;
}

export function define(command: Command): Command {
  return command
    .addOption(new Option("--json", "JSON instead of text"))
    .addOption(new Option("--send", "also send a flow through collector and store, and tell where it stops"))
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .action((options: Options) => run(withConfig(options)));
}

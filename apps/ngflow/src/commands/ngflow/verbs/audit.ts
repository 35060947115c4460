import { EXIT } from "@ngflow/base";
import type { Audit } from "@ngflow/flows";
import { ClientError } from "@ngflow/server/client";
import { type Command, Option } from "commander";
import { serverClient } from "../../../daemon/server-client.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { printSentences } from "../../../output/print-text.ts";
import { writeOut } from "../../../output/write.ts";
import { AUDIT_INDENT, auditText } from "../audit-text.ts";
import { VerbError } from "../errors.ts";
import { runningServer } from "../running-server.ts";
import { enterDataDirectory } from "../stored-flows.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly json?: boolean;
  readonly last: string;
}

/** The audit of the daemon that has a data directory open. @throws VerbError when there is none, or it refuses. */
async function auditOf(directory: string, last: string): Promise<Audit> {
  const daemon = runningServer(directory);
  try {
    return await serverClient(daemon).get("/audit", { last });
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.code === "bad-request") throw new VerbError("audit-last", error.message.replace(/^last=/, "--last "));
    throw new VerbError("daemon-silent", `${daemon.url}: ${error.message}`);
  }
}

async function run({ json, last, data }: Options): Promise<void> {
  const directory = dataDirectory(data);
  await enterDataDirectory(directory);
  const audit = await auditOf(directory, last);
  if (json === true) await writeOut(`${JSON.stringify(audit)}\n`);
  else printSentences(process.stdout, auditText(audit), AUDIT_INDENT);
  if (!audit.balanced) process.exitCode = EXIT.failed;
}

export function define(command: Command): Command {
  return command
    .addOption(new Option("--last <duration>", "how far back, at most a day").default("1h"))
    .addOption(new Option("--json", "JSON instead of text"))
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .action((options: Options) => run(withConfig(options)));
}

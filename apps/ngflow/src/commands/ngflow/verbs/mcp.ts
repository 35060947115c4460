import { once } from "node:events";
import { PassThrough } from "node:stream";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { Command } from "commander";
import { serverClient } from "../../../daemon/server-client.ts";
import { stopRequested } from "../../../daemon/stop.ts";
import { watchAnswers } from "../../../mcp/watch-answers.ts";
import { mcpServer } from "../../../mcp/mcp-server.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { runningServer } from "../running-server.ts";
import { enterDataDirectory } from "../stored-flows.ts";

interface Options extends SharedConfig {
  readonly config?: string;
}

async function run({ data }: Options, version: string): Promise<void> {
  const directory = dataDirectory(data);
  await enterDataDirectory(directory);
  const server = mcpServer(version, () => serverClient(runningServer(directory)));
  // The transport ends its requests with its input, which is not to end before they are answered.
  const requests = new PassThrough();
  process.stdin.pipe(requests, { end: false });
  const transport = new StdioServerTransport(requests, process.stdout);
  await server.connect(transport);
  const answered = watchAnswers(transport);
  await Promise.race([once(process.stdin, "end").then(answered), stopRequested()]);
  await server.close();
}

export function define(command: Command): Command {
  return command
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .addHelpText(
      "after",
      `
Reads requests of the Model Context Protocol on standard input and answers on
standard output until the input ends. All tools only read.

Examples:
  ngflow mcp --data /var/lib/ngflow
  { "mcpServers": { "ngflow": { "command": "ngflow", "args": ["mcp"] } } }
`,
    )
    .action((options: Options) => run(withConfig(options), command.parent?.version() ?? ""));
}

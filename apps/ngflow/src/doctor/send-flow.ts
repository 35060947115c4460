import type { SelfTestAnswer, SelfTestStep } from "@ngflow/server/client";
import { askServer } from "../daemon/ask-server.ts";
import { serveFile } from "../daemon/run-files.ts";
import type { NamedFinding } from "./examine.ts";

/** What to do where a flow stops. */
const MEND: Readonly<Record<SelfTestStep, string>> = {
  collector: "ngflow collect, or ngflow up",
  sent: "look at the firewall and the addresses of this machine",
  received: "look at the collector's log, and at --allow-exporter",
  decoded: "ngflow exporters, and the page /pipeline of the console",
  stored: "ngflow store status, and the free disk space",
};

/** Sends a flow through the daemons of a data directory: a finding for each step until it stops. */
export async function sendFlow(directory: string): Promise<readonly NamedFinding[]> {
  const check = "flow";
  const daemon = serveFile(directory).read();
  if (daemon === undefined || daemon === null)
    return [{ check, state: "fault", text: "no server has the directory open: nothing was sent", mend: "ngflow up" }];
  let text = "";
  try {
    const { status, body } = await askServer(daemon, `${daemon.url}/api/v1/self-test`, { method: "POST" });
    const answer = JSON.parse(body) as SelfTestAnswer & { error?: { message: string } };
    if (status === 200)
      return answer.steps
        .filter(({ state }) => state !== "not reached")
        .map(({ step, state, text: seen, ms }) =>
          state === "passed"
            ? { check, state: "ok", text: `${seen} (${ms} ms)` }
            : { check, state: "fault", text: seen, mend: MEND[step] },
        );
    text = answer.error?.message ?? String(status);
  } catch (error) {
    text = (error as Error).message;
  }
  return [{ check, state: "fault", text: `no flow was sent: ${text}`, mend: "look at the message" }];
}

import { type ControlClient, connectControl } from "./client.ts";
import { ownControlPath } from "./path.ts";

/**
 * Runs `ask` on a connection to the daemon, without a node in its graph.
 * @throws NgflowError when there is no daemon.
 */
export async function askDaemon<Answer>(
  control: string | undefined,
  ask: (client: ControlClient) => Promise<Answer>,
): Promise<Answer> {
  const client = await connectControl(ownControlPath(control), { node: false });
  try {
    return await ask(client);
  } finally {
    await client.close();
  }
}

import type { Graph } from "@ngflow/graph";
import type { Profile } from "@ngflow/nodes";
import { z } from "zod";
import type { ControlRequest } from "../control/connection.ts";
import { ControlError } from "../control/errors.ts";
import { readState } from "./graph-state.ts";
import { runTransaction } from "./run-transaction.ts";

const request = z.object({
  revision: z.number().int().nullable(),
  name: z.string(),
  commands: z
    .array(
      z.object({
        line: z.number().int(),
        text: z.string(),
        words: z.array(z.string()).min(1),
        kind: z.enum(["ngctl", "module"]),
        session: z.number().int(),
        stopsAtFailure: z.boolean(),
      }),
    )
    .max(5000),
});

/**
 * The requests of `ngctl -t`: `state`, the graph for a dry run elsewhere, and `try`, a script of which all is applied
 * or nothing. Two of them never overlap.
 * @param observes whether the interface behind a node of that name only watches.
 * @param profile that of the graph's netflow nodes.
 */
export function transactionRequests(
  graph: Graph,
  observes: (name: string) => boolean,
  profile: Profile = "modern",
): Record<string, ControlRequest> {
  return {
    state: () => readState(graph, observes, profile),
    try(args) {
      const result = request.safeParse(args);
      if (result.success) return runTransaction(graph, result.data);
      const issue = result.error.issues[0]!;
      throw new ControlError("control-request", `try: ${issue.path.join(".")}: ${issue.message}`);
    },
  };
}

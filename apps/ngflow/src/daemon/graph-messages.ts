import type { Failure } from "@ngflow/base";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";

/** What the graph daemon sends to the `ngflow up` that started it. */
export type FromGraph =
  | { readonly ready: { readonly control: string } }
  | { readonly failed: Failure }
  /** The last message of a daemon that stops: its graph after everything was exported. */
  | { readonly final: DaemonSnapshot };

/** What `ngflow up` sends to it. */
export type ToGraph = "stop";

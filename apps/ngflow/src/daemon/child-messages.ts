import type { Failure } from "@ngflow/base";
import type { DaemonSnapshot } from "../control/daemon-snapshot.ts";
import type { CollectChange } from "../reload/collect-change.ts";
import type { CollectorState } from "./collect.ts";

/** The daemons that `ngflow up` runs as processes of their own, and what each reports to it. */
interface Reports {
  /** `final` is its graph after everything was exported. */
  readonly graph: { readonly ready: { readonly control: string }; readonly final: DaemonSnapshot };
  /** `ports` are its UDP ports in the order of its `--listen` options, `final` its state after the last row. */
  readonly collect: { readonly ready: { readonly ports: readonly number[] }; readonly final: CollectorState };
}

/** The verb of a daemon that can be a child. */
export type ChildVerb = keyof Reports;
export type ReadyReport<Verb extends ChildVerb> = Reports[Verb]["ready"];
export type FinalReport<Verb extends ChildVerb> = Reports[Verb]["final"];

/** What a daemon sends to the process that started it. */
export type FromChild<Verb extends ChildVerb> =
  | { readonly ready: ReadyReport<Verb> }
  | { readonly failed: Failure }
  /** A change has been made, or why not. */
  | { readonly changed: Failure | null }
  /** The last message of a daemon that stops. */
  | { readonly final: FinalReport<Verb> };

/** What that process sends to it: an order, or a change to make (`collect` only). */
export type ToChild = "stop" | { readonly change: CollectChange };

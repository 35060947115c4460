import type { Files } from "./files.ts";
import type { VerbDescriptor } from "../descriptor.ts";
import type { GraphSnapshot } from "@ngflow/graph";
import type { ControlClient } from "../../control/client.ts";

/** How a command ended: the exit status is 0 for `ok` and `quit`, 64 for `usage`, 71 for `failed`. */
export type Outcome = "ok" | "usage" | "failed" | "quit";

/** Kind of an argument, for completion; `path?` is an optional first argument. */
export type WordKind = "path" | "path?" | "relpath" | "type" | "hook" | "peerhook" | "message" | "command" | "file";

/** A command of ngctl: one file, one line in `verbs.ts`. */
export interface Verb extends VerbDescriptor {
  /** Synopsis, as `ngctl: usage: …` prints it. */
  readonly usage: string;
  /** Longer text for `help <command>` and the reference page; may be empty. */
  readonly help: string;
  readonly aliases: readonly string[];
  /** Its arguments in order, for completion. */
  readonly words: readonly WordKind[];
  /**
   * @param args the words after the command word.
   * @throws CommandError, which the shell prints.
   */
  run(session: NgctlSession, args: readonly string[]): Promise<Outcome>;
}

/** Where ngctl writes. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** The part of a connection to a graph that a session uses: to the daemon's, or to one inside this process. */
export type SessionClient = Pick<
  ControlClient,
  "nodeId" | "send" | "sendAscii" | "write" | "call" | "structure" | "close"
> & {
  snapshot(): Promise<GraphSnapshot>;
};

/** ngctl's node and what has arrived at it, as verbs use them. */
export interface NgctlSession {
  readonly verbs: readonly Verb[];
  readonly output: Output;
  readonly files: Files;
  debugLevel: number;
  readonly client: SessionClient;
  out(text: string): void;
  warn(text: string): void;
  /** A line of ngflow's own after one of FreeBSD's. */
  remark(text: string): void;
  /** The reason of an error that a command has just got; undefined where it says it all. */
  reason(words: readonly string[], errno: number | undefined): Promise<string | undefined>;
  /** What the daemon has to say of nodes of a type, the first time; undefined for nothing. */
  advice(type: string): Promise<string | undefined>;
  /** Sends a generic message. Resolves to 0 or an errno. */
  post(path: string, cmd: number, data?: Uint8Array): Promise<number>;
  /** Sends a generic message. @throws CommandError `<label>: <strerror>`. */
  send(path: string, cmd: number, data?: Uint8Array, label?: string): Promise<void>;
  /** Sends a generic message and takes its reply's data. @throws CommandError. */
  ask(path: string, cmd: number, data?: Uint8Array, label?: string): Promise<Uint8Array>;
  /** Data of the reply to the last message posted, if it has arrived. */
  takeReply(): Uint8Array | undefined;
  /**
   * Prints what has arrived: the oldest message (`msg` does this once), or everything, packets included.
   * @throws CommandError for an empty packet.
   */
  showArrivals(what: "one message" | "all"): Promise<void>;
  /** A line on standard error when the debug level (`-d`, `debug`) is at least `level`. */
  debug(level: number, text: string): void;
}

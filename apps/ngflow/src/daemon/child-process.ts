import { type ChildProcess, fork } from "node:child_process";
import { Socket } from "node:net";
import { type ChildEnd, childEnd } from "@ngflow/os";
import { variableName } from "../options/settings.ts";
import type { ChildVerb, FromChild, ToChild } from "./child-messages.ts";
import { withParent } from "./parent.ts";
import type { Inherited } from "./privileges.ts";

/**
 * Process id of the graph that this process started before it re-executed itself, and the descriptor of the channel to
 * it.
 */
const GRAPH = "NGFLOW_GRAPH_CHILD";
/** Interval of checks for the end of a child that has closed its channel. */
const REAP_MS = 20;

/** The process of a daemon, at the other end of its channel. */
export interface DaemonProcess<Verb extends ChildVerb> {
  readonly pid: number;
  /** Descriptor of the channel. */
  readonly channel: number | undefined;
  /** Resolves when the process has ended. */
  readonly ended: Promise<ChildEnd>;
  /** Receives every message, including those sent before. Call it once, right after the start. */
  onMessage(listener: (message: FromChild<Verb>) => void): void;
  /** A message that cannot be delivered is not a failure: the process is ending then. */
  send(message: ToChild): void;
}

/**
 * The environment of a child. Its options have every address that flows are received on: `receive` of the environment
 * or of the configuration file, which it reads as well, would open the usual ports a second time.
 */
export function childEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env, [variableName("receive")]: "false" };
}

/**
 * Starts `ngflow VERB` as a child. It ends when this process ends, however that happens.
 * @param inherited descriptors that it has after its channel, in their order
 */
export function forkDaemon<Verb extends ChildVerb>(
  verb: Verb,
  args: readonly string[],
  inherited?: Inherited,
): DaemonProcess<Verb> {
  const child: ChildProcess = fork(process.argv[1]!, [verb, ...args], {
    stdio: ["ignore", "inherit", "inherit", "ipc", ...(inherited?.descriptors ?? [])],
    env: withParent({ ...childEnvironment(), ...inherited?.env }),
  });
  // Not "exit", which may precede its last message.
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once("close", (exitCode, signalCode) => resolve({ exitCode, signalCode }));
  });
  return {
    pid: child.pid!,
    channel: (child.channel as { fd?: number } | null | undefined)?.fd,
    ended,
    onMessage: (listener) => void child.on("message", (message: FromChild<Verb>) => listener(message)),
    send: (message) => {
      if (child.connected) child.send(message, () => {});
    },
  };
}

/** A graph as the re-executed program inherits it; undefined if it could not be started. */
export function inheritedGraph({ pid, channel }: DaemonProcess<"graph">): Inherited | undefined {
  return channel === undefined ? undefined : { descriptors: [channel], env: { [GRAPH]: `${pid} ${channel}` } };
}

/**
 * The graph that this process forked before it re-executed itself; undefined when there is none. The channel carries a
 * JSON object per line, as Node.js documents for other programs. Call this once.
 */
export function adoptGraph(): DaemonProcess<"graph"> | undefined {
  const [pid, channel] = (process.env[GRAPH] ?? "").split(" ").map(Number);
  delete process.env[GRAPH];
  if (!pid || !channel) return undefined;
  const socket = new Socket({ fd: channel, readable: true, writable: true });
  // A write error is not a failure: the child is ending, and its end is reported separately.
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  return {
    pid,
    channel,
    ended: closed.then(() => reaped(pid)),
    onMessage: (listener) => {
      let rest = "";
      socket.setEncoding("utf8").on("data", (chunk: string) => {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop()!;
        for (const line of lines) listener(JSON.parse(line) as FromChild<"graph">);
      });
    },
    send: (message) => void socket.write(`${JSON.stringify(message)}\n`),
  };
}

async function reaped(pid: number): Promise<ChildEnd> {
  for (;;) {
    const end = childEnd(pid);
    if (end !== undefined) return end;
    await new Promise((resolve) => {
      setTimeout(resolve, REAP_MS);
    });
  }
}

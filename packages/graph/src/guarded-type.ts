import { E, ERRNO, type ErrnoName } from "@ngflow/base";
import { NgError } from "./ng-error.ts";
import type { NodeBehaviour, NodeContext, NodeType } from "./node-type.ts";

/**
 * A type of somebody else's making, with the promises of `NodeBehaviour` enforced around its nodes: a `receive` that throws
 * or returns no number is EIO to the sender, the first time of each node with a line in the log; counters that throw or
 * are no numbers are left out; a reply that is no bytes is EIO. An error of another copy of this package counts as NgError,
 * and so does one whose `code` is the name of an errno.
 */
export function guardedType(type: NodeType): NodeType {
  const { create } = type;
  if (create === undefined) return type;
  return { ...type, create: (context) => make(context, create) };
}

/** What `create` makes, guarded; so are the nodes that it spawns later. */
function make(context: NodeContext, create: (context: NodeContext) => NodeBehaviour): NodeBehaviour {
  const spawn: NodeContext["spawn"] = (next) => context.spawn((spawned) => make(spawned, next));
  return guard(
    context,
    ask(() => create({ ...context, spawn })),
  );
}

function guard(context: NodeContext, behaviour: NodeBehaviour): NodeBehaviour {
  if (typeof behaviour !== "object" || behaviour === null) throw new TypeError("create returned no behaviour");
  let failed = false;
  const fail = (what: string): number => {
    if (!failed) context.log.error({}, `receive failed, and may do so again: ${what}`);
    failed = true;
    return E.EIO;
  };
  const guarded: NodeBehaviour = {
    created: () => ask(() => behaviour.created?.()),
    newHook: (hook) => ask(() => behaviour.newHook?.(hook)),
    connected: (hook) => ask(() => behaviour.connected?.(hook)),
    disconnect: (hook) => ask(() => behaviour.disconnect?.(hook)),
    close: () => ask(() => behaviour.close?.()),
    shutdown: () => ask(() => behaviour.shutdown?.()),
    counters() {
      try {
        const counters = Object.entries(behaviour.counters?.() ?? {});
        return Object.fromEntries(counters.filter(([, value]) => Number.isFinite(value)));
      } catch {
        return {};
      }
    },
  };
  if (behaviour.receive !== undefined) {
    guarded.receive = (hook, batch) => {
      try {
        const errno = behaviour.receive!(hook, batch) as number | undefined;
        return errno === undefined || Number.isInteger(errno) ? (errno ?? 0) : fail(`it returned ${String(errno)}`);
      } catch (error) {
        const refusal = refusalOf(error);
        return refusal === undefined
          ? fail(error instanceof Error ? (error.stack ?? error.message) : String(error))
          : refusal.errno;
      }
    };
  }
  if (behaviour.message !== undefined) {
    guarded.message = (message, from, viaHook) => {
      const reply = ask(() => behaviour.message!(message, from, viaHook));
      if (reply === undefined || reply instanceof Uint8Array) return reply;
      throw new TypeError("a reply has to be bytes");
    };
  }
  return guarded;
}

/** Runs a step of the node; a refusal becomes this package's own. */
function ask<T>(task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw refusalOf(error) ?? error;
  }
}

function refusalOf(error: unknown): NgError | undefined {
  if (error instanceof NgError) return error;
  if (!(error instanceof Error)) return undefined;
  const { errno, code } = error as { errno?: unknown; code?: unknown };
  if (error.name === "NgError" && typeof errno === "number" && errno > 0) return new NgError(errno);
  return typeof code === "string" && Object.hasOwn(ERRNO, code) ? new NgError(code as ErrnoName) : undefined;
}

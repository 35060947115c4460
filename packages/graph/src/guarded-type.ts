import { E, ERRNO, type ErrnoName } from "@ngflow/base";
import { NgError } from "./ng-error.ts";
import type { MessageDescriptor, NodeBehaviour, NodeContext, NodeSetting, NodeType } from "./node-type.ts";

/**
 * A type from outside this project, with the promises of `NodeBehaviour` enforced for its nodes:
 * - A `receive` that throws or does not return a number is EIO to the sender. The first failure of each node is logged.
 * - Counters and settings that throw or have the wrong form are left out.
 * - A reply that is not of its type is EIO.
 * - An error of another copy of this package counts as NgError, and so does one whose `code` is the name of an errno.
 */
export function guardedType(type: NodeType): NodeType {
  const { create } = type;
  if (create === undefined) return type;
  return { ...type, messages: type.messages.map(guardedRow), create: (context) => make(context, create) };
}

/** What is behind a guarded behaviour. */
const behind = new WeakMap<NodeBehaviour, NodeBehaviour>();

/** The row, which sees the behaviour that the type made. */
function guardedRow(row: MessageDescriptor): MessageDescriptor {
  if (row.run === undefined) return row;
  return { ...row, run: (guarded, args, context) => ask(() => row.run!(behind.get(guarded)!, args, context)) };
}

/** What `create` makes, guarded; so are the nodes that it spawns later. */
function make(context: NodeContext, create: (context: NodeContext) => NodeBehaviour): NodeBehaviour {
  const spawn: NodeContext["spawn"] = (next) => context.spawn((spawned) => make(spawned, next));
  const behaviour = ask(() => create({ ...context, spawn }));
  const guarded = guard(context, behaviour);
  behind.set(guarded, behaviour);
  return guarded;
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
  if (behaviour.settings !== undefined) {
    guarded.settings = () => {
      try {
        return (behaviour.settings!() as readonly unknown[]).filter(isSetting);
      } catch {
        return [];
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

function isSetting(value: unknown): value is NodeSetting {
  if (typeof value !== "object" || value === null) return false;
  const { command, data } = value as { command?: unknown; data?: unknown };
  return typeof command === "string" && data instanceof Uint8Array;
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

import { setTimeout } from "node:timers/promises";
import { NamesError } from "../errors.ts";
import { isUrl } from "./url-reader.ts";
import { type SourceConfig, type SourceDeps, WatchedSource } from "./watched-source.ts";

/** How long a start or a reload waits for addresses that do not answer. */
const WAIT_MS = 10_000;

/** A source with what is used of it. */
export interface HeldSource<Value> {
  readonly from: string;
  readonly source: Pick<WatchedSource<unknown>, "start" | "stop" | "check" | "status">;
  value: Value | undefined;
}

/** A change that was checked: exactly one of both is called. */
export interface PreparedChange {
  apply(): void | Promise<void>;
  discard(): void | Promise<void>;
}

/** A source whose value is held. @param used called when the value is another one */
export function heldSource<Read, Value>(
  config: Omit<SourceConfig<Read>, "use"> & { readonly valueOf: (read: Read) => Value },
  deps: SourceDeps,
  used: () => void,
): HeldSource<Value> {
  const use = (read: Read): void => {
    held.value = config.valueOf(read);
    used();
  };
  const source = new WatchedSource<Read>({ ...config, use }, deps);
  const held: HeldSource<Value> = { from: config.from, source, value: undefined };
  return held;
}

/** Reads sources for the first time; resolves without those that do not answer for long. */
export async function startSources(sources: readonly HeldSource<unknown>[]): Promise<void> {
  const waits = new AbortController();
  const read = Promise.all(sources.map(({ source }) => source.start()));
  await Promise.race([read, setTimeout(WAIT_MS, undefined, { signal: waits.signal }).catch(() => undefined)]);
  waits.abort();
}

export async function stopSources(sources: readonly HeldSource<unknown>[]): Promise<void> {
  await Promise.all(sources.map(({ source }) => source.stop()));
}

/**
 * Reads the sources that are new among those of other settings, and those that stay again. An address may answer later,
 * as at the start. @throws NamesError for a file that cannot be read; then the new ones are stopped
 */
export async function readOthers(
  before: readonly HeldSource<unknown>[],
  after: readonly HeldSource<unknown>[],
): Promise<{ readonly discard: () => Promise<void>; readonly stopOld: () => Promise<void> }> {
  const added = after.filter((held) => !before.includes(held));
  await startSources(added);
  const wrong = added
    .map(({ source }) => source.status())
    .find(({ state, from }) => state === "absent" && !isUrl(from));
  if (wrong !== undefined) {
    await stopSources(added);
    throw new NamesError("names-invalid", `${wrong.kind} ${wrong.from}: ${wrong.error ?? "it cannot be read"}`);
  }
  for (const { source } of after) if (!added.some((held) => held.source === source)) void source.check();
  return {
    discard: () => stopSources(added),
    stopOld: () => stopSources(before.filter((held) => !after.includes(held))),
  };
}

import type { Progress, Store } from "@ngflow/store";

/** What `ngflow store` does with a store that is open, here or in a daemon. */
export const ACTIONS = {
  status: { unit: "", run: (store: Store) => store.status() },
  verify: { unit: "parts read", run: (store: Store, progress: Progress) => store.verify(progress) },
  repair: { unit: "parts read", run: (store: Store, progress: Progress) => store.repair(progress) },
  snapshot: { unit: "", run: (store: Store) => store.snapshot() },
  forget: { unit: "", run: (store: Store, _: Progress, collector: string) => store.forget(collector) },
  compact: { unit: "days merged", run: (store: Store, progress: Progress) => store.compact(progress) },
} as const;

export type ActionName = keyof typeof ACTIONS;
export type ActionResult<A extends ActionName> = Awaited<ReturnType<(typeof ACTIONS)[A]["run"]>>;

export function isAction(name: string): name is ActionName {
  return Object.hasOwn(ACTIONS, name);
}

import { listInterfaces } from "./interfaces.ts";
import { watchLinks } from "./link-events.ts";

/** The machine's interfaces, kept up to date. */
export interface InterfaceNames {
  /** As of the latest change, by index; reading it costs nothing. */
  list(): readonly { readonly index: number; readonly name: string }[];
  /** Stops following the kernel. Safe to call twice. */
  close(): void;
}

/**
 * Reads the interfaces, and again whenever the kernel reports a change of one.
 * @throws NgflowError elsewhere than on Linux.
 */
export function followInterfaceNames(): InterfaceNames {
  let names = listInterfaces();
  const close = watchLinks(() => (names = listInterfaces()));
  return { list: () => names, close };
}

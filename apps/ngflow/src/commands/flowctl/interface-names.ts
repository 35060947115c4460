import { listInterfaces } from "@ngflow/os";
import type { InterfaceNames } from "./render.ts";

/** The machine's current interfaces by index; empty on other systems than Linux. */
export function readInterfaceNames(): InterfaceNames {
  const names = new Map(listInterfaces().map(({ index, name }) => [index, name]));
  return (index) => names.get(index);
}

import { readdirSync, readFileSync } from "node:fs";
import type { InterfaceNames } from "./render.ts";

const DIRECTORY = "/sys/class/net";

/** The machine's current interfaces by index; empty where the kernel does not list them in `/sys`. */
export function readInterfaceNames(): InterfaceNames {
  const names = new Map<number, string>();
  try {
    for (const name of readdirSync(DIRECTORY)) {
      try {
        names.set(Number(readFileSync(`${DIRECTORY}/${name}/ifindex`, "utf8")), name);
      } catch {
        // The interface was removed meanwhile, or the entry is not an interface.
      }
    }
  } catch {
    // Not Linux: every interface prints as unknown.
  }
  return (index) => names.get(index);
}

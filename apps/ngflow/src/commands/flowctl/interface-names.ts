import { readdirSync, readFileSync } from "node:fs";
import type { InterfaceNames } from "./render.ts";

const DIRECTORY = "/sys/class/net";

/** The machine's interfaces by index, as they are now; none where the kernel does not list them in `/sys`. */
export function readInterfaceNames(): InterfaceNames {
  const names = new Map<number, string>();
  try {
    for (const name of readdirSync(DIRECTORY)) {
      try {
        names.set(Number(readFileSync(`${DIRECTORY}/${name}/ifindex`, "utf8")), name);
      } catch {
        // The interface went away meanwhile, or the entry is none.
      }
    }
  } catch {
    // Not Linux: every interface prints as unknown.
  }
  return (index) => names.get(index);
}

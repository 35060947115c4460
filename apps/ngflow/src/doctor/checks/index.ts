import type { Check } from "../finding.ts";
import { lookAtClock } from "./clock.ts";
import { lookAtDaemons } from "./daemons.ts";
import { lookAtDatabase } from "./database.ts";
import { lookAtDisk } from "./disk.ts";
import { lookAtExporters } from "./exporters.ts";
import { lookAtHops } from "./hops.ts";
import { lookAtListeners } from "./listeners.ts";
import { lookAtMachine } from "./machine.ts";
import { lookAtNames } from "./names.ts";
import { lookAtPrivileges } from "./privileges.ts";
import { lookAtReceiveBuffer } from "./receive-buffer.ts";

/** Every check in the order in which they are printed: a file and a row each. */
export const CHECKS: readonly Check[] = [
  { name: "machine", look: lookAtMachine },
  { name: "privileges", look: lookAtPrivileges },
  { name: "clock", look: lookAtClock },
  { name: "disk", look: lookAtDisk },
  { name: "buffers", look: lookAtReceiveBuffer },
  { name: "listeners", look: lookAtListeners },
  { name: "daemons", look: lookAtDaemons },
  { name: "database", look: lookAtDatabase },
  { name: "exporters", look: lookAtExporters },
  { name: "names", look: lookAtNames },
  { name: "hops", look: lookAtHops },
];

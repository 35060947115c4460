import { REVERSE } from "./29305-reverse.ts";
import { NTOP } from "./35632-ntop.ts";
import { NETSCALER } from "./5951-netscaler.ts";
import { CERT } from "./6871-cert.ts";
import { VMWARE } from "./6876-vmware.ts";
import { CISCO } from "./9-cisco.ts";
import type { ElementTable } from "./element-table.ts";
import { CISCO_ASA } from "./v9-cisco-asa.ts";
import { PALO_ALTO } from "./v9-palo-alto.ts";

/** The elements that are not IANA's, a line per vendor. */
export const ELEMENT_TABLES: readonly ElementTable[] = [
  REVERSE,
  CISCO,
  CISCO_ASA,
  NETSCALER,
  CERT,
  VMWARE,
  NTOP,
  PALO_ALTO,
];

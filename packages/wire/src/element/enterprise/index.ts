import { CISCO } from "./9-cisco.ts";
import { NOKIA } from "./637-nokia.ts";
import { IXIA } from "./3054-ixia.ts";
import { NETSCALER } from "./5951-netscaler.ts";
import { CERT } from "./6871-cert.ts";
import { VMWARE } from "./6876-vmware.ts";
import { BARRACUDA } from "./10704-barracuda.ts";
import { PROCERA } from "./15397-procera.ts";
import { REVERSE } from "./29305-reverse.ts";
import { NTOP } from "./35632-ntop.ts";
import { VIPTELA } from "./41916-viptela.ts";
import type { ElementTable } from "./element-table.ts";
import { CISCO_ASA } from "./v9-cisco-asa.ts";
import { NTOP_V9 } from "./v9-ntop.ts";
import { PALO_ALTO } from "./v9-palo-alto.ts";
import { STREAMCORE } from "./v9-streamcore.ts";

/** The elements that are not IANA's, a line per vendor. */
export const ELEMENT_TABLES: readonly ElementTable[] = [
  REVERSE,
  CISCO,
  CISCO_ASA,
  NOKIA,
  IXIA,
  NETSCALER,
  CERT,
  VMWARE,
  BARRACUDA,
  PROCERA,
  NTOP,
  NTOP_V9,
  VIPTELA,
  PALO_ALTO,
  STREAMCORE,
];

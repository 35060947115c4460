import type { Family, FlowEntry } from "./show-reply.ts";

export type Form = "short" | "human" | "verbose";

/** Name of the interface with an index on this machine, undefined when there is none. */
export type InterfaceNames = (index: number) => string | undefined;

/** What FreeBSD's printf prints for the name of an interface that does not exist. */
const NO_NAME = "(null)";

/**
 * The text of one reply: headers and rows (reference: flowctl.md §2). Short and human forms have headers only above
 * rows.
 */
export function renderFlows(family: Family, form: Form, flows: readonly FlowEntry[], names: InterfaceNames): string {
  if (flows.length === 0 && form !== "verbose") return "";
  const name = (index: number): string => names(index) ?? NO_NAME;
  const row = { short: shortRow, human: humanRow, verbose: verboseRow }[form];
  return header(family, form) + flows.map((flow) => row(flow, addressWidth(family, form), name)).join("");
}

function addressWidth(family: Family, form: Form): number {
  if (family === 4) return 15;
  return form === "human" ? 36 : 30;
}

function header(family: Family, form: Form): string {
  const width = addressWidth(family, form);
  const ends = (interfaceWidth: number): string =>
    ["Src", "Dst"].map((end) => `${`${end}If`.padEnd(interfaceWidth)} ${`${end}IPaddress`.padEnd(width)} `).join("");
  switch (form) {
    case "short":
      return `${ends(13)}Pr SrcP DstP  Pkts\n`;
    case "human":
      return `${ends(13)}Proto  SrcPort  DstPort     Pkts\n`;
    case "verbose":
      return (
        `${ends(14)}Pr TOS Flgs  Pkts\n` +
        `Port Msk AS                    Port Msk AS    ${"NextHop".padEnd(width)}      B/Pk  Active\n`
      );
  }
}

function shortRow(flow: FlowEntry, width: number, name: (index: number) => string): string {
  const ends = `${endsOf(flow, 13, width, name)} ${decimal(flow.protocol, 2)}`;
  return `${ends} ${hex(flow.sourcePort, 4)} ${hex(flow.destinationPort, 4)} ${decimal(flow.packets, 6)}${vlans(flow)}\n`;
}

function humanRow(flow: FlowEntry, width: number, name: (index: number) => string): string {
  const ends = `${endsOf(flow, 13, width, name)} ${decimal(flow.protocol, 5)}`;
  const ports = `${decimal(flow.sourcePort, 8)} ${decimal(flow.destinationPort, 8)}`;
  return `${ends} ${ports} ${decimal(flow.packets, 8)}${vlans(flow)}\n`;
}

function verboseRow(flow: FlowEntry, width: number, name: (index: number) => string): string {
  const facts = `${decimal(flow.protocol, 2)} ${flow.tos.toString(16).padStart(3)} ${flow.tcpFlags.toString(16).padStart(4)}`;
  // The AS numbers and the active time are always 0 in the original.
  const end = (port: number, mask: number): string => `${hex(port, 4)} /${String(mask).padEnd(2)} ${"0".padEnd(5)}`;
  const source = end(flow.sourcePort, flow.sourceMask);
  const destination = end(flow.destinationPort, flow.destinationMask);
  const average = flow.packets === 0n ? 0n : flow.bytes / flow.packets;
  return (
    `${endsOf(flow, 14, width, name)} ${facts} ${decimal(flow.packets, 6)}${vlans(flow)}\n` +
    `${source}${" ".repeat(17)}${destination} ${flow.nextHop.padEnd(width)} ${decimal(average, 9)} ${decimal(0, 8)}\n\n`
  );
}

/** What the original's lines do not have: the VLANs of a flow with a tag. */
function vlans({ outerVlan, innerVlan }: FlowEntry): string {
  if (outerVlan === 0 && innerVlan === 0) return "";
  return ` vlan ${outerVlan}${innerVlan === 0 ? "" : `.${innerVlan}`}`;
}

function endsOf(flow: FlowEntry, interfaceWidth: number, width: number, name: (index: number) => string): string {
  const source = `${name(flow.inputIndex).padEnd(interfaceWidth)} ${flow.source.padEnd(width)}`;
  return `${source} ${name(flow.outputIndex).padEnd(interfaceWidth)} ${flow.destination.padEnd(width)}`;
}

function decimal(value: number | bigint, width: number): string {
  return String(value).padStart(width);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

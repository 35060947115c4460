import { COLUMNS, type DimensionName, type Show } from "@ngflow/flows";

/** A dimension as a choice. */
export interface DimensionChoice {
  readonly name: DimensionName;
  readonly label: string;
}

/** Every dimension, in the order of the column table. */
export const DIMENSIONS: readonly DimensionChoice[] = COLUMNS.flatMap((column) =>
  column.role === "dimension" ? [{ name: column.name, label: column.label }] : [],
);

const LABELS: ReadonlyMap<string, string> = new Map(COLUMNS.map(({ name, label }) => [name, label]));

/** Label of a column, or its name where the table has none. */
export function columnLabel(name: string): string {
  return LABELS.get(name) ?? name;
}

/** Whether a text names a dimension. */
export function isDimension(text: string): text is DimensionName {
  return DIMENSIONS.some(({ name }) => name === text);
}

/** Well-known services, so that a port number says something; the number stays visible. */
const SERVICES: Readonly<Record<number, string>> = {
  20: "ftp-data",
  21: "ftp",
  22: "ssh",
  25: "smtp",
  53: "dns",
  67: "dhcp",
  68: "dhcp",
  80: "http",
  110: "pop3",
  123: "ntp",
  143: "imap",
  161: "snmp",
  179: "bgp",
  443: "https",
  445: "smb",
  500: "ike",
  514: "syslog",
  587: "submission",
  853: "dns-tls",
  993: "imaps",
  1194: "openvpn",
  1883: "mqtt",
  3306: "mysql",
  3389: "rdp",
  4500: "ipsec-nat-t",
  5060: "sip",
  5201: "iperf3",
  5353: "mdns",
  5432: "postgresql",
  6379: "redis",
  8080: "http-alt",
  8443: "https-alt",
  51820: "wireguard",
};

const SHOWS: ReadonlyMap<string, Show> = new Map(
  COLUMNS.flatMap((column) => ("show" in column ? [[column.name, column.show] as const] : [])),
);

/** How the values of a column are shown; undefined where they are plain text or numbers, or there is no such column. */
export function showOf(name: string): Show | undefined {
  return SHOWS.get(name);
}

/** A value of a dimension as text: protocol names in capitals, ports with their service, interfaces with a word. */
export function dimensionText(name: string, value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "others";
  const show = showOf(name);
  switch (show?.as) {
    case "capitals":
      return typeof value === "string" && !/^\d+$/.test(value) ? value.toUpperCase() : `protocol ${value}`;
    case "port":
      return portText(Number(value));
    case "prefixed":
      return `${show.prefix}${value}`;
    case "named":
      return show.names[Number(value)] ?? String(value);
    default:
      return String(value);
  }
}

function portText(port: number): string {
  if (port === 0) return "-";
  const service = SERVICES[port];
  return service === undefined ? String(port) : `${port} ${service}`;
}

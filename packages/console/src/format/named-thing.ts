import type { NamedKind } from "../state/wanted-names.ts";

type Values = Readonly<Record<string, unknown>>;

const HOSTS = new Set([
  "SrcAddr",
  "DstAddr",
  "NextHop",
  "BgpNextHop",
  "SrcAddrNAT",
  "DstAddrNAT",
  "ServerAddr",
  "ClientAddr",
  "LowAddr",
  "HighAddr",
  "ExporterAddr",
  "OriginalExporter",
]);
const INTERFACES = new Set(["InIf", "OutIf"]);

/** What has a name of its own: a host, or an interface of the exporter of its row. Null for any other value. */
export function namedThing(
  name: string,
  value: unknown,
  row: Values,
): { readonly kind: NamedKind; readonly key: string } | null {
  const text = value === null || value === undefined ? "" : String(value);
  if (HOSTS.has(name))
    return /^[0-9a-f:.]+$/i.test(text) && !/^(?:0\.0\.0\.0|::)$/.test(text) ? { kind: "hosts", key: text } : null;
  const exporter = String(row["ExporterAddr"] ?? "");
  return INTERFACES.has(name) && exporter !== "" && text !== "" && text !== "0"
    ? { kind: "interfaces", key: `${exporter}/${text}` }
    : null;
}

import { ICMP_PORT, isIcmp } from "../../filter/icmp.ts";
import { pathOf } from "../path.ts";
import { addressOf } from "./values.ts";

type Values = Readonly<Record<string, unknown>>;

/**
 * The page of the thing that a value of a row names; null where it has none. An interface also needs the exporter of
 * the row.
 */
export function pageOfValue(name: string, value: unknown, row: Values): `/${string}` | null {
  const text = String(value ?? "");
  if (text === "") return null;
  switch (name) {
    case "SrcAddr":
    case "DstAddr":
    case "NextHop":
    case "BgpNextHop":
    case "SrcAddrNAT":
    case "DstAddrNAT":
    case "ServerAddr":
    case "ClientAddr":
    case "LowAddr":
    case "HighAddr":
      return addressOf(text) === null || /^(?:0\.0\.0\.0|::)$/.test(text)
        ? null
        : pathOf("/host/:address", { address: text });
    case "ExporterAddr":
    case "OriginalExporter":
      return /^(?:0\.0\.0\.0|::)$/.test(text) ? null : pathOf("/exporter/:exporter", { exporter: text });
    case "SrcPort":
    case "DstPort":
    case "ServicePort":
      return text === "0" || text === ICMP_PORT || isIcmp(row) ? null : pathOf("/port/:port", { port: text });
    case "SrcAS":
    case "DstAS":
      return text === "0" ? null : pathOf("/as/:as", { as: text });
    case "InIf":
    case "OutIf": {
      const exporter = String(row["ExporterAddr"] ?? "");
      return exporter === "" || text === "0"
        ? null
        : pathOf("/interface/:exporter/:interface", { exporter, interface: text });
    }
    default:
      return /^(?:Src|Dst)Addr\/\d/.test(name) ? pathOf("/network/:network", { network: text }) : null;
  }
}

/** The page of the two ends of a row; null for a row without both. */
export function pageOfPair(row: Values): `/${string}` | null {
  const [one, other] = [row["SrcAddr"], row["DstAddr"]];
  return typeof one === "string" && typeof other === "string"
    ? pathOf("/conversation/:one/:other", { one, other })
    : null;
}

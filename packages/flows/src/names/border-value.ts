import type { ColumnName } from "../columns.ts";
import type { NameTexts } from "./name-table.ts";
import type { NameLookup } from "./name-lookup.ts";

/** Which way a flow passes the border of one's own networks. */
export interface BorderValue {
  readonly name: string;
  /** What a dialect answers: the number of a name, 0 for none. Callers see the name. */
  readonly kind: "u32";
  readonly label: string;
  /** Short names in the filter language, lower case. */
  readonly aliases?: readonly string[];
  /** Columns that it may need. */
  readonly needs: readonly ColumnName[];
  readonly border: true;
}

export const BORDER_VALUE = {
  name: "BorderDirection",
  kind: "u32",
  label: "Direction at the border",
  aliases: ["border"],
  needs: ["ExporterAddr", "InIf", "OutIf", "SrcNetId", "DstNetId"],
  border: true,
} as const satisfies BorderValue;

/** The names by number, in order of their text. */
export const BORDER_TEXTS = ["", "in", "internal", "out", "transit"] as const;

/** The role of networks that are not one's own. */
const OUTSIDE = "external";

/**
 * Which way flows pass the border, from the boundaries of their interfaces. The side of an interface without one is
 * that of the address there: inside in a network of one's own, outside if only the other address is in a known
 * network. Without either there is no direction.
 */
export function borderLookup(
  boundaries: { readonly in: NameLookup; readonly out: NameLookup },
  networks: { readonly names: NameTexts | undefined; readonly roles: NameTexts | undefined },
): NameLookup {
  const known = [...(networks.names?.keys() ?? []), ...(networks.roles?.keys() ?? [])];
  const outside = [...(networks.roles ?? [])].flatMap(([id, role]) =>
    role.toLowerCase() === OUTSIDE ? [Number(id)] : [],
  );
  const hasNetworks = known.length > 0;
  const isKnown = hasNetworks || boundaries.in.texts.length > 1 || boundaries.out.texts.length > 1;
  const needs = new Set<ColumnName>([
    ...boundaries.in.needs,
    ...boundaries.out.needs,
    ...(hasNetworks ? (["SrcNetId", "DstNetId"] as const) : []),
  ]);
  return {
    texts: isKnown ? BORDER_TEXTS : [""],
    exporters: [],
    domains: [],
    number: null,
    ofExporters: { keys: [], values: [] },
    ofDomains: { keys: [], values: [] },
    starts: [],
    startValues: [],
    needs: isKnown ? [...needs] : [],
    ...(isKnown ? { border: { ...boundaries, outside: hasNetworks ? outside : null } } : {}),
  };
}

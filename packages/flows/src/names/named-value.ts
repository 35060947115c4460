import type { ColumnName } from "../columns.ts";
import type { NameKind } from "../learned-name.ts";
import { APPLICATION_VALUE, type ApplicationValue } from "./application-value.ts";
import { BORDER_VALUE, type BorderValue } from "./border-value.ts";
import { TABLE_VALUES, type TableValue, type TableValueName } from "./table-values.ts";

/** The name that an exporter sent for a number of a flow. It is looked up when a query is answered. */
export interface LearnedValue {
  readonly name: string;
  /** What a dialect answers: the number of a name, 0 for none. Callers see the name. */
  readonly kind: "u32";
  readonly label: string;
  /** Short names in the filter language, lower case. */
  readonly aliases?: readonly string[];
  /** Columns that always have to be there. */
  readonly needs: readonly ColumnName[];
  /** Where its names come from: what exporters sent. */
  readonly from: NameKind;
  /** Column with the number that the exporter named; absent where the names are of the domain itself. */
  readonly number?: ColumnName;
  /** Which text of an entry. Default `name`; where an entry has no name, its description. */
  readonly text?: "name" | "description";
}

/** What exporters name. A new row is a dimension, a filter and a column of flows. */
const LEARNED_VALUES = [
  {
    name: "ExporterName",
    kind: "u32",
    label: "Exporter name",
    aliases: ["exporter name"],
    needs: ["ExporterAddr"],
    from: "domain",
  },
  {
    name: "InIfName",
    kind: "u32",
    label: "Input interface name",
    aliases: ["in if name", "if name"],
    needs: ["ExporterAddr", "InIf"],
    from: "interface",
    number: "InIf",
  },
  {
    name: "OutIfName",
    kind: "u32",
    label: "Output interface name",
    aliases: ["out if name", "if name"],
    needs: ["ExporterAddr", "OutIf"],
    from: "interface",
    number: "OutIf",
  },
  {
    name: "InIfDescription",
    kind: "u32",
    label: "Input interface description",
    needs: ["ExporterAddr", "InIf"],
    from: "interface",
    number: "InIf",
    text: "description",
  },
  {
    name: "OutIfDescription",
    kind: "u32",
    label: "Output interface description",
    needs: ["ExporterAddr", "OutIf"],
    from: "interface",
    number: "OutIf",
    text: "description",
  },
  {
    name: "InIfAlias",
    kind: "u32",
    label: "Input interface alias",
    aliases: ["if alias"],
    needs: ["ExporterAddr", "InIf"],
    from: "interface-alias",
    number: "InIf",
  },
  {
    name: "OutIfAlias",
    kind: "u32",
    label: "Output interface alias",
    aliases: ["if alias"],
    needs: ["ExporterAddr", "OutIf"],
    from: "interface-alias",
    number: "OutIf",
  },
  {
    name: "InIfSpeed",
    kind: "u32",
    label: "Input interface speed, Mbit/s",
    aliases: ["if speed"],
    needs: ["ExporterAddr", "InIf"],
    from: "interface-speed",
    number: "InIf",
  },
  {
    name: "OutIfSpeed",
    kind: "u32",
    label: "Output interface speed, Mbit/s",
    aliases: ["if speed"],
    needs: ["ExporterAddr", "OutIf"],
    from: "interface-speed",
    number: "OutIf",
  },
  {
    name: "InIfBoundary",
    kind: "u32",
    label: "Input interface boundary",
    aliases: ["if boundary"],
    needs: ["ExporterAddr", "InIf"],
    from: "interface-boundary",
    number: "InIf",
  },
  {
    name: "OutIfBoundary",
    kind: "u32",
    label: "Output interface boundary",
    aliases: ["if boundary"],
    needs: ["ExporterAddr", "OutIf"],
    from: "interface-boundary",
    number: "OutIf",
  },
  {
    name: "InIfProvider",
    kind: "u32",
    label: "Input interface provider",
    aliases: ["if provider"],
    needs: ["ExporterAddr", "InIf"],
    from: "interface-provider",
    number: "InIf",
  },
  {
    name: "OutIfProvider",
    kind: "u32",
    label: "Output interface provider",
    aliases: ["if provider"],
    needs: ["ExporterAddr", "OutIf"],
    from: "interface-provider",
    number: "OutIf",
  },
  {
    name: "InIfConnectivity",
    kind: "u32",
    label: "Input interface connectivity",
    aliases: ["if connectivity"],
    needs: ["ExporterAddr", "InIf"],
    from: "interface-connectivity",
    number: "InIf",
  },
  {
    name: "OutIfConnectivity",
    kind: "u32",
    label: "Output interface connectivity",
    aliases: ["if connectivity"],
    needs: ["ExporterAddr", "OutIf"],
    from: "interface-connectivity",
    number: "OutIf",
  },
  {
    name: "InVrfName",
    kind: "u32",
    label: "Input VRF name",
    aliases: ["vrf name"],
    needs: ["ExporterAddr", "InVrf"],
    from: "vrf",
    number: "InVrf",
  },
  {
    name: "OutVrfName",
    kind: "u32",
    label: "Output VRF name",
    aliases: ["vrf name"],
    needs: ["ExporterAddr", "OutVrf"],
    from: "vrf",
    number: "OutVrf",
  },
  {
    name: "ApplicationName",
    kind: "u32",
    label: "Application name",
    aliases: ["application name"],
    needs: ["ExporterAddr", "ApplicationId"],
    from: "application",
    number: "ApplicationId",
  },
  {
    name: "SamplerName",
    kind: "u32",
    label: "Sampler name",
    aliases: ["sampler name"],
    needs: ["ExporterAddr", "FlowSampler"],
    from: "sampler",
    number: "FlowSampler",
  },
] as const satisfies readonly LearnedValue[];

/** The name of something whose number, or address, a flow has. */
export type NamedValue = LearnedValue | TableValue | BorderValue | ApplicationValue;
/** The name of a column that has the name of another column's value. */
export type NamedValueName =
  | (typeof LEARNED_VALUES)[number]["name"]
  | TableValueName
  | typeof BORDER_VALUE.name
  | typeof APPLICATION_VALUE.name;

/** Every named value. */
export const NAMED: readonly (NamedValue & { readonly name: NamedValueName })[] = [
  ...LEARNED_VALUES,
  BORDER_VALUE,
  APPLICATION_VALUE,
  ...TABLE_VALUES,
];

const BY_NAME: ReadonlyMap<string, NamedValue> = new Map(NAMED.map((row): [string, NamedValue] => [row.name, row]));

/** The row of a named value; undefined for a name that is not one. */
export function namedByName(name: string): NamedValue | undefined {
  return BY_NAME.get(name);
}

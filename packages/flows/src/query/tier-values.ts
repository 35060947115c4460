import type { ColumnName } from "../columns.ts";
import type { DerivedName } from "./derived.ts";
import type { Tier } from "./tier.ts";
import { columnsOfValue, type ValueName } from "./value-by-name.ts";

/** The columns that a roll-up with `servicePorts` has for some derived values only. */
export const SERVICE_PORTS = ["SrcPort", "DstPort"] as const satisfies readonly ColumnName[];
const SERVICE_VALUES: ReadonlySet<ValueName> = new Set<DerivedName>(["ServicePort", "Side"]);

type TierColumns = Pick<Tier, "columns" | "servicePorts">;

/** Whether a tier has a column as flows have it. */
export function hasColumn({ columns, servicePorts }: TierColumns, name: ColumnName): boolean {
  return columns.includes(name) && !(servicePorts && SERVICE_PORTS.some((port) => port === name));
}

/** Whether a value of flows is known from the rows of a tier. */
export function hasValue(tier: TierColumns, name: ValueName): boolean {
  if (tier.servicePorts && SERVICE_VALUES.has(name)) return true;
  return columnsOfValue(name).every((column) => hasColumn(tier, column));
}

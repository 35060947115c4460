import { rollUpsOf, type Tiers } from "@ngflow/flows";
import type { Day, LacksUntil } from "../ledger/ledger-file.ts";

/** The roll-ups of the first releases that had some, which did not write down which. */
export const FIRST_ROLL_UPS: LacksUntil = {
  "1m": null,
  "1h": null,
  "1h-src": null,
  "1h-dst": null,
  "1d": null,
};

/** The same, with the roll-ups that are not known yet. */
export function withTiers(known: LacksUntil, tiers: Tiers, lacksUntil: Day | null): LacksUntil {
  return Object.fromEntries(rollUpsOf(tiers).map(({ name }) => [name, name in known ? known[name]! : lacksUntil]));
}

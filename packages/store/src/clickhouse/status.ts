import type { StoreStatus, Tier, Tiers, TierStatus } from "@ngflow/flows";
import { partsOf } from "./parts.ts";
import { freeBytes, type QuotaLimits } from "./quota.ts";
import type { SqlClient } from "./sql-client.ts";

/** What the tables have, next to the limits that apply. */
export async function tablesStatus(
  client: SqlClient,
  tiers: Tiers,
  keepDays: (tier: Tier) => number,
  { maxBytes, minFreeBytes }: QuotaLimits,
): Promise<Pick<StoreStatus, "tiers" | "maxBytes" | "minFreeBytes" | "freeBytes">> {
  const found: TierStatus[] = [];
  for (const tier of tiers) found.push(await tierStatus(client, tier, keepDays(tier)));
  return { tiers: found, maxBytes, minFreeBytes, freeBytes: await freeBytes(client) };
}

async function tierStatus(client: SqlClient, tier: Tier, keepDays: number): Promise<TierStatus> {
  const parts = (await partsOf(client, tier)).filter((part) => part.rows > 0);
  let [rows, bytes] = [0, 0];
  for (const part of parts) {
    rows += part.rows;
    bytes += part.bytes;
  }
  return {
    name: tier.name,
    keepDays,
    from: parts[0]?.day ?? null,
    to: parts.at(-1)?.day ?? null,
    rows,
    bytes,
    bytesPerRow: rows === 0 ? null : Math.round((bytes / rows) * 100) / 100,
  };
}

import type { ClusterStatus, StoreServer, StoreStatus, Tier, Tiers, TierStatus } from "@ngflow/flows";
import { partsOf } from "./parts.ts";
import { clusterStatus } from "./cluster-status.ts";
import type { KeepLimits } from "../ledger/ledger-file.ts";
import { CAPABILITIES, type ServerFacts } from "./capabilities.ts";
import { freeBytes } from "./quota.ts";
import type { ServerPlace, SqlClient } from "./sql-client.ts";

/** What the tables have, next to the limits that apply. */
export async function tablesStatus(
  client: SqlClient,
  tiers: Tiers,
  keepDays: (tier: Tier) => number,
  { addressDays = 0, maxBytes, minFreeBytes }: KeepLimits,
): Promise<Pick<StoreStatus, "tiers" | "addressDays" | "maxBytes" | "minFreeBytes" | "freeBytes">> {
  const found: TierStatus[] = [];
  for (const tier of tiers) found.push(await tierStatus(client, tier, keepDays(tier)));
  return { tiers: found, addressDays, maxBytes, minFreeBytes, freeBytes: await freeBytes(client) };
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

/** The server of a store. @throws SqlError. */
export async function serverStatus(
  client: SqlClient,
  { url }: ServerPlace,
  { version, has, cluster }: ServerFacts,
): Promise<StoreServer> {
  const lacks = Object.entries(CAPABILITIES).flatMap(([name, { without }]) =>
    without === null || has.has(name as keyof typeof CAPABILITIES) ? [] : [without],
  );
  const shards: ClusterStatus | null = cluster === undefined ? null : await clusterStatus(client, cluster);
  return { url, version, lacks, cluster: shards };
}

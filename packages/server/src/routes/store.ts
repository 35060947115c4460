import { z } from "@hono/zod-openapi";
import type { StoreStatus } from "@ngflow/flows";
import type { SourceRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

const day = z.string().openapi({ description: "Day received, UTC.", example: "2026-01-02" });
const limit = (description: string) => z.number().openapi({ description: `${description}; 0 is no limit.` });

const TierSchema = z.object({
  name: z.string(),
  keepDays: z.number().int().openapi({ description: "Days a row is kept after it was received; 0 is forever." }),
  from: day.nullable(),
  to: day.nullable(),
  rows: z.number().int(),
  bytes: z.number().int().openapi({ description: "Bytes on disk." }),
  bytesPerRow: z.number().nullable(),
});

const RemovedSchema = z.object({
  tier: z.string(),
  day,
  rows: z.number().int(),
  rule: z.enum(["age", "quota"]).openapi({
    description: "age: older than the retention. quota: the store was too large, or the disk too full.",
  }),
  time: z.string().openapi({ description: "ISO 8601 UTC." }),
});

const counted = (description: string) => z.number().nullable().openapi({ description });

const ShardSchema = z.object({
  shard: z.number().int(),
  rows: counted("Flows; null if no replica answers."),
  bytes: counted("Bytes on disk of one replica."),
  replicas: z.number().int(),
  replicasActive: counted("Replicas that are connected to the keeper."),
  queue: counted("Parts to fetch and to merge."),
  delaySeconds: counted("Seconds that the replica that answers is behind."),
});

const ClusterSchema = z.object({
  name: z.string(),
  shardBy: z.enum(["flow", "exporter"]).openapi({ description: "By what flows are divided among the shards." }),
  shards: z.array(ShardSchema),
});

const ServerSchema = z.object({
  url: z.string().openapi({ example: "clickhouse://ngflow@db.example.net:8123/ngflow" }),
  version: z.string(),
  lacks: z.array(z.string()).openapi({ description: "What there is not because the server cannot do it." }),
  cluster: ClusterSchema.nullable().openapi({ description: "Null for one server." }),
});

const CollectorSchema = z.object({
  name: z.string().openapi({ description: "Empty for the collector without a name." }),
  owner: z.string().nullable().openapi({ description: "Id of its data directory." }),
  seenSeconds: z.number().int().openapi({ description: "Seconds since it wrote this." }),
  rows: z.number().int().openapi({ description: "Flows that its tables have." }),
  bytes: z.number().int().openapi({ description: "Bytes on disk of all its tables." }),
  from: z.string().nullable().openapi({ description: "The oldest day that has flows; null without flows." }),
  to: z.string().nullable().openapi({ description: "The newest." }),
  rowsWaiting: counted("Rows in its spool that are not stored yet."),
  bytesWaiting: counted("Their bytes."),
  lagSeconds: counted("Seconds that the oldest of them has waited; null if none waits."),
});

const StoreSchema = schemaOf<StoreStatus>()(
  z
    .object({
      server: ServerSchema.nullable().openapi({ description: "Null for the embedded database." }),
      collectors: z.array(CollectorSchema).openapi({ description: "Those that have tables in the server's database." }),
      tiers: z.array(TierSchema).openapi({ description: "The flows, and their sums by time." }),
      addressDays: z
        .number()
        .int()
        .openapi({ description: "Days that addresses of hosts are kept; 0 is as long as their rows." }),
      maxBytes: limit("Most bytes of all tiers"),
      minFreeBytes: limit("Least bytes free on the disk"),
      freeBytes: z.number().int().nullable().openapi({ description: "Null where a server does not say." }),
      rowsWaiting: z.number().int().openapi({ description: "Rows in the spool that are not stored yet." }),
      waitingSeconds: counted("Seconds that the oldest of them has waited; null if none waits."),
      spoolMaxAgeSeconds: limit("Longest time in seconds that a row waits there"),
      rowsDroppedWaiting: z.number().int().openapi({ description: "Rows dropped, ever, because they waited longer." }),
      rowsMissing: z.number().int().openapi({ description: "Rows that were stored and cannot be read." }),
      rowsSetAside: z
        .number()
        .int()
        .openapi({ description: "Rows of block files that were set aside as damaged, or disappeared, before that." }),
      removed: z.array(RemovedSchema).openapi({ description: "The last days that were removed, newest first." }),
    })
    .openapi("Store"),
);

export const store = {
  summary: "What the store keeps, its limits, and what it removed",
  answer: StoreSchema,
  absent: "a store",
  description: "The tiers with their retention, size and range, and the limits of the store.",
} as const satisfies SourceRoute<unknown>;

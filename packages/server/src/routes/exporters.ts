import { z } from "@hono/zod-openapi";
import type { ExporterStatus } from "@ngflow/flows";
import type { SourceRoute } from "./route.ts";
import { schemaOf } from "./same-shape.ts";

const utc = z.string().openapi({ description: "ISO 8601 UTC.", example: "2026-01-02T03:04:05.000Z" });

const TemplateSchema = z.object({
  id: z.number().int(),
  kind: z.enum(["flow", "options"]),
  refreshed: utc,
  fields: z.array(z.string()),
});

const ExporterSchema = z.object({
  address: z.string(),
  agent: z.exactOptional(z.string()).openapi({
    description: "Address that the exporter gives for itself, or that records of `address` give for theirs, if any.",
  }),
  port: z.number().int().openapi({ description: "Source port; 0 when known from the state file only." }),
  transport: z.enum(["udp", "tcp", "tls", "file"]).openapi({ description: "How it sends its flows." }),
  protocol: z.string().openapi({ description: "Name of the export protocol, such as v9 or ipfix." }),
  version: z.number().int().openapi({ description: "Version number in the protocol's header; 10 for IPFIX." }),
  domain: z.number().int(),
  firstSeen: utc,
  lastSeen: utc,
  datagrams: z.number().int(),
  records: z.number().int(),
  malformed: z.number().int(),
  recordsLimited: z
    .number()
    .int()
    .openapi({ description: "Records that were not decoded because the store was short of room." }),
  setsDropped: z.number().int().openapi({ description: "Sets dropped because their template did not come." }),
  recordsLost: z.number().int(),
  sequenceGaps: z.number().int(),
  sequenceResets: z.number().int(),
  datagramsReordered: z.number().int(),
  sequenceModel: z.string().nullable().openapi({ description: "What the sequence numbers count; null for none." }),
  samplingRate: z.number().openapi({ description: "One packet in this many is sampled." }),
  samplingSource: z.enum(["none", "header", "options"]),
  samplers: z.record(z.string(), z.number()).openapi({ description: "Sampling rates by sampler id." }),
  activeTimeout: z.exactOptional(z.number().int()).openapi({
    description: "Seconds after which it reports a flow that goes on, as its options say (IE 36); absent otherwise.",
  }),
  clockSkewMs: z.number().openapi({ description: "Exporter's clock minus the collector's." }),
  clock: z.enum(["right", "wrong", "old"]).openapi({
    description: "wrong: its flows are placed by their arrival; old: as of a recording, its flows keep their times.",
  }),
  warnings: z.array(z.string()).openapi({ description: "What is wrong with the exporter, one sentence each." }),
  templates: z.array(TemplateSchema),
  missingTemplates: z
    .array(z.object({ id: z.number().int(), sets: z.number().int(), bytes: z.number().int(), since: utc }))
    .openapi({ description: "Templates that have not arrived and that data waits for." }),
});

const ExportersSchema = schemaOf<{ readonly exporters: readonly ExporterStatus[] }>()(
  z.object({ exporters: z.array(ExporterSchema) }).openapi("Exporters"),
);

export const exporters = {
  summary: "The exporters the collector has received from",
  answer: ExportersSchema,
  description: "One entry per exporter and observation domain.",
} as const satisfies SourceRoute<unknown>;

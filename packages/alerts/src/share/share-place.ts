import { z } from "zod";

/** A database that several servers share. */
export interface SharePlace {
  readonly url: string;
  readonly passwordFile?: string | undefined;
  readonly caFile?: string | undefined;
}

/** The keys of such a database. */
export const shareSchema = z
  .strictObject({
    url: z
      .url({
        protocol: /^clickhouse(\+https)?$/,
        message: "not an address such as clickhouse://ngflow@192.0.2.9:8123/alerts",
      })
      .refine((url) => !/^[^/]*[/]{2}[^/@]*:[^/@]*@/.test(url), { message: "has a password; use password-file" })
      .meta({ description: "Database that all of them share: clickhouse://USER@HOST:8123/DATABASE." }),
    "password-file": z.string().min(1).optional(),
    "ca-file": z.string().min(1).optional(),
  })
  .meta({ description: "Several servers with the same settings: one of them judges and sends." });

/** The place that the keys name. */
export function sharePlace(given: z.output<typeof shareSchema>): SharePlace {
  return { url: given.url, passwordFile: given["password-file"], caFile: given["ca-file"] };
}

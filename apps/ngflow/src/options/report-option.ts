import { durationField, mailSchema, sharePlace, shareSchema } from "@ngflow/alerts";
import { parseFilter, zoneByName } from "@ngflow/flows";
import { Option } from "commander";
import { z } from "zod";
import { REPORT_FORMS, type ReportForm } from "../report/forms.ts";
import { PERIODS } from "../report/timer/periods.ts";
import { OptionsError } from "./errors.ts";
import { listOption } from "./list-option.ts";

const MOST_REPORTS = 50;
const DAY_MS = 86_400_000;

export const reportsOption = (): Option =>
  new Option("--reports <file>", "YAML file of reports that are made every day, week or month");

const reportSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, "lower-case letters, digits, - and _"),
  every: z.enum(PERIODS).meta({ description: "A week begins on Monday." }),
  zone: z
    .string()
    .default("UTC")
    .refine((text) => zoneByName(text) !== undefined, { message: "not a zone of the tz database" })
    .transform((text) => zoneByName(text) ?? text)
    .meta({ description: "Zone of the tz database in which days begin." }),
  after: durationField(DAY_MS, 0).default(900_000).meta({ description: "How long after its end a report is made." }),
  format: z.enum(Object.keys(REPORT_FORMS) as [ReportForm, ...ReportForm[]]).default("html"),
  filter: z
    .string()
    .default("")
    .superRefine((text, context) => {
      try {
        parseFilter(text);
      } catch (error) {
        context.addIssue({ code: "custom", message: (error as Error).message });
      }
    }),
  top: z.int().min(1).max(100).default(10).meta({ description: "Rows of each table." }),
  directory: z
    .string()
    .startsWith("/", "not an absolute path")
    .optional()
    .meta({ description: "Where the files are; by default reports/ of the data directory." }),
  share: shareSchema
    .transform(sharePlace)
    .optional()
    .meta({ description: "Several servers with the same report: one of them makes and mails it." }),
  mail: mailSchema.optional().meta({ description: "The keys of an e-mail channel of alerts, without type." }),
});

const list = listOption({
  key: "reports",
  invalid: (faults) => new OptionsError("reports-invalid", faults),
  of: reportSchema,
  most: MOST_REPORTS,
});

/** A report that a timer makes. */
export type TimedReport = z.output<typeof reportSchema>;

/** The key `reports` of a configuration: the name of a file, or what the file would have. */
export const reportsSetting = list.setting;

/** JSON Schema of the reports. */
export const reportsJsonSchema = (): object => list.jsonSchema();

interface ReportsOptions {
  readonly reports?: unknown;
}

/** The reports of a daemon. @throws OptionsError `file-unreadable`, `config-syntax`, `reports-invalid` */
export const reportsConfig = ({ reports }: ReportsOptions): readonly TimedReport[] => list.read(reports);

/** The files that reports read, with that which names the others. */
export function reportsFiles(options: ReportsOptions): string[] {
  return [...list.files(options.reports), ...reportsConfig(options).flatMap(filesOf)];
}

/** The files of one report that hold what nobody else may read. */
function filesOf({ mail, share }: TimedReport): readonly string[] {
  return [mail?.["password-file"], share?.passwordFile, share?.caFile].filter((file) => file !== undefined);
}

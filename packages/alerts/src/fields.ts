import { dimensionByName, FilterError, MAX_DIMENSIONS, parseDuration, parseFilter } from "@ngflow/flows";
import { z } from "zod";

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** The number that a text such as `100M`, `1.5G` or `250` is; undefined for other text. */
export function parseAmount(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?([kMGT]?)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNITS[unit ?? ""]!;
}

/** A number of 0 or more, as a number or as a text with a decimal unit: `100M`. */
export const amount = z
  .union([z.number().min(0), z.string()])
  .transform((value, context) => {
    const number = typeof value === "number" ? value : parseAmount(value);
    if (number === undefined || !Number.isFinite(number))
      context.addIssue({ code: "custom", message: "not a number such as 250, 100M or 1.5G" });
    return number ?? Number.NaN;
  })
  .meta({ description: "A number, or one with k, M, G or T: 100M." });

/** A share: `80%` or 0.8. */
export const share = z
  .union([z.number().min(0), z.string()])
  .transform((value, context) => {
    const text = typeof value === "number" ? value : /^(\d+(?:\.\d+)?) ?%$/.exec(value)?.[1];
    const number = typeof text === "string" ? Number(text) / 100 : text;
    if (number === undefined || number > 10)
      context.addIssue({ code: "custom", message: "not a share such as 80% or 0.8" });
    return number ?? Number.NaN;
  })
  .meta({ description: "A share: 80% or 0.8." });

/** A time as a text such as `10m`, in milliseconds; whole seconds. */
export function duration(mostMs: number, leastMs = 0) {
  return z
    .string()
    .transform((text, context) => {
      const ms = text === "0" ? 0 : parseDuration(text);
      if (ms === undefined || ms % 1000 !== 0)
        context.addIssue({ code: "custom", message: "not a time in whole seconds such as 30s, 5m, 2h or 7d" });
      else if (ms < leastMs || ms > mostMs)
        context.addIssue({ code: "custom", message: `not between ${leastMs / 1000} and ${mostMs / 1000} seconds` });
      return ms ?? 0;
    })
    .meta({ description: "A time such as 30s, 5m, 2h or 7d." });
}

/** A filter of flows; refused where it does not parse. */
export const filterText = z
  .string()
  .max(10_000)
  .superRefine((text, context) => {
    try {
      parseFilter(text);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  });

/** A dimension by its name in any case. */
export const dimension = z.string().transform((name, context) => {
  const found = dimensionByName(name);
  if (typeof found !== "string") return found.name;
  context.addIssue({ code: "custom", message: found });
  return name;
});

export const dimensions = z.array(dimension).max(MAX_DIMENSIONS - 1);

/** A name in addresses and files: lower-case letters, digits and hyphens. */
export const plainName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, "lower-case letters, digits and hyphens, at most 64");

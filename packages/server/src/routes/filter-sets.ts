import { z } from "@hono/zod-openapi";
import { SETS_PATHS } from "./index.ts";

/** Bytes of a body with texts of files, at most: a file of the largest size, and what JSON adds. */
export const SETS_BODY_MAX = 5 * 2 ** 20;

/** The body of a question whose filter names files. */
export const SetsSchema = z
  .object({
    sets: z.record(z.string().max(4096), z.string()).openapi({
      description: "By NAME, the text of the file that the filter names as @NAME: values, as on the command line.",
    }),
  })
  .openapi("FilterSets");

/** Whether a request brings texts of files. */
export function bringsSets(method: string, path: string): boolean {
  return method === "POST" && SETS_PATHS.some((asked) => path === `/api/v1${asked}`);
}

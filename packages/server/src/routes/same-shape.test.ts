import { z } from "@hono/zod-openapi";
import { expect, test } from "vitest";
import { schemaOf } from "./same-shape.ts";

interface Reading {
  readonly name: string;
  readonly values: readonly { readonly atMs: number; readonly unit?: string }[];
}

const value = z.object({ atMs: z.number(), unit: z.string().optional() });

test("a schema of the same shape is taken as it is; any other does not compile", () => {
  const schema = z.object({ name: z.string(), values: z.array(value) });
  expect(schemaOf<Reading>()(schema)).toBe(schema);

  // @ts-expect-error a property is missing
  schemaOf<Reading>()(z.object({ name: z.string() }));
  // @ts-expect-error a property is too many
  schemaOf<Reading>()(schema.extend({ more: z.number() }));
  // @ts-expect-error a property has another type
  schemaOf<Reading>()(schema.extend({ name: z.number() }));
  // @ts-expect-error an optional property is missing, inside a list
  schemaOf<Reading>()(schema.extend({ values: z.array(value.omit({ unit: true })) }));
  // @ts-expect-error a property may be null
  schemaOf<Reading>()(schema.extend({ name: z.string().nullable() }));
});

import type { z } from "@hono/zod-openapi";

/** `T` with every property readonly and required, at every level, so that a missing optional property is found. */
type Whole<T> = T extends string | number | boolean | null | undefined
  ? T
  : { readonly [K in keyof T]-?: Whole<Exclude<T[K], undefined>> };

type Same<A, B> = [Whole<A>] extends [Whole<B>] ? ([Whole<B>] extends [Whole<A>] ? true : false) : false;

/**
 * `schema` as the schema of `T`, an interface that must live in a package without zod. It does not compile when the two
 * differ in a property or in its type.
 *
 * @example
 * const PipelineSchema = schemaOf<Pipeline>()(z.object({ … }));
 */
export function schemaOf<T>() {
  return <S extends z.ZodType>(schema: S & (Same<z.output<S>, T> extends true ? unknown : never)): z.ZodType<T> =>
    schema as unknown as z.ZodType<T>;
}

import { nearest } from "@ngflow/flows";
import { z } from "zod";
import { contentOf } from "./named-file.ts";

interface ListOptionDeps<T extends z.ZodRawShape> {
  /** The key of the configuration. */
  readonly key: "reports" | "metrics";
  /** The error of a list with faults, a line each. */
  readonly invalid: (faults: string) => Error;
  /** One of the list, which has a `name`. */
  readonly of: z.ZodObject<T>;
  readonly most: number;
}

/** An option whose value is a list, or the name of a file that has it. */
export interface ListOption<Item> {
  /** The key of a configuration: the name of a file, or what the file would have. */
  readonly setting: z.ZodType<unknown>;
  /** JSON Schema of the list. */
  jsonSchema(): object;
  /**
   * The list; empty without a value.
   *
   * @throws OptionsError `file-unreadable`, `config-syntax` and that of the option.
   */
  read(value: unknown): readonly Item[];
  /** The file that has the list, if there is one. */
  files(value: unknown): string[];
}

/** Makes such an option. */
export function listOption<T extends z.ZodRawShape>({
  key,
  invalid,
  of,
  most,
}: ListOptionDeps<T>): ListOption<z.output<z.ZodObject<T>>> {
  type Item = z.output<z.ZodObject<T>>;
  const schema = z
    .array(of)
    .max(most)
    .refine((items) => new Set(items.map((item) => (item as { name?: unknown }).name)).size === items.length, {
      message: "a name is twice",
    });
  /** Everything that is wrong with a list, a line each. */
  const parsed = (value: unknown): { readonly items: readonly Item[]; readonly problems: readonly string[] } => {
    const result = schema.safeParse(value);
    if (result.success) return { items: result.data, problems: [] };
    const problems = result.error.issues.flatMap((issue) => {
      const where = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
      if (issue.code !== "unrecognized_keys") return [`${where === "" ? "" : `${where}: `}${issue.message}`];
      return issue.keys.map((unknown) => {
        const meant = nearest(unknown, Object.keys(of.shape));
        return `${where}.${unknown}: no such key${meant === undefined ? "" : `; did you mean ${meant}?`}`;
      });
    });
    return { items: [], problems };
  };
  return {
    setting: z.unknown().check(({ value, issues }) => {
      if (typeof value === "string") return;
      for (const problem of parsed(value).problems) issues.push({ code: "custom", input: value, message: problem });
    }),
    jsonSchema() {
      const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
      return json;
    },
    read(value) {
      if (value === undefined) return [];
      const file = typeof value === "string" ? value : undefined;
      const { items, problems } = parsed(file === undefined ? value : contentOf(key, file));
      if (problems.length === 0) return items;
      throw invalid(problems.map((problem) => `${file ?? key}: ${problem}`).join("\n"));
    },
    files: (value) => (typeof value === "string" ? [value] : []),
  };
}

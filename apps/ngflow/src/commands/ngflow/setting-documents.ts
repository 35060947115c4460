import { alertsJsonSchema } from "@ngflow/alerts";
import { metricsJsonSchema } from "../../options/metrics-option.ts";
import { reportsJsonSchema } from "../../options/report-option.ts";
import { wrapText } from "../../output/wrap-text.ts";
import { z } from "zod";
import { type SettingKey, SETTING_KEYS, SETTINGS, settingsSchema } from "../../options/settings.ts";
import { RELOADABLE } from "../../reload/reloadable.ts";
import type { SettingText } from "./setting-texts.ts";

/** Keys that name a file, or have what it would have. */
const INLINE: Readonly<Partial<Record<SettingKey, () => object>>> = {
  alerts: alertsJsonSchema,
  metrics: metricsJsonSchema,
  reports: reportsJsonSchema,
};

type Texts = ReadonlyMap<SettingKey, SettingText>;

const WIDTH = 80;

/** JSON Schema of the configuration file, for editors. */
export function settingsJsonSchema(texts: Texts): object {
  const { properties, ...schema } = z.toJSONSchema(settingsSchema, { io: "input" }) as {
    readonly properties: Record<string, object>;
  };
  return {
    ...schema,
    title: "ngflow.yaml",
    properties: Object.fromEntries(
      SETTING_KEYS.map((key) => [
        key,
        {
          description: texts.get(key)?.text,
          ...(key in INLINE ? { anyOf: [{ type: "string" }, INLINE[key]!()] } : properties[key]),
        },
      ]),
    ),
  };
}

/** What a key takes, in words. */
function kindOf(key: SettingKey): string {
  const {
    type,
    enum: words,
    anyOf,
    minimum,
    maximum,
  } = z.toJSONSchema(SETTINGS[key], { io: "input" }) as {
    readonly type?: string;
    readonly enum?: readonly string[];
    readonly anyOf?: readonly { readonly const?: string; readonly minimum?: number; readonly maximum?: number }[];
    readonly minimum?: number;
    readonly maximum?: number;
  };
  if (words !== undefined) return words.join(" or ");
  if (anyOf !== undefined) return anyOf.map((each) => each.const ?? `${each.minimum} to ${each.maximum}`).join(", or ");
  if (type === "integer") return `${minimum} to ${maximum}`;
  if (type === undefined) return "file, or what it has";
  return type === "array" ? "list of texts" : type === "boolean" ? "true or false" : "text";
}

/** An empty value of the kind, to write over. */
const emptyOf = (key: SettingKey): string => (kindOf(key) === "list of texts" ? "[]" : "");

/** A configuration file with every key, each in a comment with what it means: whoever wants one takes the `#` away. */
export function settingsTemplate(texts: Texts): string {
  const keys = SETTING_KEYS.map((key) => {
    const { text, verbs } = texts.get(key)!;
    const said = wrapText(`${text}. Of: ${verbs.join(", ")}.`, WIDTH, "# ");
    return [...said, `#${key}: ${emptyOf(key)}`.trimEnd()].join("\n");
  });
  const head = [
    "# Configuration of ngflow. A key is the name of an option; options on the",
    "# command line and variables of the environment (NGFLOW_KEEP=90d) come before it.",
  ];
  return `${head.join("\n")}\n\n${keys.join("\n\n")}\n`;
}

const reloadable: ReadonlySet<string> = new Set(RELOADABLE);

/**
 * A row for each key: the key, what it takes, what it means, the daemons that take it, whether a reload takes it over.
 */
export function settingRows(texts: Texts): readonly (readonly string[])[] {
  return SETTING_KEYS.map((key) => {
    const { text, verbs } = texts.get(key)!;
    return [`\`${key}\``, kindOf(key), text, verbs.join(", "), reloadable.has(key) ? "yes" : ""];
  });
}

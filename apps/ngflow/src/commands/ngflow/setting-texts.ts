import { Command } from "commander";
import { optionName, type SettingKey, SETTING_KEYS } from "../../options/settings.ts";

/** The daemons; their options are the settings. */
const DAEMONS = {
  up: () => import("./verbs/up.ts"),
  demo: () => import("./verbs/demo.ts"),
  serve: () => import("./verbs/serve.ts"),
  collect: () => import("./verbs/collect.ts"),
  graph: () => import("./verbs/graph.ts"),
};

/** What a setting means, and the daemons that take it. */
export interface SettingText {
  readonly text: string;
  readonly verbs: readonly string[];
}

/** The texts of all settings, from the help of the options that they are. @throws Error for a key without an option. */
export async function settingTexts(): Promise<ReadonlyMap<SettingKey, SettingText>> {
  const found = new Map<string, { text: string; verbs: string[] }>();
  for (const [daemon, load] of Object.entries(DAEMONS)) {
    const command = (await load()).define(new Command(daemon));
    for (const { long, description, hidden } of command.options) {
      if (long === undefined || long === null || hidden) continue;
      const name = long.replace(/^--(no-)?/, "");
      const known = found.get(name) ?? { text: description, verbs: [] };
      known.verbs.push(daemon);
      found.set(name, known);
    }
  }
  return new Map(
    SETTING_KEYS.map((key) => {
      const text = found.get(optionName(key));
      if (text === undefined) throw new Error(`the setting ${key} is no option of a daemon`);
      return [key, text];
    }),
  );
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Messages of a node type that set something, for trying settings: the file `<type>/<type>.settings`. */
export interface SettingMessages {
  /** Hooks that the node needs; undefined for any one. */
  readonly hooks: readonly string[] | undefined;
  readonly messages: readonly (readonly [command: string, args: string])[];
}

const TYPES = join(import.meta.dirname, "..");

/** The setting messages of a type; none where its folder has no such file. */
export function settingMessages(type: string): SettingMessages {
  const file = join(TYPES, type, `${type}.settings`);
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const rows = lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => [line.split(" ", 1)[0]!, line.replace(/^\S+ ?/, "")] as const);
  const hooks = rows.find(([command]) => command === "hooks")?.[1].split(" ");
  return { hooks, messages: rows.filter(([command]) => command !== "hooks") };
}

/** Types whose folder has such a file. */
export function typesWithSettings(): string[] {
  return readdirSync(TYPES).filter((folder) => existsSync(join(TYPES, folder, `${folder}.settings`)));
}

import { createHash } from "node:crypto";
import type { Log } from "@ngflow/base";
import { type AlertsConfig, type DefinedRule, MOST_RULES, readRule } from "./config.ts";
import { AlertsError } from "./errors.ts";
import type { AlertFiles, SavedRule } from "./files/alert-files.ts";
import type { RuleRefusal, RuleStatus } from "./service.ts";

interface SavedDefined extends DefinedRule, Omit<SavedRule, "definition"> {}

/** The rules of the configuration and those of the console; of the same name, that of the configuration counts. */
export class RuleBook {
  readonly #channels: readonly string[];
  readonly #configured: ReadonlyMap<string, DefinedRule>;
  readonly #saved = new Map<string, SavedDefined>();
  readonly #files: AlertFiles;
  readonly #log: Log;

  constructor({ rules, channels }: AlertsConfig, files: AlertFiles, log: Log) {
    this.#channels = Object.keys(channels);
    this.#configured = new Map(rules.map((each) => [each.rule.name, each]));
    this.#files = files;
    this.#log = log;
    this.load();
  }

  /** Reads the rules of the console again. */
  load(): void {
    this.#saved.clear();
    for (const [name, saved] of Object.entries(this.#files.rules())) {
      try {
        const { definition, ...rest } = saved;
        this.#saved.set(name, { ...readRule(definition), ...rest });
      } catch (error) {
        this.#log.warn({ rule: name, err: (error as Error).message }, "a saved alert rule cannot be read");
      }
    }
  }

  all(): readonly DefinedRule[] {
    const saved = [...this.#saved.values()].filter(({ rule }) => !this.#configured.has(rule.name));
    return [...this.#configured.values(), ...saved];
  }

  of(name: string): DefinedRule | null {
    return this.#configured.get(name) ?? this.#saved.get(name) ?? null;
  }

  statusOf(name: string, run: Pick<RuleStatus, "judgedMs" | "fault" | "waitsFor">): RuleStatus | null {
    const configured = this.#configured.get(name);
    if (configured !== undefined) {
      const { definition } = configured;
      return { name, definition, source: "configuration", version: null, changed: null, by: null, ...run };
    }
    const saved = this.#saved.get(name);
    if (saved === undefined) return null;
    const { definition, version, changed, by } = saved;
    return { name, definition, source: "console", version, changed, by, ...run };
  }

  /** @throws AlertsError `alert-rule` */
  save(
    definition: object,
    { expected, by, nowMs }: { readonly expected: string | null; readonly by: string | null; readonly nowMs: number },
  ): "saved" | RuleRefusal {
    const read = readRule(definition);
    const { name, notify = [] } = read.rule;
    const unknown = notify.find((channel) => !this.#channels.includes(channel));
    if (unknown !== undefined) throw new AlertsError("alert-rule", `notify: no channel ${unknown}`);
    if (this.#configured.has(name)) return "of-configuration";
    if ((this.#saved.get(name)?.version ?? null) !== expected) return "conflict";
    if (expected === null && this.#saved.size >= MOST_RULES) return "full";
    const changed = new Date(nowMs).toISOString();
    const version = createHash("sha256")
      .update(JSON.stringify([definition, changed]))
      .digest("hex")
      .slice(0, 24);
    this.#keep(new Map(this.#saved).set(name, { ...read, version, changed, by }));
    return "saved";
  }

  remove(name: string, expected: string): "removed" | "absent" | RuleRefusal {
    if (this.#configured.has(name)) return "of-configuration";
    const saved = this.#saved.get(name);
    if (saved === undefined) return "absent";
    if (saved.version !== expected) return "conflict";
    const rest = new Map(this.#saved);
    rest.delete(name);
    this.#keep(rest);
    return "removed";
  }

  #keep(saved: ReadonlyMap<string, SavedDefined>): void {
    const rows = [...saved].map(([name, { definition, version, changed, by }]) => [
      name,
      { definition, version, changed, by },
    ]);
    this.#files.keepRules(Object.fromEntries(rows));
    this.#saved.clear();
    for (const [name, each] of saved) this.#saved.set(name, each);
  }
}

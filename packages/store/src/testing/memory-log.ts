import type { Log } from "@ngflow/base";

/** A line of a log. */
export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly fields: object;
  readonly message: string;
}

/** A log that keeps its lines. */
export function memoryLog(): { readonly log: Log; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine["level"]) =>
    (fields: object, message: string): void =>
      void lines.push({ level, fields, message });
  return { log: { info: at("info"), warn: at("warn"), error: at("error") }, lines };
}

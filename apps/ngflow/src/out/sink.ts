import { OutError } from "./errors.ts";

/** Flows of a request that was taken, which the destination left out: they are not sent again. */
export interface Refused {
  readonly flows: number;
  readonly reason: string;
}

/** Takes lines of JSON. */
export interface LineSink {
  /** Most bytes that it takes at once; absent: any number. */
  readonly mostBytes?: number;
  /** Resolves when the lines were taken. After a failure they are given again. @throws OutError `out-failed` */
  send(lines: string, signal: AbortSignal): Promise<Refused | undefined>;
  close(): Promise<void>;
}

/** Longest time until lines are taken. */
export const SEND_MS = 30_000;

export const failed = (reason: string, cause?: unknown): OutError => new OutError("out-failed", reason, { cause });
export const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

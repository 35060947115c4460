import { systemReason } from "../output/system-reason.ts";
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
  /**
   * Resolves when the lines were taken. After a failure they are given again, after a refusal in smaller requests.
   *
   * @throws OutError `out-failed`, `out-refused`.
   */
  send(lines: string, signal: AbortSignal): Promise<Refused | undefined>;
  close(): Promise<void>;
}

/** Longest time until lines are taken. */
export const SEND_MS = 30_000;

export const failed = (reason: string, cause?: unknown): OutError => new OutError("out-failed", reason, { cause });
/** For what is in them, so that the same lines would be refused again. */
export const refusedFor = (reason: string): OutError => new OutError("out-refused", reason);
/** Why something could not be sent, in words where the system has some. */
export function reasonOf(error: unknown): string {
  const { errno, code } = error as NodeJS.ErrnoException;
  return errno === undefined && code !== undefined ? code : systemReason(error);
}

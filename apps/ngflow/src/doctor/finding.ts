import type { ApiAnswer, ApiParams, ApiPath } from "@ngflow/server/client";

/** `ok`; `warning`: it works, and may not always; `fault`: it does not work. */
export type FindingState = "ok" | "warning" | "fault";

/** What a check found. */
export interface Finding {
  readonly state: FindingState;
  readonly text: string;
  /** The command or the step that mends it. */
  readonly mend?: string;
}

/** What checks look at besides the machine. */
export interface Patient {
  readonly dataDirectory: string;
  /** Address of the server that has the directory open; null if none runs. */
  readonly url: string | null;
  /** An answer of that server; null if none runs, it refuses, or it has no such part. */
  ask<P extends ApiPath>(path: P, params?: ApiParams<P>): Promise<ApiAnswer<P> | null>;
}

/** A part of the machine or of ngflow that is looked at. */
export interface Check {
  readonly name: string;
  /** Resolves to an empty list where there is nothing to look at. */
  readonly look: (patient: Patient) => readonly Finding[] | Promise<readonly Finding[]>;
}

export const ok = (text: string): Finding => ({ state: "ok", text });
export const warning = (text: string, mend: string): Finding => ({ state: "warning", text, mend });
export const fault = (text: string, mend: string): Finding => ({ state: "fault", text, mend });

import type { LearnedName } from "../learned-name.ts";
import type { ValueName } from "../query/value-by-name.ts";
import type { ColouredToken, TextPart } from "./scan-filter.ts";

/** Most characters before the place, most completions of an answer, and how many without a limit. */
export const MAX_COMPLETIONS = 400;
/** Completions of an answer that names no number. */
export const DEFAULT_COMPLETIONS = 50;

/** What may be completed in a filter. */
export const COMPLETION_KINDS = ["column", "operator", "keyword", "value"] as const;
export type CompletionKind = (typeof COMPLETION_KINDS)[number];

/** Something that may be written at a place of a filter. */
export interface Completion {
  /** As it is written, in quotes where the language needs them. */
  readonly text: string;
  readonly kind: CompletionKind;
  /** What it is: the label of a column, what an operator tests, the name of a value. */
  readonly detail?: string | undefined;
}

/** What may be written at a place of a filter, and which part of the text it replaces. */
export interface FilterCompletions extends TextPart {
  /** Best first. */
  readonly completions: readonly Completion[];
  /** The parts of the whole text in order, for colours. */
  readonly tokens: readonly ColouredToken[];
  /** Why the text as a whole is not a filter, and the offset where; null if it is one. */
  readonly problem: { readonly message: string; readonly position: number } | null;
  /** Values seen in the store are missing because they were not there in time; the same request has them later. */
  readonly partial: boolean;
}

/** What completions are made of besides the language itself. */
export interface CompletionSources {
  /** Values of a column in the store, those with most traffic first; undefined: not there in time. */
  seen(column: ValueName): Promise<readonly (string | number)[] | undefined>;
  /** Names that exporters sent for their numbers. */
  names(): Promise<readonly LearnedName[]>;
}

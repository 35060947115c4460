export { icmpTypeName } from "./query/icmp-types.ts";
export { serviceOf } from "./query/services.ts";
export { COMPARED_AROUND_MS, comparesFlows, DUPLICATES, type Duplicates, SAME_TIME_MS } from "./query/duplicates.ts";
export {
  type Audit,
  type AuditHop,
  auditOf,
  type AuditPart,
  AUDIT_VERDICTS,
  type AuditVerdict,
} from "./audit/balance.ts";
export { AUDIT_STEPS } from "./audit/steps.ts";
export { AUDIT_TERMS, type AuditReading, type AuditTerm, type AuditTerms } from "./audit/terms.ts";
export { type ColumnKind, type FlowColumn, KIND_BYTES, type Show } from "./column.ts";
export { columnByName } from "./column-by-name.ts";
export { type ColumnName, COLUMNS, type DimensionName } from "./columns.ts";
export { completeFilter, type CompletionRequest } from "./completion/complete-filter.ts";
export {
  type Completion,
  COMPLETION_KINDS,
  type CompletionSources,
  DEFAULT_COMPLETIONS,
  type FilterCompletions,
  MAX_COMPLETIONS,
} from "./completion/completion.ts";
export { readSeenValues, seenRange } from "./completion/seen-values.ts";
export { TOKEN_KINDS } from "./completion/scan-filter.ts";
export { FLOWS_ERRORS, FlowsError } from "./errors.ts";
export {
  DEFAULT_CLOCK_LIMIT_MS,
  type ExporterStatus,
  type ExporterTemplate,
  type MissingTemplate,
} from "./exporter-status.ts";
export { PROTOCOLS_WITH_PORTS } from "./names/application-value.ts";
export { BORDER_TEXTS } from "./names/border-value.ts";
export {
  type ApplicationKeys,
  type BorderKeys,
  type NameKeys,
  type NameLookup,
  SERIES,
  type TableKeys,
  TIME_BITS,
} from "./names/name-lookup.ts";
export type { ElementRegistry } from "./names/element-names.ts";
export { NAMED, namedByName, type NamedValueName } from "./names/named-value.ts";
export {
  type NameTable,
  type NameTables,
  type NameTexts,
  TABLE_FIELDS,
  TABLE_KINDS,
  type TableKind,
  VENDOR_BITS,
  vendorKey,
} from "./names/name-table.ts";
export { SOURCE_KINDS, type SourceKind, type SourceStatus } from "./names/source-status.ts";
export { type NameSources, NO_NAMES } from "./names/query-names.ts";
export { type LearnedName, NAME_KINDS, type NameKind } from "./learned-name.ts";
export { FlowBatch, type FlowColumns, type KindArray } from "./flow-batch.ts";
export { EXTRA_ROW_BYTES, EXTRA_ROW_VALUES, type ExtraElement } from "./extra/extra-element.ts";
export type { ExtraFields } from "./extra/extra-fields.ts";
export { NATIVE_EXTRA } from "./extra/encode-extra.ts";
export type { Entry } from "./query/entry.ts";
export { nearest } from "./query/nearest.ts";
export type { FlowSink } from "./flow-sink.ts";
export {
  DICTIONARY_INDEX,
  DICTIONARY_VERSION,
  DICTIONARY_WIDTHS,
  encodeNative,
  NATIVE_IPV4,
  NATIVE_TYPES,
  nativeDictionary,
  ROW_BYTES,
} from "./native.ts";
export { BlockMemory } from "./block-memory.ts";
export { TIME_RECEIVED_MS, TIMES_AGO } from "./native-times.ts";
export { HOP_OLD_MS, HOPS, type Pipeline, type PipelineHop, type PipelineTotals } from "./pipeline.ts";
export { AnswerTooLargeError, fittingBins, groupsOf, rowsOf } from "./query/answer-size.ts";
export {
  type AnswerRange,
  type Completeness,
  completenessOf,
  type KnownLosses,
  type Loss,
  LOSS_REASONS,
  type LossReason,
  type LostInBin,
} from "./losses/completeness.ts";
export { countByExporter, joinLostOf, type LostOf, lostOfText } from "./losses/by-exporter.ts";
export { type LossKeeper, type LossState, LossWatch, NOT_KEPT } from "./losses/loss-watch.ts";
export { askUnsettled, withTimeouts } from "./losses/unsettled.ts";
export { autoStepMs } from "./query/auto-step.ts";
export { displayValue, isoTime, jsonInteger, type MapValue } from "./query/display.ts";
export { SAMPLING } from "./sampling.ts";
export type {
  ClusterStatus,
  CollectorStatus,
  ForgottenCollector,
  RemovedDay,
  ShardStatus,
  StoreServer,
  StoreStatus,
  TierStatus,
} from "./store-status.ts";
export { TIME_SOURCE } from "./time-source.ts";
export { DERIVED, type DerivedName, DURATION_LIMITS, PACKET_SIZE_LIMITS } from "./query/derived.ts";
export { type ValueName, valueByName } from "./query/value-by-name.ts";
export { type FilterField, filterAliases, refusedNames } from "./query/fields.ts";
export { type Calendar, type CalendarDay, parseRangeWords, UTC_CALENDAR, type WordRange } from "./query/range-words.ts";
export { parseDuration } from "./query/duration.ts";
export { FilterError } from "./query/filter-error.ts";
export { FILTER_OPERATORS } from "./query/filter-operators.ts";
export { parseFilter } from "./query/filter.ts";
export type { FilterSets } from "./query/value-set.ts";
export {
  DEFAULT_FLOWS,
  DEFAULT_RANGE_MS,
  DEFAULT_TOP,
  MAX_BINS,
  MAX_DIMENSIONS,
  MAX_FILTER_LENGTH,
  MAX_FLOWS,
  MAX_ROWS,
  MAX_TOP,
} from "./query/limits.ts";
export { parseFlows, parseQuery } from "./query/parse-query.ts";
export { columnsOf as columnsOfFilter } from "./query/columns-of.ts";
export { planFlows, planQuery } from "./query/plan.ts";
export type { FlowsCost, QueryCost, ReadCost, ReadProgress, TierCost } from "./query/cost.ts";
export { whyFlows } from "./query/why-flows.ts";
export { columnsOfDimension, type Dimension, DIMENSION_NAMES, dimensionByName } from "./query/dimension.ts";
export { type Order, ORDERS, percentile95, type Statistic, STATISTICS, STATISTIC_BIN_MS } from "./query/statistic.ts";
export { type Gone, recordedFrom, type Segment, type TierCover, type TierCovers } from "./query/segments.ts";
export { SERVICE_PORTS } from "./query/tier-values.ts";
export {
  emptiedColumns,
  hasAddresses,
  isOfHosts,
  longOf,
  reducedPorts,
  RETENTION_DAYS,
  rollUpsOf,
  TIERS,
} from "./query/tiers.ts";
export type { Tier, Tiers } from "./query/tier.ts";
export { type AggregatePlan, type FlowsPlan, type Measure, tierNames } from "./query/aggregate-plan.ts";
export type { CompareOperator, Literal, Predicate, Prefix } from "./query/tree.ts";
export {
  type AnswerInPieces,
  type FlowReader,
  type FlowSort,
  type FlowsResult,
  type FlowsSpec,
  type Metric,
  METRICS,
  type PieceReader,
  type Placement,
  PLACEMENTS,
  QUERY_METRICS,
  type QueryMetric,
  type QueryResult,
  type QuerySpec,
  type ReadOptions,
} from "./query/types.ts";
export { DEFAULT_SQL_ROWS, MAX_SQL_CHARACTERS, MAX_SQL_ROWS, type SqlResult, type SqlSpec } from "./query/sql.ts";
export { type GivenWords, QUERY_WORDS, type QueryWord, type Spelling } from "./query/words.ts";
export { fromZone, isoTimeIn, zoneByName, zoneOffsetMs } from "./query/zone.ts";
export { QueryWordError } from "./query/word-error.ts";

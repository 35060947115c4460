export { type Alert, ALERT_STATES, type AlertState } from "./alert.ts";
export { Alerter, type AlerterDeps } from "./alerter.ts";
export {
  alertsJsonSchema,
  type AlertsConfig,
  checkAlerts,
  type DefinedRule,
  NO_ALERTS,
  readAlerts,
  readRule,
} from "./config.ts";
export { dryRun, type DryRun } from "./dry-run.ts";
export { ALERTS_ERRORS, AlertsError } from "./errors.ts";
export { AlertFiles } from "./files/alert-files.ts";
export { duration as durationField } from "./fields.ts";
export { mailSchema, secretFiles } from "./notify/channel.ts";
export { sendMail } from "./notify/send.ts";
export { amountText, groupText } from "./notify/notice.ts";
export { type Ask, type BinSpec, type GroupValue, type GroupValues, readBins, STORED_AFTER_MS } from "./read-bins.ts";
export {
  type AlertRule,
  CONDITION_NAMES,
  type ConditionName,
  QUERY_FIELDS,
  SEVERITIES,
  type Severity,
} from "./rule.ts";
export type {
  AlertService,
  AlertsNow,
  ChannelStatus,
  RuleRefusal,
  RuleStatus,
  ShownAlert,
  TestResult,
} from "./service.ts";
export type { AlertShare } from "./share/alert-share.ts";
export { sharePlace, type SharePlace, shareSchema } from "./share/share-place.ts";
export { Membership } from "./share/membership.ts";
export { type Silence, type SilenceRequest, silenceSchema } from "./silence.ts";

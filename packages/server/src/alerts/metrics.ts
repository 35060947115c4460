import type { AlertService } from "@ngflow/alerts";
import type { OwnMetric } from "../prometheus.ts";

/** What alerts count: type, name and help in `/metrics`. */
const METRICS: Readonly<Record<string, readonly [type: OwnMetric["type"], name: string, help: string]>> = {
  firing: ["gauge", "ngflow_alerts_firing", "Alerts that fire."],
  pending: ["gauge", "ngflow_alerts_pending", "Alerts whose condition has not held for long enough."],
  judged: ["counter", "ngflow_alert_windows_total", "Windows that rules have judged."],
  failed: ["counter", "ngflow_alert_failures_total", "Judgements that failed: the store did not answer in time."],
  skippedWindows: ["counter", "ngflow_alert_windows_skipped_total", "Windows not judged, because nothing ran."],
  cutWindows: ["counter", "ngflow_alert_windows_cut_total", "Windows with more groups than are looked at."],
  refusedGroups: ["counter", "ngflow_alert_groups_refused_total", "Groups not watched, because too many fired."],
  notices: ["counter", "ngflow_alert_notices_total", "Notices that a channel took."],
  failedNotices: ["counter", "ngflow_alert_notices_failed_total", "Tries to send a notice that failed."],
  droppedNotices: ["counter", "ngflow_alert_notices_dropped_total", "Notices dropped, because too many waited."],
  givenUpNotices: ["counter", "ngflow_alert_notices_given_up_total", "Notices given up after a day."],
  leads: ["gauge", "ngflow_alerts_leads", "1 if this server judges rules and sends alerts, 0 if another one does."],
  waitingNotices: ["gauge", "ngflow_alert_notices_waiting", "Notices that wait to be sent."],
};

/** The counters of alerts for `/metrics`. */
export function alertMetrics(service: AlertService | null): OwnMetric[] {
  if (service === null) return [];
  const { counters } = service.now();
  return Object.entries(METRICS).map(([counter, [type, name, help]]) => ({
    ...{ name, type, help },
    value: counters[counter] ?? 0,
  }));
}

export { type Collector, type CollectorDeps, createCollector } from "./collector.ts";
export { COLLECTOR_DEFAULTS, type CollectorConfig, type ListenAddress } from "./config.ts";
export { type TeeConfig } from "./tee/tee-target.ts";
export { COLLECTOR_ERRORS } from "./errors.ts";
export { type CollectorCounters, collectorMetrics } from "./metrics.ts";

export { type Collector, type CollectorDeps, createCollector } from "./collector.ts";
export { type TeeConfig } from "./tee/tee-target.ts";
export { COLLECTOR_DEFAULTS, type CollectorConfig, collectorSettings, type ListenAddress } from "./config.ts";
export { StreamListener, type StreamSink } from "./stream/stream-listener.ts";
export { bindDatagramSocket } from "./listen/datagram-socket.ts";
export { listenError } from "./listen/listen-error.ts";
export { COLLECTOR_ERRORS } from "./errors.ts";
export { type CollectorCounters, collectorMetrics } from "./metrics.ts";
export { NAMES_FILE, savedNameRows } from "./session/names-file.ts";

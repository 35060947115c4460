import type { GraphSnapshot, PipelineEvent } from "@ngflow/server/client";
import { LinkRates } from "../charts/netgraph/links.ts";
import { visibleJson } from "../format/visible-json.ts";
import { api } from "./api.ts";
import { PipelineRates } from "./pipeline-stages.ts";

type Connection = "connecting" | "open" | "lost";

/** The event stream: pipeline and graph once a second, while the page is live and visible. */
class Live {
  paused = $state(false);
  connection = $state<Connection>("connecting");
  pipeline = $state.raw<PipelineEvent | null>(null);
  graph = $state.raw<GraphSnapshot | null>(null);
  /** When the pipeline last reported, by the clock of this computer; null before. */
  pipelineAtMs = $state<number | null>(null);
  /** When this page first learned of stored rows, Unix milliseconds. */
  firstStoredMs = $state<number | null>(null);
  /** The time, a second at a time: ages on the page follow it. */
  nowMs = $state(Date.now());
  readonly pipelineRates = new PipelineRates();
  readonly linkRates = new LinkRates();
  #source: EventSource | null = null;

  constructor() {
    setInterval(() => (this.nowMs = Date.now()), 1000);
  }

  /** Opens the stream when it should be open, closes it when not. */
  follow(): void {
    if (this.paused || document.hidden) {
      this.#source?.close();
      this.#source = null;
      return;
    }
    if (this.#source) return;
    const source = new EventSource(api.eventsUrl);
    this.#source = source;
    source.addEventListener("open", () => (this.connection = "open"));
    source.addEventListener("error", () => {
      this.connection = "lost";
      // A refusal (too many streams) is final. After any other error the browser reconnects by itself.
      if (source.readyState !== EventSource.CLOSED || this.#source !== source) return;
      this.#source = null;
      setTimeout(() => this.follow(), 5000);
      // The stream does not say why it was refused; this request sees a token that is not accepted any more.
      void api.get("/info").catch(() => undefined);
    });
    source.addEventListener("pipeline", (event) => {
      const sample = JSON.parse(visibleJson(event.data as string)) as PipelineEvent;
      this.pipelineRates.add(sample);
      this.pipeline = sample;
      this.pipelineAtMs = Date.now();
      if ((sample.rowsStored ?? 0) > 0) this.firstStoredMs ??= this.pipelineAtMs;
    });
    source.addEventListener("graph", (event) => {
      const snapshot = JSON.parse(visibleJson(event.data as string)) as GraphSnapshot;
      this.linkRates.add(snapshot);
      this.graph = snapshot;
    });
  }

  toggle(): void {
    this.paused = !this.paused;
    this.follow();
  }
}

export const live = new Live();

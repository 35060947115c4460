/** What one component asks for itself: the last answer stays until the next one arrives. */
export class Asked<T> {
  value = $state.raw<T | null>(null);
  /** Why the last request failed; null if it was answered. */
  fault = $state<string | null>(null);
  pending = $state(false);
  #abort: AbortController | null = null;

  /** Asks; a request that is still running is cancelled, and its answer dropped. */
  async ask(request: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.pending = true;
    try {
      const value = await request(abort.signal);
      if (abort.signal.aborted) return;
      this.value = value;
      this.fault = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.fault = error instanceof Error ? error.message : String(error);
    }
    this.pending = false;
  }

  /** Drops a request that is running. */
  cancel(): void {
    this.#abort?.abort();
    this.pending = false;
  }
}

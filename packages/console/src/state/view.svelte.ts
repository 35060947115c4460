import { addTerm } from "../filter/predicate.ts";
import { queryFromView, type ViewState, viewFromQuery } from "./url-state.ts";

/**
 * What the page shows: the view at its path, in a state. The address holds both: every change is a step in the history.
 */
class View {
  #path = $state(location.pathname);
  #state = $state.raw<ViewState>(viewFromQuery(location.search));

  constructor() {
    addEventListener("popstate", () => {
      this.#path = location.pathname;
      this.#state = viewFromQuery(location.search);
    });
  }

  get path(): string {
    return this.#path;
  }

  get now(): ViewState {
    return this.#state;
  }

  /** The address of another view in the same state. */
  href(path: string): string {
    return `${path}${queryFromView(this.#state)}`;
  }

  /** Shows another view in the same state. */
  go(path: string): void {
    if (path === this.#path) return;
    history.pushState(null, "", this.href(path));
    this.#path = path;
    scrollTo(0, 0);
  }

  set(change: Partial<ViewState>): void {
    const next = { ...this.#state, ...change };
    const query = queryFromView(next);
    if (query === queryFromView(this.#state)) return;
    this.#state = next;
    history.pushState(null, "", `${this.#path}${query}`);
  }

  /** Narrows the filter to what a mark represents. */
  narrow(term: string | null): void {
    if (term !== null) this.set({ filter: addTerm(this.#state.filter, term) });
  }
}

export const view = new View();

import { addTerm } from "../filter/predicate.ts";
import { queryFromView, type ViewState, viewFromQuery } from "./url-state.ts";

/** What the page shows. The address is the state: every change is a step in the browser's history. */
class View {
  #state = $state.raw<ViewState>(viewFromQuery(location.search));

  constructor() {
    addEventListener("popstate", () => {
      this.#state = viewFromQuery(location.search);
    });
  }

  get now(): ViewState {
    return this.#state;
  }

  set(change: Partial<ViewState>): void {
    const next = { ...this.#state, ...change };
    const query = queryFromView(next);
    if (query === queryFromView(this.#state)) return;
    this.#state = next;
    history.pushState(null, "", `${location.pathname}${query}`);
  }

  /** Narrows the filter to what a mark stands for. */
  narrow(term: string | null): void {
    if (term !== null) this.set({ filter: addTerm(this.#state.filter, term) });
  }
}

export const view = new View();

import { addTerm } from "../filter/predicate.ts";
import { BASE_PATH, viewPath } from "./base.ts";
import { queryFromView, type ViewState, viewFromQuery } from "./url-state.ts";

/** A change of the state; of the view's own parameters those that are named, removed where undefined. */
export type ViewChange = Partial<Omit<ViewState, "own">> & {
  readonly own?: Readonly<Record<string, string | undefined>>;
};

/**
 * What the page shows: the view at its path, in a state. The address holds both: every change is a step in the history.
 */
class View {
  #path = $state(viewPath(location.pathname));
  #state = $state.raw<ViewState>(viewFromQuery(location.search));

  constructor() {
    addEventListener("popstate", () => {
      this.#path = viewPath(location.pathname);
      this.#state = viewFromQuery(location.search);
    });
  }

  get path(): string {
    return this.#path;
  }

  get now(): ViewState {
    return this.#state;
  }

  /** The address of another view in the same state, or in a changed one. */
  href(path: string, change: ViewChange = {}): string {
    return `${BASE_PATH}${path}${queryFromView(changed({ ...this.#state, own: {} }, change))}`;
  }

  /** Shows another view in the same state, or in a changed one. */
  go(path: string, change: ViewChange = {}): void {
    const next = changed({ ...this.#state, own: {} }, change);
    if (path === this.#path && queryFromView(next) === queryFromView(this.#state)) return;
    history.pushState(null, "", `${BASE_PATH}${path}${queryFromView(next)}`);
    this.#path = path;
    this.#state = next;
    scrollTo(0, 0);
  }

  /** Follows a link within the page; one for a new tab or window is the browser's. */
  follow(event: MouseEvent, path: string, change: ViewChange = {}): void {
    if (isForBrowser(event)) return;
    event.preventDefault();
    this.go(path, change);
  }

  /** Follows a link of the console whose address is complete, such as one of the documentation. */
  followAddress(event: MouseEvent): void {
    const link = (event.target as Element).closest("a");
    if (!link || isForBrowser(event) || link.origin !== location.origin) return;
    event.preventDefault();
    this.open(`${viewPath(link.pathname)}${link.search}${link.hash}`);
  }

  /**
   * Shows what an address of the console names, from the slash on that is the first page; `instead` of the page that
   * is shown, also in the history.
   */
  open(address: string, { instead = false } = {}): void {
    const url = new URL(address, location.origin);
    if (url.origin !== location.origin) return;
    const target = `${BASE_PATH}${url.pathname}${url.search}${url.hash}`;
    if (instead) history.replaceState(null, "", target);
    else history.pushState(null, "", target);
    this.#path = url.pathname;
    this.#state = viewFromQuery(url.search);
    scrollTo(0, 0);
  }

  set(change: ViewChange): void {
    const next = changed(this.#state, change);
    const query = queryFromView(next);
    if (query === queryFromView(this.#state)) return;
    this.#state = next;
    history.pushState(null, "", `${BASE_PATH}${this.#path}${query}`);
  }

  /** Narrows the filter to what a mark represents. */
  narrow(term: string | null): void {
    if (term !== null) this.set({ filter: addTerm(this.#state.filter, term) });
  }
}

function changed(state: ViewState, { own = {}, ...change }: ViewChange): ViewState {
  const kept = Object.entries({ ...state.own, ...own }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { ...state, ...change, own: Object.fromEntries(kept) };
}

/** A click that asks for a new tab or window. */
function isForBrowser(event: MouseEvent): boolean {
  return event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
}

export const view = new View();

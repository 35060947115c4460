import type { Component } from "svelte";
import type { ChartKind } from "../charts/index.ts";
import type { Text } from "../messages/catalogue.ts";
import type { ViewState } from "../state/url-state.ts";
import type { PathParams } from "./path.ts";

/** A page of the console. */
export interface ViewRow {
  /**
   * Its address. A part that begins with a colon is a value (`/host/:address`): such a page is of a thing and not in
   * the menu.
   */
  readonly path: `/${string}`;
  /** Its name in the menu and in the title of the window; the values in its path are put behind it. */
  readonly title: Text;
  /** The charts it shows in a state. Only they are asked for while the view is shown. */
  readonly needs: (state: ViewState, params: PathParams) => readonly ChartKind[];
  /** Not in the menu, though its path has no value. */
  readonly hidden?: true;
  /** Its page of the documentation below `/docs`, with an anchor; the index by default. */
  readonly help?: string;
  /** The page has a range of time even without a chart that has one. */
  readonly ranged?: true;
  /** The component, loaded when the view is shown for the first time; a view of nothing but charts has none. */
  readonly load?: () => Promise<{ readonly default: Component<ViewProps> }>;
}

export interface ViewProps {
  /** What `needs` names, in that order. */
  readonly charts: readonly ChartKind[];
  /** The values in the path. */
  readonly params: PathParams;
}

import type { Component } from "svelte";
import type { ChartKind } from "../charts/index.ts";
import type { ViewState } from "../state/url-state.ts";

/** A page of the console. */
export interface ViewRow {
  /** Its address, and the target of its link in the menu. */
  readonly path: `/${string}`;
  /** Its name in the menu and in the title of the window. */
  readonly title: string;
  /** The charts it shows in a state. Only they are asked for while the view is shown. */
  readonly needs: (state: ViewState) => readonly ChartKind[];
  /** The component, loaded when the view is shown for the first time; a view of nothing but charts has none. */
  readonly load?: () => Promise<{ readonly default: Component<ViewProps> }>;
}

export interface ViewProps {
  /** What `needs` names, in that order. */
  readonly charts: readonly ChartKind[];
}

/** Colours a canvas needs; the same ones the style sheet has as custom properties. */
export interface Palette {
  readonly surface: string;
  readonly muted: string;
  readonly line: string;
  readonly grid: string;
  /** Lines of the hatch over time that is not recorded. */
  readonly hatch: string;
  /** The veil over time that is not settled. */
  readonly veil: string;
  readonly font: string;
  /**
   * Hues of groups. The first seven can be told apart with any common colour vision (after Okabe and Ito); the others
   * differ from them in lightness.
   */
  readonly series: readonly string[];
  readonly others: string;
  /** Marks of what is missing. */
  readonly lost: string;
}

const FONT = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

export const PALETTES: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    surface: "#ffffff",
    muted: "#5b6472",
    line: "#cfd5dd",
    grid: "#e9ecf1",
    hatch: "rgba(91, 100, 114, 0.45)",
    veil: "rgba(91, 100, 114, 0.16)",
    font: FONT,
    series: [
      "#2b6fb8",
      "#e39a1f",
      "#12976f",
      "#c46a9c",
      "#63b3e6",
      "#d2601a",
      "#8a8f1e",
      "#7a5cc2",
      "#0f7f8c",
      "#a8566b",
      "#5f8f3f",
      "#9c7a4f",
    ],
    others: "#a9b1bd",
    lost: "#a94400",
  },
  dark: {
    surface: "#161b22",
    muted: "#97a1b0",
    line: "#333c49",
    grid: "#232a34",
    hatch: "rgba(151, 161, 176, 0.45)",
    veil: "rgba(151, 161, 176, 0.18)",
    font: FONT,
    series: [
      "#4a94e0",
      "#e8ab42",
      "#2bb389",
      "#d987b3",
      "#86cbf4",
      "#ea7b3c",
      "#b9be4a",
      "#a58bea",
      "#3fb3c0",
      "#d0809a",
      "#8dbf66",
      "#c8a878",
    ],
    others: "#66707f",
    lost: "#ff9d5c",
  },
};

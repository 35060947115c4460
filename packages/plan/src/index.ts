export { frameOf, drawSvg, drawScene, type DrawingFrame, type Scene } from "./drawing/draw-svg.ts";
export { drawText } from "./drawing/draw-text.ts";
export { type TextPaint } from "./drawing/text-paint.ts";
export { drawingDot } from "./drawing/drawing-dot.ts";
export { geometryOf, type DrawingGeometry } from "./drawing/drawing-geometry.ts";
export { readLayout, type DrawingLayout } from "./drawing/drawing-layout.ts";
export { themeStyle, type Theme } from "./drawing/drawing-theme.ts";
export { takePicture, MAX_DRAWN, type Picture, type PictureHook, type PictureNode } from "./drawing/picture.ts";
export { scenesOf } from "./drawing/scenes.ts";
export { xmlText } from "./drawing/svg-text.ts";
export { nodeLabel, type ModelInterface, type ModelMachine } from "./dry-run/model-graph.ts";
export {
  type Plan,
  type Finding,
  type LeftBehind,
  type ModuleLine,
  type PlanState,
  type PlanStep,
  type RemoteShell,
} from "./dry-run/plan.ts";
export { type Direction, type ProbeKind } from "./dry-run/probe-frame.ts";
export { Prober } from "./dry-run/probe.ts";
export { findCuts, type Traffic, type Place, type Cut } from "./dry-run/traffic.ts";
export { linePieces, MAX_LINE } from "./script/line-pieces.ts";
export { readLines } from "./script/read-lines.ts";
export { readScript, type ReadScriptOptions } from "./script/read-script.ts";
export { rebuildScript, scriptText, type RebuildScript } from "./script/rebuild-script.ts";
export { isInterfaceName, scriptInterfaces } from "./script/script-interfaces.ts";
export { type Script, type ScriptCommand, type IgnoredLine, type ScriptEnd } from "./script/script-line.ts";
export { type ScriptNote } from "./shell/findings.ts";
export { type NgctlEnd, type ShellHost } from "./shell/shell-host.ts";
export {
  changeText,
  newTargets,
  directionText,
  placeText,
  refusalText,
  sameTraffic,
  trafficText,
} from "./sentences/sentences.ts";
export { remoteShells, verdictOf, leftText, trafficChanges } from "./sentences/verdict.ts";
export { listed, whyRefused, type RefusalContext } from "./sentences/why-refused.ts";

import { type Template, withElements } from "@ngflow/wire";
import type { Session } from "./session.ts";

/** Grows when a session's exporter describes an element of its own in another way (RFC 5610). */
export function elementsVersion({ names, facts }: Session): number {
  const { wholeNames } = facts.exporter;
  const whole = wholeNames === undefined || wholeNames === names ? 0 : wholeNames.elementChanges;
  return names.elementChanges + whole;
}

/** A template with the elements that its exporter described: those of its domain, then those of domain 0. */
export function namedTemplate({ names, facts }: Session, template: Template): Template {
  const { wholeNames } = facts.exporter;
  return withElements(template, (pen, id) => names.element(pen, id) ?? wholeNames?.element(pen, id));
}

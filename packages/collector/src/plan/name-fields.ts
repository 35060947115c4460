import type { NameKind } from "@ngflow/flows";
import { fieldName, type Template } from "@ngflow/wire";

/** Elements of the numbers and texts of each kind of name. */
const NAMED: readonly {
  readonly kind: NameKind;
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly descriptions: readonly string[];
  readonly pen?: string;
  readonly type?: string;
}[] = [
  {
    kind: "interface",
    // The scope of v9, and elements.
    ids: ["interface", "ingressInterface", "egressInterface"],
    names: ["interfaceName"],
    descriptions: ["interfaceDescription"],
  },
  { kind: "vrf", ids: ["ingressVRFID", "egressVRFID"], names: ["VRFname"], descriptions: [] },
  {
    kind: "application",
    ids: ["applicationId"],
    names: ["applicationName"],
    descriptions: ["applicationDescription"],
  },
  // IANA element 300: what a domain of the exporter is called, which is the name of the exporter for users.
  { kind: "domain", ids: ["observationDomainId"], names: ["observationDomainName"], descriptions: [] },
  {
    // RFC 5610: what an element is, about the enterprise and id of its scope.
    kind: "element",
    ids: ["informationElementId"],
    names: ["informationElementName"],
    descriptions: ["informationElementDescription"],
    pen: "privateEnterpriseNumber",
    type: "informationElementDataType",
  },
  { kind: "sampler", ids: ["samplerId", "selectorId"], names: ["samplerName", "selectorName"], descriptions: [] },
];

/** Positions of the fields of a name in a template; -1 for none. */
export interface NameFields {
  readonly kind: NameKind;
  readonly id: number;
  readonly name: number;
  readonly description: number;
  /** Of an element: its enterprise, and its data type. */
  readonly pen: number;
  readonly type: number;
}

/**
 * The names in the records of a template. A name without a number, or with several that it could be of (the interface
 * of each direction), is left out, unless one of them is the scope.
 */
export function nameFields(template: Template): readonly NameFields[] {
  const all = template.fields.map(fieldName);
  const place = (names: readonly string[]): number[] =>
    names.flatMap((name) => (all.includes(name) ? [all.indexOf(name)] : []));
  return NAMED.flatMap(({ kind, ids, names, descriptions, pen, type }) => {
    if (kind === "element" && !template.options) return [];
    const [name = -1] = place(names);
    const [description = -1] = place(descriptions);
    const numbers = place(ids);
    const scope = numbers.find((position) => position < template.scopeCount);
    const id = scope ?? (numbers.length === 1 ? numbers[0]! : -1);
    return id < 0 || (name < 0 && description < 0)
      ? []
      : [{ kind, id, name, description, pen: all.indexOf(pen ?? ""), type: all.indexOf(type ?? "") }];
  });
}

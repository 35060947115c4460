import { describe, expect, it } from "vitest";
import { REVERSE_PEN } from "./enterprise/29305-reverse.ts";
import { IANA_ELEMENTS } from "./iana.gen.ts";
import { elementById, elementByName, elementLabel } from "./registry.ts";

describe("registry", () => {
  it.each([
    [1, "octetDeltaCount", "unsigned64"],
    [8, "sourceIPv4Address", "ipv4Address"],
    [61, "flowDirection", "unsigned8"],
    [128, "bgpNextAdjacentAsNumber", "unsigned32"],
    [153, "flowEndMilliseconds", "dateTimeMilliseconds"],
    [231, "initiatorOctets", "unsigned64"],
    [293, "subTemplateMultiList", "subTemplateMultiList"],
    [351, "layer2SegmentId", "unsigned64"],
    [434, "mibObjectValueInteger", "signed32"],
    [491, "bgpDestinationLargeCommunityList", "basicList"],
  ])("%i is %s", (id, name, type) => {
    expect(elementById(0, id)).toEqual({ pen: 0, id, name, type });
    expect(elementByName(name)?.id).toBe(id);
  });

  it("has every id and every name once", () => {
    expect(new Set(IANA_ELEMENTS.map(([id]) => id)).size).toBe(IANA_ELEMENTS.length);
    expect(new Set(IANA_ELEMENTS.map(([, name]) => name)).size).toBe(IANA_ELEMENTS.length);
    expect(IANA_ELEMENTS.length).toBeGreaterThan(450);
  });

  it("knows reverse elements and labels the rest", () => {
    expect(elementById(REVERSE_PEN, 1)).toMatchObject({ name: "reverseOctetDeltaCount", type: "unsigned64" });
    expect(elementLabel(0, 105)).toBe("0.105");
    expect(elementLabel(9, 12235)).toBe("9.12235");
  });
});

import type { ValueNames } from "./column.ts";

/** Values of natEvent (IANA, "NAT Event Type"; RFC 8158 §4.1). `add` and `delete` are nfdump's. */
export const NAT_EVENT_NAMES: ValueNames = {
  what: "NAT event",
  byValue: {
    1: "create",
    2: "delete",
    3: "addresses-exhausted",
    4: "nat44-create",
    5: "nat44-delete",
    6: "nat64-create",
    7: "nat64-delete",
    8: "nat44-bib-create",
    9: "nat44-bib-delete",
    10: "nat64-bib-create",
    11: "nat64-bib-delete",
    12: "ports-exhausted",
    13: "quota-exceeded",
    14: "address-binding-create",
    15: "address-binding-delete",
    16: "port-block-allocation",
    17: "port-block-deallocation",
    18: "threshold-reached",
  },
  synonyms: { add: 1 },
};

/** Values of firewallEvent (IANA, element 233). 0 is also that of flows without one. */
export const FIREWALL_EVENT_NAMES: ValueNames = {
  what: "firewall event",
  byValue: { 1: "create", 2: "delete", 3: "deny", 4: "alert", 5: "update" },
  synonyms: { ignore: 0, term: 2, teardown: 2, denied: 3 },
};

/** Values of forwardingStatus (IANA, element 89; RFC 7270 §4.12). */
export const FORWARDING_STATUS_NAMES: ValueNames = {
  what: "forwarding status",
  byValue: {
    64: "forwarded",
    65: "forwarded-fragmented",
    66: "forwarded-not-fragmented",
    128: "dropped",
    129: "dropped-acl-deny",
    130: "dropped-acl-drop",
    131: "dropped-unroutable",
    132: "dropped-adjacency",
    133: "dropped-fragmentation-needed",
    134: "dropped-bad-checksum",
    135: "dropped-bad-total-length",
    136: "dropped-bad-header-length",
    137: "dropped-bad-ttl",
    138: "dropped-policer",
    139: "dropped-wred",
    140: "dropped-rpf",
    141: "dropped-for-us",
    142: "dropped-bad-output-interface",
    143: "dropped-hardware",
    192: "consumed",
    193: "consumed-punt-adjacency",
    194: "consumed-incomplete-adjacency",
    195: "consumed-for-us",
  },
};

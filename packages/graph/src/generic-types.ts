import { u32le } from "@ngflow/base";
import { type MessageDescriptor } from "./node-type.ts";
import { HASREPLY, READONLY } from "./control-message.ts";
import { byteArray, variableArray } from "./parse/array.ts";
import { hint32, uint16, uint32, uint8 } from "./parse/integer.ts";
import type { LengthOf } from "./parse/parse-type.ts";
import { fixedString, hookString, NAME_BYTES, nodeString, pathString, string, typeString } from "./parse/string.ts";
import { structType } from "./parse/struct.ts";

const QUERY = READONLY + HASREPLY;

/** Command numbers of the generic messages (reference: netgraph.md §1). */
export const GENERIC = {
  shutdown: 1,
  mkpeer: 2,
  connect: 3,
  name: 4,
  rmhook: 5,
  nodeinfo: 6 + QUERY,
  listhooks: 7 + QUERY,
  listnames: 8 + QUERY,
  listnodes: 9 + QUERY,
  listtypes: 10 + QUERY,
  textstatus: 11 + QUERY,
  binary2ascii: 12 + QUERY,
  ascii2binary: 13 + QUERY,
  textconfig: 14,
} as const;

/** `struct nodeinfo`. */
export const nodeInfoType = structType([
  ["name", nodeString],
  ["type", typeString],
  ["id", hint32],
  ["hooks", uint32],
]);

const linkInfoType = structType([
  ["ourhook", hookString],
  ["peerhook", hookString],
  ["nodeinfo", nodeInfoType],
]);

const typeInfoType = structType([
  ["typename", typeString],
  ["numnodes", uint32],
]);

const HOOKS_AT = 68;
const hookCount: LengthOf = (data, start) => (start + HOOKS_AT + 4 <= data.length ? u32le(data, start + HOOKS_AT) : 0);
const leadingCount: LengthOf = (data, start) => (start + 4 <= data.length ? u32le(data, start) : 0);

export const hookListType = structType([
  ["nodeinfo", nodeInfoType],
  ["linkinfo", variableArray(linkInfoType, hookCount)],
]);

export const nodeListType = structType([
  ["numnames", uint32],
  ["nodeinfo", variableArray(nodeInfoType, leadingCount)],
]);

export const typeListType = structType([
  ["numtypes", uint32],
  ["typeinfo", variableArray(typeInfoType, leadingCount)],
]);

const ARGLEN_AT = 4;
const messageLength: LengthOf = (data, start) =>
  start + ARGLEN_AT + 4 <= data.length ? u32le(data, start + ARGLEN_AT) : 0;

/** A whole message: `struct ng_mesg` (reference: netgraph.md §1). */
const messageType = structType([
  ["version", uint8],
  ["spare", uint8],
  ["spare2", uint16],
  ["arglen", uint32],
  ["cmd", uint32],
  ["flags", hint32],
  ["token", uint32],
  ["typecookie", uint32],
  ["cmdstr", fixedString(NAME_BYTES)],
  ["data", byteArray(messageLength)],
]);

export const mkpeerType = structType([
  ["type", typeString],
  ["ourhook", hookString],
  ["peerhook", hookString],
]);

export const connectType = structType([
  ["path", pathString],
  ["ourhook", hookString],
  ["peerhook", hookString],
]);

export const nameType = structType([["name", nodeString]]);

export const rmhookType = structType([["hook", hookString]]);

/** The messages that every node answers, with their arguments and replies. */
export const GENERIC_MESSAGES: readonly MessageDescriptor[] = [
  { name: "shutdown", cmd: GENERIC.shutdown, summary: "Shuts the node down." },
  {
    name: "mkpeer",
    cmd: GENERIC.mkpeer,
    args: mkpeerType,
    summary: "Makes a node of a type and connects it to this node.",
  },
  {
    name: "connect",
    cmd: GENERIC.connect,
    args: connectType,
    summary: "Connects this node to the node at a path.",
  },
  { name: "name", cmd: GENERIC.name, args: nameType, summary: "Names the node." },
  { name: "rmhook", cmd: GENERIC.rmhook, args: rmhookType, summary: "Removes a hook." },
  { name: "nodeinfo", cmd: GENERIC.nodeinfo, reply: nodeInfoType, summary: "Describes the node." },
  {
    name: "listhooks",
    cmd: GENERIC.listhooks,
    reply: hookListType,
    summary: "Lists the node's hooks and their peers.",
  },
  { name: "listnames", cmd: GENERIC.listnames, reply: nodeListType, summary: "Lists the named nodes of the graph." },
  { name: "listnodes", cmd: GENERIC.listnodes, reply: nodeListType, summary: "Lists all nodes of the graph." },
  { name: "listtypes", cmd: GENERIC.listtypes, reply: typeListType, summary: "Lists the loaded node types." },
  {
    name: "binary2ascii",
    cmd: GENERIC.binary2ascii,
    args: messageType,
    reply: messageType,
    summary: "Translates a binary message of the node into text.",
  },
  {
    name: "ascii2binary",
    cmd: GENERIC.ascii2binary,
    args: messageType,
    reply: messageType,
    summary: "Translates a message of the node from text.",
  },
  {
    name: "textconfig",
    cmd: GENERIC.textconfig,
    reply: string,
    summary: "Configures the node with text, where it can.",
  },
  {
    name: "textstatus",
    cmd: GENERIC.textstatus,
    reply: string,
    summary: "Asks for a status text, where the node has one.",
  },
];

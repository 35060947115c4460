import { hookString, messagesOf, type NodeType } from "@ngflow/graph";
import { TagBehaviour } from "./tag-behaviour.ts";
import { hookInType, hookOutType, statsType } from "./tag-types.ts";

const message = messagesOf<TagBehaviour>();

/** ng_tag(4): packets leave by the tags that they carry, and get others. */
export const tag: NodeType = {
  name: "tag",
  cookie: 1149771193,
  summary: "Sends packets where the tags that they carry say, and puts tags on them.",
  role: "plain",
  hooks: [{ name: "<any>", summary: "Packets arriving here are searched for the hook's tag." }],
  messages: [
    message({
      name: "sethookin",
      cmd: 1,
      args: hookInType,
      summary: "Sets the tag that a hook looks for and where packets go.",
      run: (tag, value) => tag.setHookIn(value),
    }),
    message({
      name: "gethookin",
      cmd: 2,
      args: hookString,
      reply: hookInType,
      summary: "Returns the tag that a hook looks for.",
      run: (tag, hook) => tag.hookIn(hook),
    }),
    message({
      name: "sethookout",
      cmd: 3,
      args: hookOutType,
      summary: "Sets the tag that packets get when they leave through a hook.",
      run: (tag, value) => tag.setHookOut(value),
    }),
    message({
      name: "gethookout",
      cmd: 4,
      args: hookString,
      reply: hookOutType,
      summary: "Returns the tag that packets get when they leave through a hook.",
      run: (tag, hook) => tag.hookOut(hook),
    }),
    message({
      name: "getstats",
      cmd: 5,
      args: hookString,
      reply: statsType,
      summary: "Returns the statistics of a hook.",
      run: (tag, hook) => tag.stats(hook),
    }),
    message({
      name: "clrstats",
      clears: "statistics",
      cmd: 6,
      args: hookString,
      summary: "Clears the statistics of a hook.",
      run: (tag, hook) => void tag.clear(hook),
    }),
    message({
      name: "getclrstats",
      clears: "statistics",
      cmd: 7,
      args: hookString,
      reply: statsType,
      summary: "Returns the statistics of a hook and clears them.",
      run: (tag, hook) => tag.clear(hook),
    }),
  ],
  dropReasons: {
    unmatched: "The packet does not have the tag, and `ifNotMatch` named no hook that is still there.",
    matchNotConnected: "The packet has the tag, and `ifMatch` named no hook that is still there.",
  },
  counters: { tagsRefused: "Tags that were not put on a packet because it had 64." },
  create: (context) => new TagBehaviour(context),
};

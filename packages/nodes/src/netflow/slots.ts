import { LINK_ETHERNET, LINK_RAW } from "@ngflow/base";
import { NgError, type NodeSetting, settingOf, type ValueOf } from "@ngflow/graph";
import { confType, dataLinkType, ifIndexType, type slotInfoType } from "./message-types.ts";
import { CONF_INGRESS, MAX_SLOTS, Slot } from "./slot.ts";

/** The slots of a node, made when a hook or a message first names them, and their settings. */
export class Slots {
  readonly #slots = new Map<number, Slot>();

  get(number: number): Slot {
    let slot = this.#slots.get(number);
    if (slot === undefined) {
      slot = new Slot(number);
      this.#slots.set(number, slot);
    }
    return slot;
  }

  /** @throws NgError EINVAL when the slot's `iface` hook is not connected. */
  #connected(number: number): Slot {
    const slot = this.#slots.get(number);
    if (slot === undefined || slot.iface === null) throw new NgError("EINVAL");
    return slot;
  }

  /** @throws NgError EINVAL for another type, or when the slot's `iface` hook is not connected. */
  setDataLinkType({ iface, dlt }: ValueOf<typeof dataLinkType>): void {
    const slot = this.#connected(iface);
    if (dlt !== LINK_ETHERNET && dlt !== LINK_RAW) throw new NgError("EINVAL");
    slot.dataLinkType = dlt;
    slot.linkTypeSet = true;
    slot.changed();
  }

  /** @throws NgError EINVAL when the slot's `iface` hook is not connected. */
  setIfIndex({ iface, index }: ValueOf<typeof ifIndexType>): void {
    const slot = this.#connected(iface);
    slot.ifIndex = index;
    slot.changed();
  }

  /** @throws NgError EINVAL for a number out of range. */
  setConf({ iface, conf }: ValueOf<typeof confType>): void {
    if (iface >= MAX_SLOTS) throw new NgError("EINVAL");
    const slot = this.get(iface);
    slot.conf = conf;
    slot.changed();
  }

  /** @throws NgError EINVAL when the slot's `iface` hook is not connected. */
  info(iface: number): ValueOf<typeof slotInfoType> {
    const { packets, dataLinkType: dlt, ifIndex, conf } = this.#connected(iface);
    return { packets, "data link type": dlt, index: ifIndex, conf };
  }

  settings(): NodeSetting[] {
    return [...this.#slots.values()].flatMap(settingsOf);
  }
}

/** Those of a slot that differ from a new slot's. */
function settingsOf(slot: Slot): NodeSetting[] {
  const { number: iface, conf, dataLinkType: dlt, ifIndex: index } = slot;
  // The messages of the last two are refused while the hook is not connected.
  const local = slot.iface === null;
  const settings: NodeSetting[] = [];
  const list = (setting: NodeSetting, reset: () => void): void =>
    void settings.push({
      ...setting,
      reset() {
        reset();
        slot.changed();
      },
    });
  if (conf !== CONF_INGRESS) {
    list(settingOf("setconfig", confType, { iface, conf }), () => void (slot.conf = CONF_INGRESS));
  }
  if (slot.linkTypeSet && dlt !== LINK_ETHERNET) {
    list(settingOf("setdlt", dataLinkType, { iface, dlt }, { local }), () => slot.forgetLinkType());
  }
  if (index !== 0) {
    list(settingOf("setifindex", ifIndexType, { iface, index }, { local }), () => void (slot.ifIndex = 0));
  }
  return settings;
}

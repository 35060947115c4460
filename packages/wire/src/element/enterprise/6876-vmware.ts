import type { ElementTable } from "./element-table.ts";

/** Distributed switches of vSphere and NSX: the flow inside a VXLAN tunnel, and the kind of the ports. */
export const VMWARE: ElementTable = {
  pen: 6876,
  vendor: "VMware",
  source: "https://github.com/CESNET/libfds/blob/master/config/system/elements/vmware.xml",
  rows: [
    [880, "vmwareTenantProtocol", "unsigned8", "identifier"],
    [881, "vmwareTenantSourceIPv4", "ipv4Address", "default"],
    [882, "vmwareTenantDestIPv4", "ipv4Address", "default"],
    [883, "vmwareTenantSourceIPv6", "ipv6Address", "default"],
    [884, "vmwareTenantDestIPv6", "ipv6Address", "default"],
    [886, "vmwareTenantSourcePort", "unsigned16", "default"],
    [887, "vmwareTenantDestPort", "unsigned16", "default"],
    [888, "vmwareEgressInterfaceAttr", "unsigned16", "default"],
    [889, "vmwareVxlanExportRole", "unsigned8", "default"],
    [890, "vmwareIngressInterfaceAttr", "unsigned16", "default"],
  ],
};

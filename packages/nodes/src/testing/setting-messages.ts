/**
 * Messages that set something, by type, for trying settings. Nodes have these hooks: bpf `in` and `out`, netflow `iface0` and
 * `iface1`, one2many `many3`.
 */
export const SETTING_MESSAGES: Readonly<Record<string, readonly (readonly [command: string, args: string])[]>> = {
  ether: [
    ["setpromisc", "1"],
    ["setpromisc", "0"],
    ["setautosrc", "1"],
    ["setautosrc", "0"],
    ["addmulti", "01:00:5e:00:00:01"],
    ["addmulti", "01:00:5e:00:00:02"],
    ["delmulti", "01:00:5e:00:00:01"],
    ["setenaddr", "02:00:00:00:00:77"],
  ],
  netflow: [
    ["setfields", '"mac"'],
    ["setfields", '"vlan biflow"'],
    ["setfields", '""'],
    ["setconfig", "{ iface=0 conf=3 }"],
    ["setconfig", "{ iface=9 conf=7 }"],
    ["setdlt", "{ iface=0 dlt=12 }"],
    ["setifindex", "{ iface=1 index=9 }"],
    ["setifindex", "{ iface=1 index=10 }"],
    ["settimeouts", "{ inactive=7 active=60 }"],
    ["setprototimeouts", "{ proto=17 inactive=1 active=2 }"],
    ["setprototimeouts", "{ proto=6 inactive=3 active=4 }"],
    ["settemplate", "{ time=10 packets=20 }"],
    ["setmtu", "{ mtu=900 }"],
    ["setsampling", "{ mode=1 interval=10 seed=3 }"],
    ["setsampling", "{ mode=2 interval=100 seed=4 }"],
    ["setbalance", "1"],
  ],
  bridge: [
    ["setconfig", "{ debugLevel=2 loopTimeout=9 maxStaleness=10 minStableAge=3 }"],
    ["setpersistent", ""],
  ],
  hub: [["setpersistent", ""]],
  one2many: [
    ["setconfig", "{ xmitAlg=2 failAlg=1 enabledLinks=[ 1 0 0 1 ] }"],
    ["setconfig", "{ xmitAlg=3 failAlg=2 enabledLinks=[ ] }"],
  ],
  bpf: [
    ["setprogram", '{ thisHook="in" ifMatch="out" bpf_prog_len=1 bpf_prog=[ { code=6 k=9 } ] }'],
    ["setprogram", '{ thisHook="out" ifNotMatch="in" bpf_prog_len=1 bpf_prog=[ { code=6 k=0 } ] }'],
  ],
  pipe: [
    ["setcfg", "{ bandwidth=20000000 delay=500 overhead=-1 upstream={ drr=64 queuelen=-1 } }"],
    ["setcfg", "{ delay=-1 header_offset=14 downstream={ wfq=1 BER=1000 duplicate=5 delaylen=7 drophead=1 } }"],
  ],
  source: [
    ["setpps", "100"],
    ["setpps", "0"],
    ["setiface", "lo"],
    ["clrstats", ""],
    ["settimestamp", "{ offset=14 flags=1 }"],
    ["setcounter", "{ offset=20 flags=1 width=4 next_val=5 max_val=10 increment=1 index=2 }"],
    ["setcounter", "{ offset=22 flags=3 width=2 next_val=1 max_val=9 increment=1 index=0 }"],
    ["start", "1000000"],
    ["stop", ""],
  ],
  eiface: [
    ["set", "02:00:00:00:00:99"],
    ["set", "02:00:00:00:00:98"],
  ],
  ksocket: [
    ["setopt", "{ level=65535 name=4 value=[ 1 ] }"],
    ["setopt", "{ level=0 name=4 value=[ 9 ] }"],
    ["connect", "inet/127.0.0.1:9995"],
    ["connect", "inet/127.0.0.2:9996"],
  ],
};

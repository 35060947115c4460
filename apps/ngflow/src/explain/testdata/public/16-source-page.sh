#!/bin/sh
# source(4): sends a packet again and again to an interface.
ngctl mkpeer em0: source orphans output
ngctl name em0:orphans source0
ngctl msg source0: setpps 1000
ngctl msg source0: setcounter '{ index=0 flags=1 width=4 offset=30 min_val=1 max_val=10 increment=1 }'
ngctl msg source0: getstats
ngctl msg source0: clrdata
ngctl shutdown source0:

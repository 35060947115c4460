#!/bin/sh
# A copy of what an interface receives, for a program.
ngctl mkpeer em0: hub lower wire
ngctl name em0:lower copies
ngctl connect em0: copies: upper stack
ngctl msg copies: setpersistent
nghook -a copies: program > /dev/null &
ngctl show copies:

#!/bin/sh
# A raw synchronous line as an interface.
CARD=sr0
ngctl mkpeer ${CARD}: iface rawdata inet

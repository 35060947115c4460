#!/bin/sh
# A frame relay line on a synchronous card.
CARD=sr0
DLCI=16
ngctl mkpeer ${CARD}: frame_relay rawdata downstream
ngctl mkpeer ${CARD}:rawdata lmi dlci0 auto0
ngctl connect ${CARD}:rawdata ${CARD}:rawdata.dlci0 dlci1023 auto1023
ngctl mkpeer ${CARD}:rawdata rfc1490 dlci${DLCI} downstream
ngctl mkpeer ${CARD}:rawdata.dlci${DLCI} iface inet inet

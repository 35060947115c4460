# Each ngctl is a separate process: when one is refused, the next still runs.
ngctl mkpeer em0: netflow lower iface0
ngctl name em0:lower netflow
ngctl connect em0: netflow: upper out0
ngctl msg netflow: setconfig '{ iface=0 conf=3 }'
